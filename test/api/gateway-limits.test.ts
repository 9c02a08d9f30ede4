import { EventEmitter } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { Authenticator } from '../../src/gateway/authenticate.ts'
import { limitConnections } from '../../src/gateway/connections.ts'
import { FailedAttempts } from '../../src/gateway/failed-attempts.ts'
import { askRest, openRest } from '../support/ask-rest.ts'
import { startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway } from '../support/start-gateway.ts'

describe('wrong tokens of one address', () => {
  const failures = (address: string, count: number, attempts: FailedAttempts, nowMs: number) =>
    Array.from({ length: count }, () => attempts.record(address, nowMs))

  test('are let through ten times, then told how long to wait, and counted down with time', () => {
    const attempts = new FailedAttempts()
    expect(failures('192.0.2.1', 12, attempts, 0)).toEqual([...Array(10).fill(0), 6_000, 6_000])
    expect(attempts.record('192.0.2.1', 3_000)).toBe(3_000)
    expect(attempts.record('192.0.2.1', 6_000)).toBe(0)
    expect(attempts.record('192.0.2.1', 6_000)).toBe(6_000)
    expect(failures('192.0.2.1', 10, attempts, 120_000)).toEqual(Array(10).fill(0))
  })

  test('do not count for another address', () => {
    const attempts = new FailedAttempts()
    failures('192.0.2.1', 12, attempts, 0)
    expect(attempts.record('192.0.2.2', 0)).toBe(0)
  })

  test.each([
    ['2001:db8::1', '2001:db8:0:0:ffff::2'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['fe80::1%eth0', 'fe80::2%eth1'],
  ])('count together where %s and %s have one owner', (one, other) => {
    const attempts = new FailedAttempts()
    failures(one, 10, attempts, 0)
    expect(attempts.record(other, 0)).toBeGreaterThan(0)
  })

  test.each([
    ['2001:db8:0:1::1', '2001:db8:0:2::1'],
    ['::1', '1::'],
  ])('count apart where %s and %s do not', (one, other) => {
    const attempts = new FailedAttempts()
    failures(one, 10, attempts, 0)
    expect(attempts.record(other, 0)).toBe(0)
  })

  test('from many addresses fill no more memory than 10,000 of them, the oldest forgotten first', () => {
    const attempts = new FailedAttempts()
    failures('192.0.2.1', 12, attempts, 0)
    for (let index = 0; index < 10_000; index += 1) attempts.record(`10.${index >> 8}.${index & 255}.1`, 0)
    expect(attempts.record('192.0.2.1', 0)).toBe(0)
  })
})

test('a token is compared by its hash, which must be one', () => {
  expect(() => new Authenticator(Buffer.from('short'))).toThrow('32 bytes')
})

test('an address may hold 50 connections, loopback as many as the door', () => {
  const server = createServer()
  limitConnections(server)
  const connect = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false, destroy: vi.fn() })
    server.emit('connection', socket)
    return socket
  }
  const sockets = Array.from({ length: 51 }, () => connect('192.0.2.1'))
  expect(sockets.map(({ destroy }) => destroy.mock.calls.length)).toEqual([...Array(50).fill(0), 1])
  expect(connect('192.0.2.2').destroy).not.toHaveBeenCalled()

  sockets[0]?.emit('close')
  expect(connect('192.0.2.1').destroy).not.toHaveBeenCalled()
  expect(connect('192.0.2.1').destroy).toHaveBeenCalledOnce()

  for (const loopback of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    const many = Array.from({ length: 60 }, () => connect(loopback))
    expect(many.every(({ destroy }) => destroy.mock.calls.length === 0)).toBe(true)
  }
  expect(server.maxConnections).toBe(1000)
})

test('a caller that reads nothing for a minute is cut off, and the engine told', async () => {
  const engine = await startFakeEngine()
  const gateway = await startTestGateway(engine.socketPath)
  const minute = vi.spyOn(globalThis, 'setTimeout')
  try {
    const cancelled = new Promise((resolve) => {
      engine.on('Ping', (call) => {
        call.raw.once('cancelled', resolve)
        const more = () => {
          while (!call.raw.destroyed && call.send({ started: { from: 'x'.repeat(60_000) } }));
          call.raw.once('drain', more)
        }
        more()
      })
    })
    const response = await openRest(gateway, '/v1/labs/x/ping', {})
    const cut = new Promise((resolve) => response.once('error', resolve))

    // The gateway begins to count when the caller's buffers are full; the minute is then over at once.
    const timer = await vi.waitFor(() => {
      const found = minute.mock.calls.find(([, ms]) => ms === 60_000)
      expect(found).toBeDefined()
      return found
    })
    timer?.[0]()

    expect(await cut).toMatchObject({ code: 'ECONNRESET' })
    await cancelled
  } finally {
    minute.mockRestore()
    await gateway.close(0)
    engine.close()
  }
})

test('an engine that starts later, or anew, is found', async () => {
  const first = await startFakeEngine()
  const gateway = await startTestGateway(first.socketPath)
  first.close()
  expect((await askRest(gateway, 'GET /v1/host')).status).toBe(503)

  const second = await startFakeEngine(first.folder)
  second.on('GetHost', (call) => {
    call.send({ version: 'second' })
    call.end()
  })
  await vi.waitFor(async () => expect((await askRest(gateway, 'GET /v1/host')).json.version).toBe('second'), {
    interval: 100,
    timeout: 5_000,
  })
  await gateway.close(0)
  second.close()
})
