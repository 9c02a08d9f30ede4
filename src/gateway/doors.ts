import type { Config } from '../config.ts'
import type { Authenticator } from './authenticate.ts'
import type { EngineClient } from './engine-client.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { OpenCalls } from './open-calls.ts'

/** A pino logger, or anything that takes facts first and a word second. */
export type GatewayLog = {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What both doors share. */
export type Doors = {
  readonly config: Config
  /** PEM texts; undefined: clear text, on loopback. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly engine: EngineClient
  readonly authenticator: Authenticator
  readonly openCalls: OpenCalls
  readonly metrics: GatewayMetrics
  readonly log: GatewayLog
}
