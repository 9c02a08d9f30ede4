import type { Config } from '../config.ts'
import { endChild, startChild } from './children.ts'
import { EXIT, StartError } from './exit.ts'
import { isRoot, prepareFolders } from './folders.ts'
import { GatewayKeeper } from './gateway-keeper.ts'
import { makeLog } from './log.ts'
import { readyText } from './ready-text.ts'
import { stopRequested } from './stop-signal.ts'
import { provideToken, tokenPath } from './token.ts'
import { readVersion } from './version.ts'

/** Creates and deletes that were begun are ended before the engine goes; the longest is one with spanning tree. */
const ENGINE_PATIENCE_MS = 60_000
const GATEWAY_PATIENCE_MS = 5_000

/**
 * Starts engine and gateway and keeps both until it is asked to stop: then the gateway ends first, so that nobody is let in to
 * an engine that goes. A gateway that dies is started anew; when the engine ends, all end. Labs stay. Until the engine has
 * brought its labs in order, the gateway answers that it cannot be reached yet.
 * @returns the exit code
 */
export async function serve(config: Config): Promise<number> {
  if (!config.fakeKernel && !isRoot()) {
    throw new StartError(EXIT.host, 'the server must run as root, or with --fake-kernel to try the API without')
  }
  const stop = stopRequested()
  const log = makeLog('serve', config)
  // Whoever read what is printed here may be gone; the server goes on.
  process.stdout.on('error', () => {})
  prepareFolders(config)
  const { token, ...withoutToken } = config
  const settings: Config = { ...withoutToken, tokenSha256: provideToken(config) }

  const engine = startChild('engine', settings)
  const gateway = new GatewayKeeper(settings, log)
  void Promise.all([gateway.ready, engine.ready]).then(([ready]) => {
    const tokenAt = token === undefined ? { file: tokenPath(config) } : { variable: 'NETNS_LAB_TOKEN' }
    process.stdout.write(readyText({ config, version: readVersion(), ...ready, tokenAt }))
  })
  const why = await Promise.race([
    stop.then(() => ({ kind: 'stop' as const })),
    engine.exited.then((code) => ({ kind: 'engine' as const, code })),
    gateway.failed.then((code) => ({ kind: 'gateway' as const, code })),
  ])
  await gateway.close(config.graceMs + GATEWAY_PATIENCE_MS)
  const engineCode = await endChild(engine, config.graceMs + ENGINE_PATIENCE_MS)
  if (why.kind === 'stop') return engineCode
  // A second server finds the ports taken as well; that it is the second is what its user needs to know.
  if (engineCode === EXIT.locked) return engineCode
  // A process that ends without being asked has not ended well, whatever it says.
  return why.code === EXIT.stopped ? EXIT.fault : why.code
}
