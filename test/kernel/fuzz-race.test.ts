import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Json, methodNamed, requestBytes, restRequest } from '../support/contract-request.ts'
import { FuzzClients } from '../support/fuzz-clients.ts'
import { FUZZ_RUNS, FUZZ_SEED, share } from '../support/fuzz-settings.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { type Server, startServer } from '../support/server-process.ts'

// Eight callers at once who build, read, ping and remove the same few labs in the real kernel, some of whom go away early.
vi.setConfig({ testTimeout: 300_000 })
let server: Server
let clients: FuzzClients
const empty = readLedger()
beforeAll(async () => {
  console.log(`FUZZ_SEED=${FUZZ_SEED} FUZZ_RUNS=${FUZZ_RUNS}`)
  server = await startServer()
  clients = new FuzzClients(server)
})
afterAll(async () => {
  clients?.close()
  await server?.stop()
})

const specs = ['two-hosts', 'star', 'nat'].map((name) => readFileSync(`examples/${name}.yaml`, 'utf8'))
const lab = fc.constantFrom('one', 'two', 'three')
const asked = (rpc: string, more: Record<string, fc.Arbitrary<Json[string]>> = {}) =>
  fc.record({ lab, ...more }).map((request) => ({ rpc, request }))
const operation = fc.oneof(
  { weight: 3, arbitrary: asked('CreateLab', { specYaml: fc.constantFrom(...specs), async: fc.boolean() }) },
  { weight: 3, arbitrary: asked('DeleteLab', { async: fc.boolean(), allowMissing: fc.boolean() }) },
  asked('GetLab'),
  asked('InspectLab', { fields: fc.constantFrom('devices,rules', 'drifts', 'conntrack') }),
  asked('Ping', {
    from: fc.constantFrom('left', 'h1', 'client'),
    to: fc.constantFrom('right', 'h2', 'isp'),
    count: fc.constantFrom(1, 20),
    intervalMs: fc.constant(5),
  }),
  asked('PingMatrix', { timeoutMs: fc.constant(100) }),
  asked('GetScript'),
)
const move = fc.record({
  operation,
  door: fc.constantFrom('rest', 'grpc'),
  patienceMs: fc.constantFrom(1, 20, 10_000, 10_000, 10_000),
})

/** What may come of it; everything else is a fault, and FuzzClients throws for those that say so themselves. */
const OUTCOMES =
  'OK LAB_EXISTS LAB_BUSY LAB_NOT_FOUND LAB_NOT_READY MEMBER_NOT_FOUND DEADLINE_EXCEEDED TOO_MANY_REQUESTS'

type Move = typeof move extends fc.Arbitrary<infer T> ? T : never

/** How often each outcome was seen. */
const seen = new Map<string, number>()

function note(outcome: string, shown: string): void {
  seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
  expect(OUTCOMES.split(' '), shown).toContain(outcome)
}

async function make({ operation: { rpc, request }, door, patienceMs }: Move): Promise<void> {
  const method = methodNamed(`LabService/${rpc}`)
  const shown = `${rpc} ${JSON.stringify(request).slice(0, 80)}`
  if (door === 'grpc') {
    const { reason } = await clients.grpc(method, requestBytes(method, request), patienceMs)
    return note(reason, shown)
  }
  const { line, body } = restRequest(method, request)
  const [verb = '', path = ''] = line.split(' ')
  const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }
  const headers = { 'content-type': 'application/json', 'x-timeout-ms': String(patienceMs) }
  const { status, text } = await clients.rest({ method: verb, path, headers, ...sent })
  const last = JSON.parse(text.trim().split('\n').at(-1) ?? '')
  note(status < 400 ? (last.error?.reason ?? 'OK') : last.reason, shown)
}

test('callers who disturb each other get answers that say so, and nothing is left in the end', async () => {
  const { numRuns, seed } = share(0.1)
  const moves = fc.sample(move, { numRuns, seed })
  const pids = server.pids()

  const making = Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next = moves.pop(); next !== undefined; next = moves.pop()) await make(next)
    }),
  )
  await making.catch((cause: unknown) => {
    throw new Error(`the server's log says:\n${server.log().slice(-4000)}`, { cause })
  })

  console.log(JSON.stringify(Object.fromEntries(seen)))
  for (const name of ['one', 'two', 'three']) {
    const removed = await clients.rest({ method: 'DELETE', path: `/v1/labs/${name}?allowMissing=true` })
    expect(removed.status).toBe(200)
  }
  expect(readLedger()).toEqual(empty)
  expect(server.pids()).toEqual(pids)
})
