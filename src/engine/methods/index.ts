import type { HostServiceDefinition } from '../../contract/gen/netnslab/v1/HostService.ts'
import type { LabServiceDefinition } from '../../contract/gen/netnslab/v1/LabService.ts'
import type { MethodsOf } from '../method.ts'
import { createLab } from './create-lab.ts'
import { deleteLab } from './delete-lab.ts'
import { getGraph } from './get-graph.ts'
import { getHost } from './get-host.ts'
import { getLab } from './get-lab.ts'
import { getMetrics } from './get-metrics.ts'
import { getSchema } from './get-schema.ts'
import { getScript } from './get-script.ts'
import { inspectLab } from './inspect-lab.ts'
import { listLabs } from './list-labs.ts'
import { ping } from './ping.ts'
import { pingMatrix } from './ping-matrix.ts'

/** Every RPC of ours: full service name -> method name -> what it does. */
export const LAB_METHODS: MethodsOf<LabServiceDefinition> = {
  CreateLab: createLab,
  GetLab: getLab,
  ListLabs: listLabs,
  DeleteLab: deleteLab,
  InspectLab: inspectLab,
  Ping: ping,
  PingMatrix: pingMatrix,
  GetScript: getScript,
  GetGraph: getGraph,
}

export const HOST_METHODS: MethodsOf<HostServiceDefinition> = {
  GetHost: getHost,
  GetSchema: getSchema,
  GetMetrics: getMetrics,
}

export const METHODS = {
  'netnslab.v1.LabService': LAB_METHODS,
  'netnslab.v1.HostService': HOST_METHODS,
} as const
