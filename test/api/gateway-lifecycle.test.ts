import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import Module from 'node:module'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import { dropPrivileges, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.ts'
import { askRest, linesOf, openRest } from '../support/ask-rest.ts'
import { type FakeCall, type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'

const opened: { engine: FakeEngine; gateway: Gateway }[] = []
const folders: string[] = []
afterEach(async () => {
  for (const { engine, gateway } of opened.splice(0)) {
    await gateway.close(0)
    engine.close()
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function open(overrides: Record<string, unknown> = {}, options: Partial<GatewayOptions> = {}) {
  const engine = await startFakeEngine()
  const gateway = await startTestGateway(engine.socketPath, overrides, options)
  opened.push({ engine, gateway })
  return { engine, gateway }
}

const asIs = (bytes: Buffer): Buffer => bytes

function grpcPing(gateway: Gateway) {
  const client = new Client(gateway.grpcAddress, credentials.createInsecure())
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${TOKEN}`)
  const call = client.makeServerStreamRequest('/netnslab.v1.LabService/Ping', asIs, asIs, Buffer.alloc(0), metadata)
  const failed = new Promise<ServiceError>((resolve) => call.once('error', resolve))
  call.resume()
  void failed.then(() => client.close())
  return failed
}

describe('health', () => {
  test('is alive without a token, and ready when the engine says so', async () => {
    const { engine, gateway } = await open()
    expect(await askRest(gateway, 'GET /livez', { token: null })).toMatchObject({ status: 200, text: 'ok\n' })

    engine.on('Check', (call) => {
      call.send({ status: 'SERVING' })
      call.end()
    })
    expect(await askRest(gateway, 'GET /readyz', { token: null })).toMatchObject({ status: 200, text: 'ok\n' })

    engine.on('Check', (call) => {
      call.send({ status: 'NOT_SERVING' })
      call.end()
    })
    const notReady = await askRest(gateway, 'GET /readyz', { token: null })
    expect([notReady.status, notReady.json.reason]).toEqual([503, 'ENGINE_UNREACHABLE'])
  })

  test('is not ready without an engine, and ready again when it comes back', async () => {
    const { engine, gateway } = await open()
    engine.close()
    expect((await askRest(gateway, 'GET /readyz', { token: null })).status).toBe(503)
    expect((await askRest(gateway, 'GET /livez', { token: null })).status).toBe(200)
  })
})

describe('metrics', () => {
  test('are for the token alone, and hold both halves', async () => {
    const { engine, gateway } = await open()
    engine.on('GetMetrics', (call) => {
      call.send({ text: '# TYPE engine_labs gauge\nengine_labs 3\n' })
      call.end()
    })
    engine.on('GetLab', (call) => call.fail({ kind: 'lab-not-found', lab: 'x' }))
    expect((await askRest(gateway, 'GET /metrics', { token: null })).status).toBe(401)
    await askRest(gateway, 'GET /v1/labs/x')

    const { text } = await askRest(gateway, 'GET /metrics')

    expect(text).toContain('engine_labs 3\n')
    expect(text).toContain('netns_lab_gateway_engine_up 1\n')
    expect(text).toContain('netns_lab_gateway_refused_tokens_total 1\n')
    expect(text).toMatch(/call_seconds_count\{door="rest",route="GET \/v1\/labs\/\{lab\}",status="404"\} 1\n/)
  })

  test('are there without the engine too', async () => {
    const { engine, gateway } = await open()
    engine.close()
    const { status: code, text } = await askRest(gateway, 'GET /metrics')
    expect(code).toBe(200)
    expect(text).toContain('netns_lab_gateway_engine_up 0\n')
  })
})

describe('stopping', () => {
  test('admits nothing new, ends streams with a reason, and lets a call under way finish', async () => {
    const { engine, gateway } = await open()
    const pings: FakeCall[] = []
    engine.on('Ping', (call) => {
      call.send({ silence: { sequence: 1 } })
      pings.push(call)
    })
    const create = new Promise<FakeCall>((resolve) => engine.on('CreateLab', resolve))
    const streamed = linesOf(await openRest(gateway, '/v1/labs/x/ping', {}))
    const grpc = grpcPing(gateway)
    const created = askRest(gateway, 'POST /v1/labs', { body: { lab: 'x' } })
    const held = await create
    await vi.waitFor(() => expect(pings).toHaveLength(2))

    const closed = gateway.close(10_000)
    const lines: string[] = []
    for await (const line of streamed) lines.push(line)
    expect(JSON.parse(lines.at(-1) ?? '').error.reason).toBe('SHUTTING_DOWN')
    const failure = await grpc
    expect(failure.code).toBe(status.UNAVAILABLE)
    expect(fromGrpcStatus(failure, '').reason).toBe('SHUTTING_DOWN')
    await expect(askRest(gateway, 'GET /v1/host')).rejects.toThrow('ECONNREFUSED')
    held.send({ name: 'x' })
    held.end()
    expect((await created).json.name).toBe('x')
    await closed
  })

  test('cuts what is not over when the grace has passed', async () => {
    const { engine, gateway } = await open()
    const create = new Promise<FakeCall>((resolve) => engine.on('CreateLab', resolve))
    const created = askRest(gateway, 'POST /v1/labs', { body: { lab: 'x' } }).catch((error: Error) => error.message)
    await create
    await gateway.close(50)
    expect(await created).toMatch(/socket hang up|ECONNRESET/)
  })

  test('is not ready any more on a connection that is still open', async () => {
    const { engine, gateway } = await open()
    const create = new Promise<FakeCall>((resolve) => engine.on('CreateLab', resolve))
    const [host = '', port = ''] = gateway.restAddress.split(':')
    const text = new Promise<string>((resolve, reject) => {
      let all = ''
      const socket = connect({ host, port: Number(port) }, () => {
        socket.write(
          `POST /v1/labs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 0\r\n\r\n` +
            'GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
        )
      })
      socket.on('data', (chunk) => {
        all += String(chunk)
      })
      socket.on('close', () => resolve(all))
      socket.on('error', reject)
    })
    const held = await create
    const closed = gateway.close(5_000)
    held.send({ name: 'x' })
    held.end()
    await closed
    expect((await text).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503'])
  })
})

describe('opening', () => {
  test('fails when a port is taken, and leaves nothing open', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' ? address?.port : 0
    const failure: unknown = await startTestGateway('/nowhere', { grpc: { host: '127.0.0.1', port } }).catch(
      (error: unknown) => error,
    )
    taken.close()
    expect(failure).toMatchObject({ code: 'EADDRINUSE' })
  })

  test('to a network without TLS is refused', () => {
    expect(() => startTestGateway('/nowhere', { rest: { host: '0.0.0.0', port: 0 } })).toThrow('tls')
  })

  test('with a certificate that cannot be read names the file', async () => {
    const tls = { cert: '/nowhere/cert.pem', key: '/nowhere/key.pem' }
    await expect(startTestGateway('/nowhere', { tls })).rejects.toThrow('cannot read /nowhere/cert.pem')
  })

  test('with TLS serves both doors encrypted, and neither in clear text', async () => {
    const { cert, key } = certificate()
    const { engine, gateway } = await open({ tls: { cert, key } })
    engine.on('GetSchema', (call) => {
      call.send({ schema: { a: 1 } })
      call.end()
    })
    const ca = readFileSync(cert)

    const [host, port] = gateway.restAddress.split(':')
    const rest = await new Promise((resolve, reject) => {
      const sending = tlsRequest({ host, port, path: '/v1/schema', ca, servername: 'localhost' }, (response) => {
        response.resume()
        resolve([response.statusCode, response.headers['strict-transport-security']])
      })
      sending.on('error', reject)
      sending.end()
    })
    expect(rest).toEqual([200, 'max-age=31536000; includeSubDomains'])
    await expect(
      new Promise((_, reject) => {
        httpRequest({ host, port, path: '/v1/schema' }).on('error', reject).end()
      }),
    ).rejects.toThrow()

    const client = new Client(gateway.grpcAddress, credentials.createSsl(ca), {
      'grpc.ssl_target_name_override': 'localhost',
    })
    const answer = await new Promise((resolve) => {
      client.makeUnaryRequest('/netnslab.v1.HostService/GetSchema', asIs, asIs, Buffer.alloc(0), (error, bytes) => {
        resolve(error ?? bytes?.length)
      })
    })
    client.close()
    expect(answer).toBeGreaterThan(0)
  })
})

describe('a slow sender', () => {
  test.each([
    { story: 'of headers', bytes: 'GET /v1/labs HTTP/1.1\r\nHost: a\r\nA: ' },
    {
      story: 'of a body',
      bytes: `POST /v1/labs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 9\r\n\r\n{`,
    },
  ])('$story is answered 408 and cut off, while others are served', async ({ bytes }) => {
    const { engine, gateway } = await open({}, { receiveTimeoutMs: 200 })
    engine.on('GetHost', (call) => {
      call.send({})
      call.end()
    })
    const [host = '', port = ''] = gateway.restAddress.split(':')
    const slow = new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect({ host, port: Number(port) }, () => socket.write(bytes))
      socket.on('data', (chunk) => {
        text += String(chunk)
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
    expect((await askRest(gateway, 'GET /v1/host')).status).toBe(200)
    const text = await slow
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status: 408, reason: 'DEADLINE_EXCEEDED' })
  })
})

test('the log names each call, and never the token', async () => {
  const lines: string[] = []
  const keep = (facts: object, message: string) => void lines.push(JSON.stringify({ ...facts, message }))
  const { engine, gateway } = await open({}, { log: { debug: keep, info: keep, warn: keep, error: keep } })
  engine.on('GetLab', (call) => call.fail({ kind: 'lab-not-found', lab: 'x' }))
  engine.on('Ping', (call) => call.fail({ kind: 'lab-not-found', lab: 'x' }))
  await askRest(gateway, 'GET /v1/labs/x?secret=1', { headers: { 'x-request-id': 'rest-1' } })
  await grpcPing(gateway)

  await vi.waitFor(() => expect(lines).toHaveLength(2))
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    requestId: 'rest-1',
    door: 'rest',
    path: '/v1/labs/x',
    status: 400,
  })
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    door: 'grpc',
    method: '/netnslab.v1.LabService/Ping',
    code: 'NOT_FOUND',
  })
  expect(lines.join()).not.toContain(TOKEN)
})

test('nothing is loaded from disk once the doors are open', async () => {
  const { engine, gateway } = await open()
  engine.on('GetMetrics', (call) => call.end())
  const loaded: string[] = []
  const extensions: unknown = Reflect.get(Module, '_extensions')
  const load: unknown = Reflect.get(extensions as object, '.js')
  Reflect.set(extensions as object, '.js', (module: unknown, file: string) => {
    loaded.push(file)
    return (load as (...args: unknown[]) => unknown)(module, file)
  })
  try {
    engine.on('Ping', (call) => call.fail({ kind: 'lab-not-found', lab: 'x' }))
    for (const line of [
      'GET /docs',
      'GET /metrics',
      'GET /v1/labs',
      'GET /nothing',
      'POST /v1/labs/x/ping',
      'GET /openapi.yaml',
    ]) {
      const [method = '', path = ''] = line.split(' ')
      const [host, port] = gateway.restAddress.split(':')
      await new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${TOKEN}`, accept: '*/*' }
        const sending = httpRequest({ host, port, method, path, headers }, (response) =>
          response.resume().on('end', resolve),
        )
        sending.on('error', reject)
        sending.end()
      })
    }
    await grpcPing(gateway)
  } finally {
    Reflect.set(extensions as object, '.js', load)
  }
  expect(loaded).toEqual([])
})

