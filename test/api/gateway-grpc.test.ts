import { execFile } from 'node:child_process'
import http2 from 'node:http2'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { fromBinary, toJson } from '@bufbuild/protobuf'
import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { registry } from '../../src/contract/descriptors.ts'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import { messageType, methods } from '../../src/contract/methods.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { encode, type FakeCall, type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'

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

const asIs = (bytes: Buffer): Buffer => bytes

function methodNamed(name: string) {
  const found = methods.find((method) => method.name === name)
  if (found === undefined) throw new Error(`the contract has no ${name}`)
  return found
}

type Asked = { readonly headers?: Record<string, string | Buffer>; readonly deadlineMs?: number; readonly to?: Client }

/** Starts a call with one request; its answers are bytes. */
function start(
  name: string,
  request: unknown,
  { headers, deadlineMs, to = client }: Asked = {},
): ClientReadableStream<Buffer> {
  const method = methodNamed(name)
  const metadata = new Metadata()
  for (const [key, value] of Object.entries({ authorization: `Bearer ${TOKEN}`, ...headers })) {
    if (value !== '') metadata.set(key, value)
  }
  const bytes = Buffer.isBuffer(request) ? request : encode(messageType(method.requestName), request)
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  return to.makeServerStreamRequest(method.path, asIs, asIs, bytes, metadata, options)
}

/** Asks and collects: answers as proto3 JSON, the head's metadata, and the failure if there is one. */
async function ask(name: string, request: unknown, asked: Asked = {}) {
  const call = start(name, request, asked)
  const type = messageType(methodNamed(name).responseName)
  const answers: unknown[] = []
  let head = new Metadata()
  call.on('metadata', (metadata: Metadata) => {
    head = metadata
  })
  call.on('data', (bytes: Buffer) => answers.push(toJson(type, fromBinary(type, bytes), { registry })))
  const error = await new Promise<ServiceError | undefined>((resolve) => {
    call.once('error', resolve)
    call.once('end', () => resolve(undefined))
  })
  return { answers, head, error, report: error && fromGrpcStatus(error, '') }
}

