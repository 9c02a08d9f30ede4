import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Served } from '../support/served.ts'

const run = promisify(execFile)
const opened: Served[] = []
const keep = (served: Served) => {
  opened.push(served)
  return served
}

afterEach(async () => {
  for (const served of opened.splice(0)) await served.dispose()
})

describe('a server that runs', () => {
  let served: Served
  beforeAll(async () => {
    served = await Served.serve({ env: { MARKER: 'secret-of-a-shell' } }).ready()
    return () => served.dispose()
  })

  test('the commands it prints work as pasted, from any folder, in any shell', async () => {
    const printed = served.stdout.split('\n').filter((line) => /^ {2}(curl|\S+\/buf) /.test(line))
    expect(printed.map((line) => line.trim().split(' ')[0]?.split('/').pop())).toEqual([
      'curl',
      'curl',
      'curl',
      'curl',
      'buf',
      'buf',
      'buf',
    ])

    const answers: string[] = []
    for (const command of printed) answers.push((await run('sh', ['-c', command], { cwd: '/' })).stdout)

    expect(answers[0]).toContain('"state":"LAB_STATE_READY"')
    expect(answers[1]).toContain('192.0.2.1/24')
    expect(answers[2]).toContain('"received":4')
    expect(answers[3]).toContain('"removed":2')
    expect(answers[4]).toContain('"LAB_STATE_READY"')
    expect(answers[5]).toContain('"received": 4')
    expect(answers[6]).toContain('"removed": 2')
  })

  test('the token is neither printed nor logged nor in an environment, and the token command tells it', async () => {
    const environments = (['engine', 'gateway'] as const).map((role) =>
      readFileSync(`/proc/${served.pidOf(role)}/environ`, 'utf8'),
    )
    expect(environments.join()).not.toContain('secret-of-a-shell')
    for (const text of [served.stdout, served.stderr, ...environments]) expect(text).not.toContain(served.token)

    const command = keep(new Served(['token', '--fake-kernel'], { folder: served.folder }))
    expect(await command.ended()).toBe(0)
    expect(command.stdout.trim()).toBe(served.token)
    opened.splice(opened.indexOf(command), 1)
  })

  test('a second server on the same host is turned away at once, with a sentence', async () => {
    const before = performance.now()
    const second = new Served(['engine', '--fake-kernel'], { folder: served.folder })

    expect(await second.ended()).toBe(4)
    // Within a second where nothing else runs; a killed holder would be waited for four.
    expect(performance.now() - before).toBeLessThan(3000)
    expect(second.stderr).toContain(`another engine runs on this host: process ${served.pidOf('engine')} holds`)
  })

  test('a gateway that dies is started anew on the same ports, and labs do not notice', async () => {
    await ask(served, 'POST', '/v1/labs', { spec: { name: 'kept', hosts: [{ name: 'a' }] } })
    const first = served.pidOf('gateway')
    process.kill(first, 'SIGKILL')

    await expect.poll(() => served.pidOf('gateway'), { timeout: 10_000 }).not.toBeOneOf([first, 0])
    await expect
      .poll(() => ask(served, 'GET', '/v1/labs/kept').catch(() => ({ state: 'none' })), { timeout: 10_000 })
      .toMatchObject({ state: 'LAB_STATE_READY' })
  })

  test.runIf(process.getuid?.() === 0)('the gateway has no rights left and can gain none', () => {
    const status = readFileSync(`/proc/${served.pidOf('gateway')}/status`, 'utf8')

    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m)
    expect(status).toMatch(/^CapEff:\t0{16}$/m)
    expect(status).toMatch(/^CapPrm:\t0{16}$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
  })
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'on %s the gateway stops first, then the engine; labs stay',
  async (signal) => {
    const served = keep(await Served.serve().ready())
    await ask(served, 'POST', '/v1/labs', { spec: { name: 'kept', hosts: [{ name: 'a' }] } })

    expect(await served.stop(signal)).toBe(0)

    const stops = served.logged().filter(({ msg }) => /stops/.test(msg))
    expect(stops.map(({ name }) => name)).toEqual(['gateway', 'engine'])
    expect(readdirSync(join(served.folder, 'state', 'labs'))).toEqual(['kept.json'])
  },
)

test('a second signal ends everything at once, whatever is still open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nl-serve-'))
  chmodSync(folder, 0o711)
  writeFileSync(join(folder, 'config.yaml'), 'graceMs: 60000\n')
  const served = keep(await Served.serve({ folder, env: { NETNS_LAB_CONFIG: join(folder, 'config.yaml') } }).ready())
  const pids = [served.pidOf('engine'), served.pidOf('gateway')]
  const [, host = '', port = ''] = /^http:\/\/(.*):(\d+)$/.exec(served.rest) ?? []
  const caller = connect(Number(port), host, () => {
    caller.write(
      `POST /v1/labs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${served.token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
  })
  caller.on('error', () => {})
  await once(caller, 'connect')
  served.child.kill('SIGTERM')
  await expect.poll(() => served.stderr, { timeout: 10_000 }).toContain('gateway stops')

  expect(await served.stop('SIGTERM')).toBe(130)
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([])
})

test('when the engine dies, everything ends and says so by its exit code', async () => {
  const served = keep(await Served.serve().ready())
  process.kill(served.pidOf('engine'), 'SIGKILL')

  expect(await served.ended()).toBe(137)
  expect(served.pidOf('gateway')).toBe(0)
})

test('when serve itself is killed, engine and gateway end too', async () => {
  const served = keep(await Served.serve().ready())
  const pids = [served.pidOf('engine'), served.pidOf('gateway')]

  await served.stop('SIGKILL')

  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([])
})

test('a port that is taken is told with its own exit code, and nothing stays behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const address = taken.address()
  const port = typeof address === 'object' ? address?.port : 0
  const served = keep(new Served(['serve', '--fake-kernel', '--rest', `127.0.0.1:${port}`, '--grpc', '127.0.0.1:0']))

  expect(await served.ended()).toBe(5)
  expect(served.stderr).toContain('EADDRINUSE')
  expect(served.pidOf('engine')).toBe(0)
  taken.close()
})

test.each([
  { story: 'an unknown option', argv: ['serve', '--frobnicate'], code: 2, says: 'unknown option' },
  { story: 'an unknown command', argv: ['frobnicate'], code: 2, says: 'unknown command' },
  { story: 'a door open to a network without TLS', argv: ['serve', '--rest', '0.0.0.0:0'], code: 2, says: 'tls.cert' },
  { story: 'an endpoint that is none', argv: ['serve', '--rest', 'here'], code: 2, says: 'not an endpoint' },
  { story: 'a gateway without an engine', argv: ['gateway'], code: 3, says: 'start the engine first' },
  { story: 'a token that was never made', argv: ['token'], code: 3, says: 'start the server' },
])('$story ends with exit code $code and one sentence', async ({ argv, code, says }) => {
  const served = keep(new Served(argv))

  expect(await served.ended()).toBe(code)
  expect(served.stderr).toContain(says)
  expect(served.stderr).not.toMatch(/\n\s+at /)
})

test.runIf(process.getuid?.() === 0)('folders that the gateway cannot pass are told, not guessed', async () => {
  const served = keep(Served.serve())
  chmodSync(served.folder, 0o700)

  expect(await served.ended()).toBe(3)
  expect(served.stderr).toContain('the folders above must let it pass')
})

async function ask(served: Served, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${served.rest}${path}`, {
    method,
    headers: { authorization: `Bearer ${served.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
