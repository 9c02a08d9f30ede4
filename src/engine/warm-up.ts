import { setImmediate } from 'node:timers/promises'
import { packageDefinition } from '../contract/package-definition.ts'
import type { LabsPort } from '../labs/labs-port.ts'
import { createLab } from './methods/create-lab.ts'
import { jsonToStruct } from './wire.ts'

/** From about here on another round gains nothing measurable. */
const ROUNDS = 60
const HOSTS = 16

/**
 * Lets the JavaScript engine compile the way of a create (decoding, reading the spec, planning, encoding) before a caller
 * waits for it: the first labs after a start would take three times as long otherwise. By creates that only validate, so
 * nothing is built or saved. In short turns beside the first calls; ends when `signal` aborts, and silently when a lab
 * of this name exists.
 */
export async function warmUp(labs: LabsPort, signal: AbortSignal): Promise<void> {
  const definition = definitionOfCreate()
  const call = { labs, principal: 'local', requestId: '', signal, metricsText: async () => '', hint: () => {} }
  try {
    for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
      const asked = definition.requestSerialize({ spec: jsonToStruct(SAMPLE), validateOnly: true })
      // The loader's types are of no message in particular; these bytes are those of a CreateLabRequest.
      const request = definition.requestDeserialize(asked) as Parameters<typeof createLab.handle>[0]
      definition.responseSerialize(await createLab.handle(request, call))
      await setImmediate()
    }
  } catch {
    // A start that is not warm is slower, and nothing else.
  }
}

function definitionOfCreate() {
  const service = packageDefinition['netnslab.v1.LabService']
  const definition = service === undefined || 'format' in service ? undefined : service.CreateLab
  if (definition === undefined) throw new Error('the contract has no CreateLab')
  return definition
}

/** A little of everything that most specs hold. */
const SAMPLE = {
  name: 'engine-warm-up',
  switches: [{ name: 'lan', subnet: '10.0.0.0/24' }],
  hosts: Array.from({ length: HOSTS }, (_, k) => ({
    name: `h${k}`,
    interfaces: [{ name: 'eth0', link: 'lan', address: `10.0.0.${k + 10}/24` }],
    gateway: 'edge',
    routes: [{ to: '192.0.2.0/24', via: '10.0.0.1' }],
  })),
  routers: [
    {
      name: 'edge',
      interfaces: [
        { name: 'lan0', link: 'lan', address: '10.0.0.1/24' },
        { name: 'wan0', link: 'wan', address: '203.0.113.2/24' },
      ],
      nat: { masquerade: [{ out: 'wan0' }] },
      firewall: { rules: [{ action: 'allow', direction: 'forward', protocol: 'tcp', ports: [80] }] },
    },
    { name: 'isp', interfaces: [{ name: 'wan0', link: 'wan', address: '203.0.113.1/24' }] },
  ],
  links: [{ name: 'wan' }],
}
