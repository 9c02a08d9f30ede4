import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { type AskedGrpc, askGrpc, methodNamed, startGrpc } from '../support/ask-grpc.ts'
import { type FakeCall, type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
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

/** Asks this gateway, or another one, by the method's short name. */
const ask = (name: string, request: object, { to = client, ...asked }: AskedGrpc & { to?: Client } = {}) =>
  askGrpc(to, methodNamed(name), request, asked)

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
    const asIs = (bytes: Buffer): Buffer => bytes
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
    const call = startGrpc(client, methodNamed('Ping'), { lab: 'x' })
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
    const call = startGrpc(client, methodNamed('Ping'), { lab: 'x' })
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

test('buf curl calls through the door, headers, JSON and error included', async () => {
  engine.on('GetLab', (call) => {
    call.send({ name: 'two-hosts', state: 'LAB_STATE_READY' })
    call.end()
  })
  const run = (lab: string) => {
    const url = `http://${gateway.grpcAddress}${methodNamed('GetLab').path}`
    const options = ['--schema', 'proto', '--protocol', 'grpc', '-H', `Authorization: Bearer ${TOKEN}`]
    return promisify(execFile)('node_modules/.bin/buf', ['curl', ...options, '-d', JSON.stringify({ lab }), url])
  }

  const { stdout } = await run('two-hosts')
  expect(JSON.parse(stdout)).toEqual({ name: 'two-hosts', state: 'LAB_STATE_READY' })

  engine.on('GetLab', (call) => call.fail({ kind: 'lab-not-found', lab: 'nobody' }))
  const refusal: unknown = await run('nobody').catch((error: unknown) => error)
  // buf's exit code is the gRPC code times 8.
  expect(refusal).toMatchObject({ code: status.NOT_FOUND * 8 })
  expect(String(Reflect.get(refusal as object, 'stderr'))).toContain('There is no lab named \\"nobody\\"')
})
