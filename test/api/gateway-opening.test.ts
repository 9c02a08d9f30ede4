import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import Module from 'node:module'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { dropPrivileges, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.ts'
import { askGrpc, methodNamed } from '../support/ask-grpc.ts'
import { askRest } from '../support/ask-rest.ts'
import { type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
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
    const { answers } = await askGrpc(client, methodNamed('GetSchema'), {}, { headers: { authorization: '' } })
    client.close()
    expect(answers).toEqual([{ schema: { a: 1 } }])
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
    const client = new Client(gateway.grpcAddress, credentials.createInsecure())
    expect((await askGrpc(client, methodNamed('Ping'), {})).report?.reason).toBe('LAB_NOT_FOUND')
    client.close()
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
  const how = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'
  const name = ['-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', [...how.split(' '), ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}
