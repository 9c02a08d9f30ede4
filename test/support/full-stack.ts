import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { loadConfig } from '../../src/config.ts'
import { type Engine, startEngine } from '../../src/engine/start-engine.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { Labs } from '../../src/labs/labs.ts'
import { Store } from '../../src/labs/store.ts'
import { quiet, TOKEN } from './start-gateway.ts'

/** What is different from a server that was just started. */
export type World = {
  /** Settings as in the config file. */
  readonly settings?: Record<string, unknown>
  /** Puts something between the use cases and the imitated kernel. */
  readonly kernel?: (kernel: Kernel) => Kernel
  /** Prepares the state folder before the server is started. */
  readonly records?: (stateDir: string) => Promise<void>
  /** What is done before the call under test. */
  readonly before?: (stack: Stack) => Promise<unknown>
  /** Lets go what would keep the server from stopping. */
  readonly after?: () => void
}

export type Stack = {
  readonly labs: Labs
  readonly engine: Engine
  readonly gateway: Gateway
  readonly stop: () => Promise<void>
}

/** The whole server in this process, from both TCP doors down to the imitated kernel, with nothing left out. */
export async function startStack(world: World = {}): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'netns-lab-stack-'))
  await world.records?.(folder)
  const doors = { rest: { host: '127.0.0.1', port: 0 }, grpc: { host: '127.0.0.1', port: 0 } }
  const settings = loadConfig({}, { ...doors, token: TOKEN, fakeKernel: true, ...world.settings })
  const imitated = new FakeKernel()
  const kernel = world.kernel?.(imitated) ?? imitated
  const store = await Store.open(folder)
  const labs = await Labs.open({ settings, kernel, store, log: quiet, bootId: 'this-boot', version: '0.0.0' })
  await labs.reconcile()
  const socketPath = join(folder, 'engine.sock')
  const log = pino({ level: 'silent' })
  const engine = await startEngine({ socketPath, labs, log, metrics: new Registry(), reflection: true })
  const tokenHash = createHash('sha256').update(TOKEN).digest()
  const gateway = await startGateway(settings, { tokenHash, engineSocketPath: socketPath, log: quiet })
  const stack: Stack = {
    labs,
    engine,
    gateway,
    async stop() {
      world.after?.()
      await gateway.close(0)
      await engine.close(0)
      await labs.close()
      await rm(folder, { recursive: true })
    },
  }
  await world.before?.(stack)
  return stack
}

/** The same kernel with some of its answers replaced; what stands in `but` is looked at anew for each call. */
export function kernelBut(kernel: Kernel, but: Partial<Kernel>): Kernel {
  return new Proxy(kernel, {
    get(target, name) {
      const found: unknown = Reflect.get(but, name) ?? Reflect.get(target, name)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
}
