import type { Config } from '../config.ts'
import { takeHostLock } from '../kernel/host-lock.ts'
import { EXIT, StartError } from './exit.ts'
import { isRoot, lockPath, prepareFolders } from './folders.ts'
import { stopRequested } from './stop-signal.ts'
import { provideToken } from './token.ts'

/**
 * The process with root's rights: kernel, labs and a unix socket, no TCP. First of all it becomes the only one on this host;
 * what it does then is loaded only then, so that a second one is turned away at once.
 * @throws StartError
 */
export async function runEngine(config: Config): Promise<void> {
  if (!config.fakeKernel && !isRoot()) {
    throw new StartError(EXIT.host, 'the engine must run as root, or with --fake-kernel to try the API without')
  }
  const stop = stopRequested()
  prepareFolders(config)
  const lock = await lockHost(config)
  if (config.tokenSha256 === undefined) provideToken(config)
  const { serveLabs } = await import('./serve-labs.ts')
  await serveLabs(config, stop)
  lock.release()
}

async function lockHost(config: Config) {
  const path = lockPath(config)
  const answer = await takeHostLock(path)
  if ('lock' in answer) return answer.lock
  const who = answer.holderPid === 0 ? 'another process' : `process ${answer.holderPid}`
  throw new StartError(EXIT.locked, `another engine runs on this host: ${who} holds ${path}`)
}
