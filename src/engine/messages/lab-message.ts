import type { Drift as DriftMessage } from '../../contract/gen/netnslab/v1/Drift.ts'
import type { Lab as LabMessage } from '../../contract/gen/netnslab/v1/Lab.ts'
import type { LabState as LabStateMessage } from '../../contract/gen/netnslab/v1/LabState.ts'
import type { Member as MemberMessage } from '../../contract/gen/netnslab/v1/Member.ts'
import type { PlanStep as PlanStepMessage } from '../../contract/gen/netnslab/v1/PlanStep.ts'
import type { Drift } from '../../inspector/drift.ts'
import type { Lab, LabState } from '../../labs/lab.ts'
import { keyOf, PHASE_OF, type PlannedMember, type Step } from '../../plan/objects.ts'
import { jsonToStruct, toTimestamp } from '../wire.ts'

/** A lab as it stands in a list: what grows with its size is left out. */
export function labSummary(lab: Lab): LabMessage {
  return {
    name: lab.name,
    uid: lab.uid,
    state: STATES[lab.state],
    etag: lab.etag,
    createTime: toTimestamp(lab.createdAtMs),
    ...((lab.state === 'creating' || lab.state === 'deleting') && { progress: lab.progress }),
    because: lab.because,
    labels: lab.labels,
    buildMs: lab.buildMs,
  }
}

/** The whole lab. The steps of its plan are shown only where nothing was built: a thousand hosts have ten thousand. */
export function labMessage(lab: Lab): LabMessage {
  return {
    ...labSummary(lab),
    spec: jsonToStruct(lab.document),
    members: lab.plan?.members.map(memberMessage) ?? [],
    drifts: lab.drifts.map(driftMessage),
    ...(lab.state === 'planned' && { plan: { steps: lab.plan?.steps.map(stepMessage) ?? [] } }),
  }
}

export function driftMessage(drift: Drift): DriftMessage {
  return { ...drift }
}

const STATES = {
  planned: 'LAB_STATE_PLANNED',
  creating: 'LAB_STATE_CREATING',
  ready: 'LAB_STATE_READY',
  deleting: 'LAB_STATE_DELETING',
  failed: 'LAB_STATE_FAILED',
  lost: 'LAB_STATE_LOST',
  quarantined: 'LAB_STATE_QUARANTINED',
} as const satisfies Record<LabState, LabStateMessage>

function memberMessage(member: PlannedMember): MemberMessage {
  const { name, role, namespace, path } = member
  const devices = member.devices.map(({ device, mac, addresses, link }) => ({
    device,
    mac,
    addresses: [...addresses],
    link,
  }))
  return { name, role, namespace, path, devices }
}

function stepMessage({ origin, object }: Step): PlanStepMessage {
  return { origin, object: keyOf(object), phase: PHASE_OF[object.kind] }
}
