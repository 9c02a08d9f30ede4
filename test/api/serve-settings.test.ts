import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError, loadConfig, RESOLVED } from '../../src/config.ts'
import { provideToken, readToken, readTokenHash } from '../../src/process/token.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nl-settings-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('without settings the doors open on loopback and state is kept where systemd keeps it', () => {
  expect(loadConfig({})).toMatchObject({
    stateDir: '/var/lib/netns-lab',
    runDir: '/run/netns-lab',
    rest: { host: '127.0.0.1', port: 7380 },
    grpc: { host: '127.0.0.1', port: 7381 },
    uplink: { allowed: false },
    fakeKernel: false,
  })
})

test('a variable beats the file, and the file beats the default', () => {
  const file = given('rest: { port: 8000 }\nlogLevel: warn\n')

  const config = loadConfig({ NETNS_LAB_CONFIG: file, NETNS_LAB_LOG_LEVEL: 'debug' })

  expect(config.rest).toEqual({ host: '127.0.0.1', port: 8000 })
  expect(config.logLevel).toBe('debug')
})

test.each([
  { story: 'an unknown setting', text: 'restt: {}', says: /restt/ },
  { story: 'a port that is none', text: 'rest: { port: 70000 }', says: /rest\.port/ },
  { story: 'a short token', text: 'token: abc', says: /token/ },
  { story: 'a door to a network without TLS', text: 'rest: { host: 0.0.0.0 }', says: /rest\.host: 0\.0\.0\.0.*tls/ },
  { story: 'a run folder too long for a socket', text: `runDir: /${'x'.repeat(100)}`, says: /runDir/ },
  { story: 'a file that is no YAML', text: 'rest: [', says: /not valid YAML/ },
  { story: 'a file that holds a list', text: '- 1', says: /must hold a mapping/ },
])('$story is refused by name', ({ text, says }) => {
  expect(() => loadConfig({ NETNS_LAB_CONFIG: given(text) })).toThrow(ConfigError)
  expect(() => loadConfig({ NETNS_LAB_CONFIG: given(text) })).toThrow(says)
})

test('every wrong setting is named at once', () => {
  const file = given('rest: { port: -1 }\ngraceMs: soon\nlimits: { maxLabs: 0 }\n')

  for (const setting of [/rest\.port/, /graceMs/, /limits\.maxLabs/]) {
    expect(() => loadConfig({ NETNS_LAB_CONFIG: file })).toThrow(setting)
  }
})

test('a file that was named and is not there is an error; the usual one may be absent', () => {
  expect(() => loadConfig({ NETNS_LAB_CONFIG: join(folder, 'none.yaml') })).toThrow(/cannot read/)
})

test('with TLS a door may open to a network', () => {
  const tls = 'tls: { cert: /c.pem, key: /k.pem }\n'

  expect(loadConfig({ NETNS_LAB_CONFIG: given(`${tls}rest: { host: 0.0.0.0 }`) }).rest.host).toBe('0.0.0.0')
})

test('the settings that serve hands on are taken as they are', () => {
  const config = loadConfig({ NETNS_LAB_REST_LISTEN: '[::1]:0', NETNS_LAB_STATE_DIR: folder })

  expect(loadConfig({ [RESOLVED]: JSON.stringify(config), NETNS_LAB_LOG_LEVEL: 'trace' })).toEqual(config)
})

test('an imitated kernel never writes into the records of a real one', () => {
  const { stateDir, runDir } = loadConfig({ NETNS_LAB_FAKE_KERNEL: '1' })

  expect(stateDir.startsWith(tmpdir())).toBe(true)
  expect(runDir.startsWith(tmpdir())).toBe(true)
})

test('a token is made once, kept for its owner alone, and the gateway gets its hash only', () => {
  const config = { ...loadConfig({}), stateDir: folder, runDir: folder }
  expect(readToken(config)).toBeUndefined()

  const hash = provideToken(config)
  const token = readToken(config) ?? ''

  expect(token).toMatch(/^[\w-]{43}$/)
  expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'token.sha256')).mode & 0o777).toBe(0o640)
  expect(readFileSync(join(folder, 'token.sha256'), 'utf8')).not.toContain(token)
  expect(readTokenHash(config).toString('hex')).toBe(hash)
  expect(provideToken(config)).toBe(hash)
  expect(readToken(config)).toBe(token)
})

test('a token of the settings is written nowhere', () => {
  const config = { ...loadConfig({}), token: 't'.repeat(40), stateDir: folder, runDir: folder }

  provideToken(config)

  expect(readToken(config)).toBeUndefined()
  expect(readFileSync(join(folder, 'token.sha256'), 'utf8')).not.toContain('tttt')
})

test('a gateway that is started before any engine says so', () => {
  expect(() => readTokenHash({ ...loadConfig({}), runDir: folder })).toThrow(/start the engine first/)
})

function given(text: string): string {
  const path = join(folder, 'config.yaml')
  writeFileSync(path, text)
  return path
}
