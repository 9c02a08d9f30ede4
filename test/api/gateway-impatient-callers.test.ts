import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { deferred } from '../support/deferred.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'
import { startTestEngine, type TestEngine } from '../support/test-engine.ts'

const asked = deferred<void>()
const answer = deferred<void>()
let engine: TestEngine
let gateway: Gateway
beforeAll(async () => {
  const labs = fakeLabs({
    pingMatrix: async () => {
      asked.resolve()
      await answer.promise
      return { sent: 0, received: 0, pairs: [], elapsedMs: 0 }
    },
    inspect: (_wish, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  })
  engine = await startTestEngine(labs)
  gateway = await startTestGateway(engine.socketPath)
})
afterAll(async () => {
  await gateway.close(0)
  await engine.stop()
})

function ask(method: string, path: string, timeoutMs: number): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'x-timeout-ms': String(timeoutMs) }
  return fetch(`http://${gateway.restAddress}${path}`, { method, headers })
}

test('thousands of callers who cannot wait do not cost a patient one his answer', async () => {
  const patient = ask('POST', '/v1/labs/x/ping-matrix', 60_000)
  await asked.promise

  // Each of them resets a stream to the engine; a connection bears a thousand of that.
  const statuses = new Set<number>()
  for (let round = 0; round < 40; round++) {
    const impatient = await Promise.all(Array.from({ length: 50 }, () => ask('GET', '/v1/labs/x/inspect', 1)))
    for (const response of impatient) {
      statuses.add(response.status)
      await response.arrayBuffer()
    }
  }
  answer.resolve()

  expect(statuses).toEqual(new Set([504]))
  expect((await patient).status).toBe(200)
})
