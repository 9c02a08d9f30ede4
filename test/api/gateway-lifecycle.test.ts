import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts'
import { methodNamed, startGrpc } from '../support/ask-grpc.ts'
import { askRest, linesOf, openRest } from '../support/ask-rest.ts'
import { type FakeCall, type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'

const opened: { engine: FakeEngine; gateway: Gateway }[] = []
afterEach(async () => {
  for (const { engine, gateway } of opened.splice(0)) {
    await gateway.close(0)
    engine.close()
  }
})

async function open(overrides: Record<string, unknown> = {}, options: Partial<GatewayOptions> = {}) {
  const engine = await startFakeEngine()
  const gateway = await startTestGateway(engine.socketPath, overrides, options)
  opened.push({ engine, gateway })
  return { engine, gateway }
}

/** A ping over gRPC; resolves when it fails. */
async function grpcPing(gateway: Gateway): Promise<ServiceError> {
  const client = new Client(gateway.grpcAddress, credentials.createInsecure())
  const call = startGrpc(client, methodNamed('Ping'), {})
  call.resume()
  const failure = await new Promise<ServiceError>((resolve) => call.once('error', resolve))
  client.close()
  return failure
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
    expect(text).toContain('netnslab_gateway_engine_up 1\n')
    expect(text).toContain('netnslab_gateway_refused_tokens_total 1\n')
    expect(text).toMatch(/call_seconds_count\{door="rest",route="GET \/v1\/labs\/\{lab\}",status="404"\} 1\n/)
  })

  test('are there without the engine too', async () => {
    const { engine, gateway } = await open()
    engine.close()
    const { status: code, text } = await askRest(gateway, 'GET /metrics')
    expect(code).toBe(200)
    expect(text).toContain('netnslab_gateway_engine_up 0\n')
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

  test('does not wait for connections that are only kept alive, nor for those whose last call ends', async () => {
    const { engine, gateway } = await open()
    const create = new Promise<FakeCall>((resolve) => engine.on('CreateLab', resolve))
    const agent = new Agent({ keepAlive: true })
    const [host, port] = gateway.restAddress.split(':')
    const ask = (method: string, path: string) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${TOKEN}` }
        const sending = httpRequest({ agent, host, port, method, path, headers }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode))
        })
        sending.on('error', reject)
        sending.end()
      })
    await ask('GET', '/livez')
    const created = ask('POST', '/v1/labs')
    await ask('GET', '/livez')
    const held = await create

    const startMs = performance.now()
    const closed = gateway.close(60_000)
    held.send({})
    held.end()
    expect(await created).toBe(200)
    await closed
    expect(performance.now() - startMs).toBeLessThan(5_000)
    agent.destroy()
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
