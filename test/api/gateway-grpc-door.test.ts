import http2 from 'node:http2'
import { connect } from 'node:net'
import { Client, credentials, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { methods } from '../../src/contract/methods.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { type AskedGrpc, askGrpc, methodNamed } from '../support/ask-grpc.ts'
import { type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway } from '../support/start-gateway.ts'

let engine: FakeEngine
let gateway: Gateway
let client: Client
beforeAll(async () => {
  engine = await startFakeEngine()
  gateway = await startTestGateway(engine.socketPath)
  client = new Client(gateway.grpcAddress, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 })
})
afterAll(async () => {
  client.close()
  await gateway.close(0)
  engine.close()
})

/** Asks this gateway, or another one, by the method's short name. */
const ask = (name: string, request: object, { to = client, ...asked }: AskedGrpc & { to?: Client } = {}) =>
  askGrpc(to, methodNamed(name), request, asked)

describe('the gRPC door', () => {
  test('knows every method of the contract, with no name of them in its source', async () => {
    for (const method of methods) {
      engine.on(method.name, (call) => call.fail({ kind: 'permission-denied', method: method.name }))
      const { report } = await ask(method.name, Buffer.alloc(0))
      expect(report?.metadata.method, method.path).toBe(method.name)
    }
  })

  test('asks for the token, save for health, reflection and open methods', async () => {
    const asking = { headers: { authorization: '' } }
    for (const method of methods) {
      const { error } = await ask(method.name, Buffer.alloc(0), asking)
      const isOpen = method.open || method.service.startsWith('grpc.')
      expect(error?.code, method.path).toBe(isOpen ? status.PERMISSION_DENIED : status.UNAUTHENTICATED)
    }
  })

  test('tells a caller with too many wrong tokens to wait', async () => {
    const strict = await startTestGateway(engine.socketPath)
    const to = new Client(strict.grpcAddress, credentials.createInsecure())
    const codes: (number | undefined)[] = []
    for (let attempt = 0; attempt < 11; attempt += 1) {
      codes.push((await ask('GetHost', {}, { to, headers: { authorization: `Bearer ${attempt}` } })).error?.code)
    }
    to.close()
    await strict.close(0)
    expect(codes).toEqual([...Array(10).fill(status.UNAUTHENTICATED), status.RESOURCE_EXHAUSTED])
  })

  test.each([
    { story: 'a message of more than 1 MiB', bytes: 1024 * 1024 + 1, reason: 'BODY_TOO_LARGE' },
    { story: 'a message far above', bytes: 5 * 1024 * 1024, reason: undefined },
  ])('refuses $story', async ({ bytes, reason }) => {
    const before = vi.fn()
    engine.on('CreateLab', before)
    const { error, report } = await ask('CreateLab', Buffer.alloc(bytes))
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED)
    if (reason !== undefined) expect(report?.reason).toBe(reason)
    expect(before).not.toHaveBeenCalled()
  })

  test('refuses more metadata than 32 keys or 8 KiB', async () => {
    const keys = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, 'v']))
    const many = await ask('GetHost', {}, { headers: keys })
    expect(many.report).toMatchObject({ reason: 'LIMIT_EXCEEDED', metadata: { limit: 'metadata keys' } })
    const long = await ask('GetHost', {}, { headers: { long: 'x'.repeat(9_000) } })
    expect(long.report).toMatchObject({ reason: 'LIMIT_EXCEEDED', metadata: { limit: 'bytes of metadata' } })
  })

  test('serves at most 100 calls of one connection at a time', async () => {
    const session = http2.connect(`http://${gateway.grpcAddress}`)
    const settings = await new Promise<http2.Settings>((resolve) => session.once('remoteSettings', resolve))
    session.destroy()
    expect(settings.maxConcurrentStreams).toBe(100)
  })

  test('closes a connection that floods it with pings, and goes on serving', async () => {
    const session = http2.connect(`http://${gateway.grpcAddress}`, { maxOutstandingPings: 100_000 })
    const closed = new Promise((resolve) => session.once('close', resolve))
    session.on('error', () => {})
    await new Promise((resolve) => session.once('connect', resolve))
    for (let count = 0; count < 200 && !session.destroyed; count += 1) session.ping(() => {})
    await closed
    expect((await ask('GetSchema', {})).error?.code).toBe(status.PERMISSION_DENIED)
  })

  test.each([
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    '\u0000\u0000\u0000',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000',
  ])('survives what is not gRPC (%j)', async (bytes) => {
    const [host, port] = gateway.grpcAddress.split(':')
    const socket = connect({ host: host ?? '', port: Number(port) }, () => socket.end(bytes))
    socket.on('error', () => {})
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
    expect((await ask('GetSchema', {})).error?.code).toBe(status.PERMISSION_DENIED)
  })
})
