import { createHash, randomBytes } from 'node:crypto'
import { chownSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import { EXIT, StartError } from './exit.ts'
import { isRoot } from './folders.ts'

export function tokenPath(config: Pick<Config, 'stateDir'>): string {
  return join(config.stateDir, 'token')
}

/**
 * The token of the config, or the one kept in stateDir/token, made there at the first start. Beside the socket its SHA-256
 * is left for the gateway, which never sees the token itself.
 * @returns the hash in hex
 */
export function provideToken(config: Pick<Config, 'token' | 'stateDir' | 'runDir' | 'gatewayGid'>): string {
  const token = config.token ?? readToken(config) ?? makeToken(config)
  const hash = createHash('sha256').update(token).digest('hex')
  const path = hashPath(config)
  writeFileSync(`${path}.tmp`, `${hash}\n`, { mode: 0o640 })
  if (isRoot()) chownSync(`${path}.tmp`, 0, config.gatewayGid)
  renameSync(`${path}.tmp`, path)
  return hash
}

/** What the gateway knows of the token. @throws StartError when no engine has left it yet */
export function readTokenHash(config: Pick<Config, 'tokenSha256' | 'runDir'>): Buffer {
  if (config.tokenSha256 !== undefined) return Buffer.from(config.tokenSha256, 'hex')
  const path = hashPath(config)
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new StartError(EXIT.host, `${path} cannot be read: start the engine first`, { cause })
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new StartError(EXIT.host, `${path} is not the hash of a token`)
  return Buffer.from(text, 'hex')
}

/** The kept token, for its owner's eyes; undefined when none was made yet. */
export function readToken(config: Pick<Config, 'stateDir'>): string | undefined {
  const path = tokenPath(config)
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new StartError(EXIT.host, `the token in ${path} cannot be read`, { cause })
  }
  if (text.length < 32) throw new ConfigError(`the token in ${path} has fewer than 32 characters`)
  return text
}

/** 256 random bits. Whole or not there: a crash leaves no short token behind. */
function makeToken(config: Pick<Config, 'stateDir'>): string {
  const token = randomBytes(32).toString('base64url')
  const path = tokenPath(config)
  const fd = openSync(`${path}.tmp`, 'w', 0o600)
  try {
    writeFileSync(fd, `${token}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.tmp`, path)
  return token
}

function hashPath(config: Pick<Config, 'runDir'>): string {
  return join(config.runDir, 'token.sha256')
}