// The last test of the file: this process is nobody afterwards.
describe.skipIf(process.getuid?.() !== 0)('giving up root (needs root)', () => {
  test('is for good, and both doors serve on', async () => {
    const nobody = 65534
    const { engine, gateway } = await open()
    engine.on('GetLab', (call) => {
      call.send({ name: 'x' })
      call.end()
    })
    chownSync(engine.folder, nobody, nobody)
    chownSync(engine.socketPath, 0, nobody)
    chmodSync(engine.socketPath, 0o660)
    expect(() => dropPrivileges(0, nobody)).toThrow('must not run as root')

    dropPrivileges(nobody, nobody)

    expect([process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getgroups?.()]).toEqual([
      nobody,
      nobody,
      nobody,
      [nobody],
    ])
    expect(() => process.setuid?.(0)).toThrow('EPERM')
    expect(readFileSync('/proc/self/status', 'utf8')).toMatch(/CapEff:\s+0+\n/)
    expect((await askRest(gateway, 'GET /v1/labs/x')).json.name).toBe('x')
    expect((await askRest(gateway, 'GET /metrics')).status).toBe(200)
    expect((await askRest(gateway, 'GET /docs', { token: null })).status).toBe(200)
  })
})

function certificate(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nl-tls-'))
  folders.push(folder)
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  )
  return { cert, key }
}