describe('a gRPC call', () => {
  test('reaches the engine with who calls, id, trace and deadline, and its answer comes back with the id', async () => {
    let heard: FakeCall | undefined
    engine.on('GetLab', (call) => {
      heard = call
      call.hint('x-http-status', '200')
      call.send({ name: 'x', state: 'LAB_STATE_READY' })
      call.end()
    })

    const { answers, head } = await ask(
      'GetLab',
      { lab: 'x' },
      {
        headers: { 'x-request-id': 'id-1', traceparent: 'trace', 'x-netns-lab-principal': 'root', other: '1' },
        deadlineMs: 9_000,
      },
    )

    expect(answers).toEqual([{ name: 'x', state: 'LAB_STATE_READY' }])
    expect(head.get('x-request-id')).toEqual(['id-1'])
    expect(head.get('x-http-status')).toEqual([])
    expect(heard?.request).toEqual({ lab: 'x' })
    const metadata = heard?.metadata.getMap() ?? {}
    expect(metadata).toMatchObject({ 'x-request-id': 'id-1', traceparent: 'trace', 'x-netns-lab-principal': 'token' })
    expect(Object.keys(metadata)).not.toContain('other')
    expect(Object.keys(metadata)).not.toContain('authorization')
    expect(Number(heard?.deadline) - Date.now()).toBeLessThanOrEqual(9_000)
    expect(Number(heard?.deadline) - Date.now()).toBeGreaterThan(5_000)
  })

  test('that fails has code, sentence and details as the engine gave them', async () => {
    const problem = { path: 'hosts[0].name', message: 'is taken', reason: 'DUPLICATE_NAME', line: 3, column: 4 }
    engine.on('CreateLab', (call) => call.fail({ kind: 'invalid-spec', problems: [problem] }))

    const { error, report } = await ask('CreateLab', { lab: 'x' })

    expect(error?.code).toBe(status.INVALID_ARGUMENT)
    expect(error?.details).toBe('The lab spec has 1 problem; nothing was built')
    expect(report).toMatchObject({
      reason: 'INVALID_SPEC',
      violations: [{ field: 'hosts[0].name', reason: 'DUPLICATE_NAME', line: 3, column: 4 }],
    })
  })

  test('keeps a foreign status as it is', async () => {
    engine.on('Check', (call) => {
      call.raw.emit('error', Object.assign(new Error('x'), { code: status.NOT_FOUND, details: 'unknown service' }))
    })
    const { error } = await ask('Check', { service: 'nothing' })
    expect([error?.code, error?.details]).toEqual([status.NOT_FOUND, 'unknown service'])
  })

  test('when the engine is gone is told so, and no path of this machine', async () => {
    const lonely = await startTestGateway('/nonexistent/engine.sock')
    const to = new Client(lonely.grpcAddress, credentials.createInsecure())
    const { error, report } = await ask('GetLab', {}, { to })
    to.close()
    await lonely.close(0)
    expect(error?.code).toBe(status.UNAVAILABLE)
    expect(error?.details).toBe('The engine does not answer')
    expect(report?.reason).toBe('ENGINE_UNREACHABLE')
  })

  test('streams both ways where the contract does', async () => {
    const heard: string[] = []
    engine.on('ServerReflectionInfo', (call) => {
      const answer = (bytes: Buffer) => {
        heard.push(String(bytes.length))
        call.raw.write(bytes)
      }
      call.raw.on('data', answer)
      call.raw.on('end', () => call.raw.end())
      call.raw.write(Buffer.from('first'))
    })
    const call = client.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      asIs,
      asIs,
      new Metadata(),
    )
    const answers: string[] = []
    call.on('data', (bytes: Buffer) => answers.push(bytes.toString()))
    // A message of the contract first, since the fake engine reads it; then anything.
    call.write(Buffer.from([]))
    call.write(Buffer.from('second'))
    call.end()
    await new Promise((resolve) => call.once('end', resolve))
    expect(answers).toEqual(['first', 'second'])
    expect(heard).toEqual(['6'])
  })

  test('that its caller cancels is cancelled in the engine', async () => {
    const cancelled = new Promise((resolve) => {
      engine.on('Ping', (call) => {
        call.raw.once('cancelled', resolve)
        call.send({ silence: { sequence: 1 } })
      })
    })
    const call = start('Ping', { lab: 'x' })
    call.on('error', () => {})
    call.once('data', () => call.cancel())
    await cancelled
  })

  test('that its caller reads slowly slows the engine down, and gets everything, the failure included', async () => {
    const count = 300
    let sent = 0
    engine.on('Ping', (call) => {
      const more = () => {
        while (sent < count) {
          sent += 1
          if (!call.send({ started: { from: 'x'.repeat(60_000), destination: String(sent) } })) break
        }
        if (sent === count) call.fail({ kind: 'lab-not-found', lab: 'x' })
        else call.raw.once('drain', more)
      }
      more()
    })
    const call = start('Ping', { lab: 'x' })
    let failure: ServiceError | undefined
    call.on('error', (error: ServiceError) => {
      failure = error
    })
    let received = 0
    call.on('data', () => {
      received += 1
      // grpc-js' client holds back only what it has begun to read.
      if (received === 1) call.pause()
    })
    let before = -1
    await vi.waitFor(
      () => {
        const rested = sent === before
        before = sent
        expect(rested).toBe(true)
      },
      { interval: 200, timeout: 5_000 },
    )
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(count)

    const ended = new Promise((resolve) => call.once('end', resolve))
    call.resume()
    await ended
    expect(received).toBe(count)
    expect(failure?.code).toBe(status.NOT_FOUND)
  })
})

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

test('buf curl calls through the door, headers, JSON and error included', async () => {
  engine.on('GetLab', (call) => {
    call.send({ name: 'two-hosts', state: 'LAB_STATE_READY' })
    call.end()
  })
  const run = (lab: string) =>
    promisify(execFile)('node_modules/.bin/buf', [
      ...['curl', '--schema', 'proto', '--protocol', 'grpc', '-H', `Authorization: Bearer ${TOKEN}`],
      ...['-d', JSON.stringify({ lab }), `http://${gateway.grpcAddress}${methodNamed('GetLab').path}`],
    ])

  const { stdout } = await run('two-hosts')
  expect(JSON.parse(stdout)).toEqual({ name: 'two-hosts', state: 'LAB_STATE_READY' })

  engine.on('GetLab', (call) => call.fail({ kind: 'lab-not-found', lab: 'nobody' }))
  const refusal: unknown = await run('nobody').catch((error: unknown) => error)
  // buf's exit code is the gRPC code times 8.
  expect(refusal).toMatchObject({ code: status.NOT_FOUND * 8 })
  expect(String(Reflect.get(refusal as object, 'stderr'))).toContain('There is no lab named \\"nobody\\"')
})
