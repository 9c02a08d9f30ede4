import { readFileSync } from 'node:fs'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Config } from '../config.ts'
import { startEngine } from '../engine/start-engine.ts'
import { warmUp } from '../engine/warm-up.ts'
import { FakeKernel } from '../kernel/fake-kernel.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { startKernel } from '../kernel/thread.ts'
import { Labs } from '../labs/labs.ts'
import { Store } from '../labs/store.ts'
import { isRoot, socketPath } from './folders.ts'
import { makeLog } from './log.ts'
import { announceReady } from './stop-signal.ts'
import { readVersion } from './version.ts'

/**
 * What the engine does between the lock and its end. Requests are taken once every lab of before is ready or absent. When it
 * is to stop, calls may end, then what was begun is ended and saved. Labs stay.
 */
export async function serveLabs(config: Config, stop: Promise<string>): Promise<void> {
  const log = makeLog('engine', config)
  const kernel: Kernel = config.fakeKernel ? new FakeKernel() : await startKernel()
  const store = await Store.open(config.stateDir)
  const labs = await Labs.open({ settings: config, kernel, store, log, bootId: bootId(config), version: readVersion() })
  await labs.reconcile()
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, prefix: 'netnslab_engine_' })
  const path = socketPath(config)
  const engine = await startEngine({
    socketPath: path,
    ...(isRoot() ? { socketGid: config.gatewayGid } : {}),
    labs,
    log,
    metrics,
    reflection: config.reflection,
  })
  log.info({ socket: path, version: readVersion() }, 'engine ready')
  announceReady({ ready: true })
  const stopping = new AbortController()
  const warm = warmUp(labs, stopping.signal)

  log.info({ reason: await stop }, 'engine stops; labs stay')
  stopping.abort()
  await warm
  await engine.close(config.graceMs)
  await labs.close()
  await kernel.close()
}

/** An imitated kernel forgets its namespaces with its process, as a machine does at a boot. */
function bootId(config: Pick<Config, 'fakeKernel'>): string {
  if (config.fakeKernel) return `fake-${process.pid}-${Date.now()}`
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}
