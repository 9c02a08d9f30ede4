import { createHash } from 'node:crypto'
import { loadConfig } from '../../src/config.ts'
import type { GatewayLog } from '../../src/gateway/doors.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../src/gateway/gateway.ts'

export const TOKEN = 'nl_test_0123456789abcdefghijklmnopqrstuvwxyz'

export const quiet: GatewayLog = { debug() {}, info() {}, warn() {}, error() {} }

/** A gateway on free loopback ports, in this process. */
export function startTestGateway(
  engineSocketPath: string,
  overrides: Record<string, unknown> = {},
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const config = loadConfig(
    {},
    { rest: { host: '127.0.0.1', port: 0 }, grpc: { host: '127.0.0.1', port: 0 }, ...overrides },
  )
  const tokenHash = createHash('sha256').update(TOKEN).digest()
  return startGateway(config, { tokenHash, engineSocketPath, log: quiet, ...options })
}
