import type { Failure } from '../../src/errors.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import type { Json } from './contract-request.ts'
import { deferred } from './deferred.ts'
import { kernelBut, type Stack, type World } from './full-stack.ts'
import type { CallOptions, RestForm } from './parity-doors.ts'

/** One call as both doors take it, and what it must come to. */
export type Row = {
  /** `LabService/GetLab`. */
  readonly rpc: string
  readonly story: string
  /** The message as proto3 JSON: over gRPC as it is, over REST as the annotation puts it. */
  readonly request: Json
  /** OK, or the kind of the failure. */
  readonly gives: 'OK' | Failure['kind']
  /** HTTP status of a success; 200 where absent. */
  readonly http?: 201 | 202
  /** How many problems are told; for kinds that have them. */
  readonly problems?: number
  /** Each problem has line and column. */
  readonly places?: true
  readonly world?: World
  readonly options?: CallOptions
  /** Over REST in another form, with the same meaning. */
  readonly rest?: RestForm
}

/** Rows of one RPC. */
export function rowsOf(rpc: string, rows: readonly Omit<Row, 'rpc'>[]): readonly Row[] {
  return rows.map((row) => ({ rpc, ...row }))
}

/** Two hosts on a switch: enough for everything that is not about routers. */
export const DUO = {
  name: 'duo',
  labels: { course: 'net1' },
  switches: [{ name: 'lan', subnet: ['192.0.2.0/24', '2001:db8::/64'] }],
  hosts: [
    { name: 'a', link: 'lan' },
    { name: 'b', link: 'lan' },
  ],
}

/** The kernel name of its first host's namespace. */
export const DUO_FIRST = 'nlfdd823e3-0'

export const createDuo = ({ labs }: Stack, name = 'duo') =>
  labs.create({ spec: { kind: 'document', document: { ...DUO, name } }, validateOnly: false, async: false })

/** The lab is there. */
export const withDuo: World = { before: (stack) => createDuo(stack) }

/** Its record cannot be read, so the lab is quarantined. */
export const withBrokenRecord: World = {
  records: async (stateDir) => {
    const { mkdir, writeFile } = await import('node:fs/promises')
    await mkdir(`${stateDir}/labs`, { recursive: true })
    await writeFile(`${stateDir}/labs/duo.json`, 'not a record')
  },
}

/** Two hosts stand there, built by a sound kernel whose answers are other ones from then on. */
export function duoThen(but: (kernel: Kernel) => Partial<Kernel>): World {
  const now: Partial<Kernel> = {}
  let changed: Partial<Kernel> = {}
  return {
    kernel: (kernel) => {
      for (const name of Object.keys(changed)) Reflect.deleteProperty(now, name)
      changed = but(kernel)
      return kernelBut(kernel, now)
    },
    before: async (stack) => {
      await createDuo(stack)
      Object.assign(now, changed)
    },
  }
}

/** The same with a kernel that takes calls and does not come back, not before the server is to stop. */
export function stuckAt(...methods: ('apply' | 'remove' | 'observe' | 'limits' | 'ping' | 'pingPairs')[]): World {
  let gate = deferred<void>()
  const world = duoThen((kernel) => {
    gate = deferred<void>()
    const { promise } = gate
    const late = methods.map((name) => {
      const method = kernel[name].bind(kernel) as (...given: unknown[]) => Promise<unknown>
      return [name, (...given: unknown[]) => promise.then(() => method(...given))]
    })
    return Object.fromEntries(late)
  })
  return { ...world, after: () => gate.resolve() }
}

export const dies = () => Promise.reject(new Error('the thread ended'))
