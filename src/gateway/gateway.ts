import { readFileSync } from 'node:fs'
import { type Config, ConfigError } from '../config.ts'
import { Authenticator } from './authenticate.ts'
import { loadAssets } from './docs/assets.ts'
import type { Doors, GatewayLog } from './doors.ts'
import { EngineClient } from './engine-client.ts'
import { openGrpcDoor } from './grpc/grpc-door.ts'
import { GatewayMetrics } from './metrics.ts'
import { OpenCalls } from './open-calls.ts'
import { openRestDoor } from './rest/rest-door.ts'

export { dropPrivileges } from './drop-privileges.ts'

export type GatewayOptions = {
  /** SHA-256 of the bearer token, 32 bytes: the gateway never holds the token. */
  readonly tokenHash: Buffer
  readonly engineSocketPath: string
  readonly log: GatewayLog
  /** How long a caller may take to send a REST request; 30 s when absent. */
  readonly receiveTimeoutMs?: number
}

export type Gateway = {
  /** `127.0.0.1:7380`: where it listens, with the port chosen for port 0. */
  readonly restAddress: string
  readonly grpcAddress: string
  /**
   * Admits nothing new, ends streams with `shutting-down`, gives other calls `graceMs` to end, then cuts them. Both
   * doors are closed when it resolves.
   */
  close(graceMs: number): Promise<void>
}

/**
 * Opens both doors. Everything that only root may do or read is done when it resolves, so that `dropPrivileges` may
 * follow; the engine's socket is opened at the first call.
 *
 * @throws ConfigError for certificate files that cannot be read; the bind error for a port that is taken
 */
export async function startGateway(
  config: Config,
  { tokenHash, engineSocketPath, log, receiveTimeoutMs }: GatewayOptions,
): Promise<Gateway> {
  const assets = loadAssets()
  const engine = new EngineClient(engineSocketPath)
  const openCalls = new OpenCalls()
  const doors: Doors = {
    config,
    tls: config.tls && { cert: readPem(config.tls.cert), key: readPem(config.tls.key) },
    engine,
    authenticator: new Authenticator(tokenHash),
    openCalls,
    metrics: new GatewayMetrics(),
    log,
  }
  const rest = await openRestDoor(doors, assets, receiveTimeoutMs)
  const grpc = await openGrpcDoor(doors).catch(async (error: unknown) => {
    await rest.close(0)
    engine.close()
    throw error
  })
  return {
    restAddress: rest.address,
    grpcAddress: grpc.address,
    async close(graceMs) {
      openCalls.stop()
      await Promise.all([rest.close(graceMs), grpc.close(graceMs)])
      engine.close()
    },
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new ConfigError(`cannot read ${path}`, { cause })
  }
}
