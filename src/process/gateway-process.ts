import { accessSync, constants } from 'node:fs'
import type { Config } from '../config.ts'
import { dropPrivileges, startGateway } from '../gateway/gateway.ts'
import { EXIT, StartError } from './exit.ts'
import { socketPath } from './folders.ts'
import { makeLog } from './log.ts'
import { announceReady, stopRequested } from './stop-signal.ts'
import { readTokenHash } from './token.ts'

// By the words: what grpc-js throws carries no code.
const DOOR_REFUSED = /EADDRINUSE|EADDRNOTAVAIL|EACCES/

/**
 * The process that faces the network: HTTP, gRPC and TLS are parsed here, by a user without rights.
 * @throws StartError
 */
export async function runGateway(config: Config): Promise<void> {
  const stop = stopRequested()
  const log = makeLog('gateway', config)
  const tokenHash = readTokenHash(config)
  const gateway = await startGateway(config, { tokenHash, engineSocketPath: socketPath(config), log }).catch(doorFailed)
  dropPrivileges(config.gatewayUid, config.gatewayGid)
  checkWay(config)
  const { restAddress: rest, grpcAddress: grpc } = gateway
  log.info({ rest, grpc, tls: config.tls !== undefined }, 'gateway ready')
  announceReady({ ready: true, rest, grpc })

  log.info({ reason: await stop }, 'gateway stops')
  await gateway.close(config.graceMs)
}

/** A folder above that lets only its owner pass would otherwise show as an engine that never answers. */
function checkWay({ runDir }: Config): void {
  try {
    accessSync(runDir, constants.X_OK)
  } catch (cause) {
    const message = `the gateway, as user ${process.getuid?.()}, cannot reach ${runDir}: the folders above must let it pass`
    throw new StartError(EXIT.host, message, { cause })
  }
}

function doorFailed(cause: unknown): never {
  const words = cause instanceof Error ? cause.message : String(cause)
  if (!DOOR_REFUSED.test(words)) throw cause
  throw new StartError(EXIT.door, `a door cannot be opened: ${words}`, { cause })
}
