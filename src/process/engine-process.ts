import { readFileSync } from 'node:fs'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Config } from '../config.ts'
import { startEngine } from '../engine/start-engine.ts'
import { FakeKernel } from '../kernel/fake-kernel.ts'
import { takeHostLock } from '../kernel/host-lock.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { startKernel } from '../kernel/thread.ts'
import { Labs } from '../labs/labs.ts'
import { Store } from '../labs/store.ts'
import { EXIT, StartError } from './exit.ts'
import { isRoot, lockPath, prepareFolders, socketPath } from './folders.ts'
import { makeLog } from './log.ts'
import { announceReady, stopRequested } from './stop-signal.ts'
import { provideToken } from './token.ts'
import { readVersion } from './version.ts'

/**
 * The process with root's rights: kernel, labs and a unix socket, no TCP. First of all it becomes the only one on this host;
 * requests are taken once every lab of before is ready or absent. Labs stay when it stops.
 * @throws StartError
 */
export async function runEngine(config: Config): Promise<void> {
  if (!config.fakeKernel && !isRoot()) {
    throw new StartError(EXIT.host, 'the engine must run as root, or with --fake-kernel to try the API without')
  }
  const stop = stopRequested()
  const log = makeLog('engine', config)
  prepareFolders(config)
  const lock = await lockHost(config)
  if (config.tokenSha256 === undefined) provideToken(config)

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

  log.info({ reason: await stop }, 'engine stops; labs stay')
  await engine.close(config.graceMs)
  await labs.close()
  await kernel.close()
  lock.release()
}

async function lockHost(config: Config) {
  const path = lockPath(config)
  const answer = await takeHostLock(path)
  if ('lock' in answer) return answer.lock
  const who = answer.holderPid === 0 ? 'another process' : `process ${answer.holderPid}`
  throw new StartError(EXIT.locked, `another engine runs on this host: ${who} holds ${path}`)
}

/** An imitated kernel forgets its namespaces with its process, as a machine does at a boot. */
function bootId(config: Pick<Config, 'fakeKernel'>): string {
  if (config.fakeKernel) return `fake-${process.pid}-${Date.now()}`
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}
