import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { askRest, linesOf, openRest } from '../support/ask-rest.ts'
import { type FakeCall, type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'

let engine: FakeEngine
let gateway: Gateway
beforeAll(async () => {
  engine = await startFakeEngine()
  gateway = await startTestGateway(engine.socketPath)
})
afterAll(async () => {
  await gateway.close(0)
  engine.close()
})

const ping = 'POST /v1/labs/x/ping'
const body = { from: 'a', to: 'b' }
const started = { started: { from: 'a', destination: '192.0.2.2', payloadBytes: 56 } }
const reply = (sequence: number) => ({ reply: { sequence, from: '192.0.2.2', ttl: 64, bytes: 64, rttMs: 0.5 } })

/** Makes the engine's ping do this. */
const pinging = (answer: (call: FakeCall) => void) => engine.on('Ping', answer)

describe('a stream', () => {
  test('is lines of JSON', async () => {
    pinging((call) => {
      for (const event of [started, reply(1), { silence: { sequence: 2 } }]) call.send(event)
      call.end()
    })

    const answer = await askRest(gateway, ping, { body })

    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    const events = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events).toEqual([started, reply(1), { silence: { sequence: 2 } }])
  })

  test('is server-sent events for Accept: text/event-stream', async () => {
    pinging((call) => {
      call.send(started)
      call.send(reply(1))
      call.end()
    })

    const answer = await askRest(gateway, ping, { body, headers: { accept: 'text/event-stream' } })

    expect(answer.headers['content-type']).toBe('text/event-stream')
    expect(answer.text).toBe(`data: ${JSON.stringify(started)}\n\ndata: ${JSON.stringify(reply(1))}\n\n`)
  })

  test('without an event is an empty answer', async () => {
    pinging((call) => call.end())
    const answer = await askRest(gateway, ping, { body })
    expect([answer.status, answer.text]).toEqual([200, ''])
  })

  test('as JSON in one piece is not offered', async () => {
    const answer = await askRest(gateway, ping, { body, headers: { accept: 'application/json' } })
    expect(answer.status).toBe(406)
    expect(answer.json.metadata.offered).toBe('application/x-ndjson, text/event-stream')
  })

  test('that fails before its first event has the failure as its status', async () => {
    pinging((call) => call.fail({ kind: 'member-not-found', lab: 'x', member: 'a', field: 'from' }))
    const answer = await askRest(gateway, ping, { body })
    expect(answer.status).toBe(404)
    expect(answer.json.reason).toBe('MEMBER_NOT_FOUND')
  })

  test('that fails later says so in its last line', async () => {
    pinging((call) => {
      call.send(started)
      call.fail({ kind: 'lab-not-found', lab: 'x' })
    })

    const answer = await askRest(gateway, ping, { body })

    expect(answer.status).toBe(200)
    const [first, last] = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first).toEqual(started)
    expect(last.error).toMatchObject({ status: 404, reason: 'LAB_NOT_FOUND', instance: '/v1/labs/x/ping' })
  })

  test('that fails later says so in an event of its own', async () => {
    pinging((call) => {
      call.send(started)
      call.fail({ kind: 'lab-not-found', lab: 'x' })
    })

    const answer = await askRest(gateway, ping, { body, headers: { accept: 'text/event-stream' } })

    const [, last = ''] = answer.text.split('\n\n')
    expect(last.startsWith('event: error\ndata: {')).toBe(true)
    expect(JSON.parse(last.slice('event: error\ndata: '.length)).reason).toBe('LAB_NOT_FOUND')
  })

  test('in bytes that are no message of the contract ends with a failure that tells nothing', async () => {
    pinging((call) => {
      call.send(started)
      call.raw.write(Buffer.from([0xff, 0xff, 0xff]))
    })
    const answer = await askRest(gateway, ping, { body })
    const [, last] = answer.text.trimEnd().split('\n')
    expect(JSON.parse(last ?? '').error.reason).toBe('INTERNAL')
  })
})

test('each event is there as soon as the engine sends it', async () => {
  const call = await heldPingOpened()
  const lines = linesOf(call.response)

  expect(await lines.next()).toEqual({ value: JSON.stringify(started), done: false })
  call.engine.send(reply(1))
  expect(await lines.next()).toEqual({ value: JSON.stringify(reply(1)), done: false })
  call.engine.end()
  expect((await lines.next()).done).toBe(true)
})

test("a caller that goes away ends the engine's ping", async () => {
  const call = await heldPingOpened()
  const cancelled = new Promise((resolve) => call.engine.raw.once('cancelled', resolve))

  call.response.destroy()

  await cancelled
})

test('a caller that goes away cancels a call that has but one answer, too', async () => {
  const asked = new Promise<FakeCall>((resolve) => engine.on('InspectLab', resolve))
  const [host, port] = gateway.restAddress.split(':')
  const headers = { authorization: `Bearer ${TOKEN}` }
  const sending = httpRequest({ host, port, path: '/v1/labs/x/inspect', headers })
  sending.on('error', () => {})
  sending.end()
  const call = await asked
  const cancelled = new Promise((resolve) => call.raw.once('cancelled', resolve))

  sending.destroy()

  await cancelled
})

test('a slow reader slows the engine down instead of filling the memory, and gets everything, the failure included', async () => {
  const padding = 'x'.repeat(60_000)
  const count = 200
  let sent = 0
  pinging((call) => {
    const more = () => {
      while (sent < count) {
        sent += 1
        if (!call.send({ started: { from: padding, destination: String(sent) } })) break
      }
      if (sent === count) call.fail({ kind: 'lab-not-found', lab: 'x' })
      else call.raw.once('drain', more)
    }
    more()
  })

  const response = await openRest(gateway, '/v1/labs/x/ping', body)
  // Nothing is read yet: what the engine could send is what the buffers on the way hold. It comes to rest.
  let before = -1
  await vi.waitFor(
    () => {
      const rested = sent === before
      before = sent
      expect(rested).toBe(true)
    },
    { interval: 200, timeout: 5_000 },
  )
  expect(sent).toBeLessThan(count)

  const lines: string[] = []
  for await (const line of linesOf(response)) lines.push(line)
  expect(lines).toHaveLength(count + 1)
  expect(JSON.parse(lines[count - 1] ?? '').started.destination).toBe(String(count))
  expect(JSON.parse(lines[count] ?? '').error.reason).toBe('LAB_NOT_FOUND')
})

test('a stream of events is kept alive by a comment every 15 seconds', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const call = await heldPingOpened({ accept: 'text/event-stream' })
    const chunks = call.response[Symbol.asyncIterator]()
    expect(String((await chunks.next()).value)).toContain('data: ')
    vi.advanceTimersByTime(15_000)
    expect(String((await chunks.next()).value)).toBe(':\n\n')
    call.engine.end()
    expect((await chunks.next()).done).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})

/** A ping under way: its first event is sent, and nothing more happens by itself. */
async function heldPingOpened(
  headers: Record<string, string> = {},
): Promise<{ engine: FakeCall; response: IncomingMessage }> {
  const call = new Promise<FakeCall>((resolve) => {
    pinging((found) => {
      found.send(started)
      resolve(found)
    })
  })
  const response = await openRest(gateway, '/v1/labs/x/ping', body, headers)
  return { engine: await call, response }
}
