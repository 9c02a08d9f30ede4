import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { methods } from '../../src/contract/methods.ts'
import { arbitraryHttpCall } from '../support/arbitrary-http.ts'
import { arbitraryRequest } from '../support/arbitrary-message.ts'
import { brokenSpecDocument, validSpecDocument } from '../support/arbitrary-spec.ts'
import { methodNamed, requestBytes, restRequest } from '../support/contract-request.ts'
import { FuzzClients } from '../support/fuzz-clients.ts'
import { FUZZ_RUNS, FUZZ_SEED, share } from '../support/fuzz-settings.ts'
import { DUO } from '../support/parity-row.ts'
import { readSizes, type Size } from '../support/process-sizes.ts'
import { type Server, startServer } from '../support/server-process.ts'

// Specs and requests of any kind over both protocols, against the built server over the imitated kernel, which is fast.
// test/kernel/fuzz-build.test.ts builds a sample for real. FUZZ_RUNS and FUZZ_SEED scale and repeat a run.
vi.setConfig({ testTimeout: 300_000 })
let server: Server
let clients: FuzzClients
let pids: readonly number[]
let sizes: readonly Size[]

beforeAll(async () => {
  console.log(`FUZZ_SEED=${FUZZ_SEED} FUZZ_RUNS=${FUZZ_RUNS}`)
  server = await startServer({ fakeKernel: true, logLevel: 'error' })
  clients = new FuzzClients(server)
  await createDuo()
  pids = server.pids()
  sizes = readSizes(pids)
})
afterAll(async () => {
  clients?.close()
  await server?.stop()
})

const create = methodNamed('LabService/CreateLab')
/** Also where it is there: what is fuzzed takes it away now and then, and reads of a lab that is gone show little. */
const createDuo = () => clients.grpc(create, requestBytes(create, { spec: DUO }))
const json = (value: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
})

/** Creates over one door or the other, the spec as data or as text; tells what came of it in REST's words. */
async function createOver(door: 'rest' | 'grpc', form: 'data' | 'text', spec: unknown, lab: string): Promise<string> {
  const given = form === 'data' ? { spec } : { specYaml: JSON.stringify(spec) }
  const request = { ...given, lab } as Parameters<typeof requestBytes>[1]
  if (door === 'rest') {
    const { status: code, text } = await clients.rest({ method: 'POST', path: '/v1/labs', ...json(request) })
    return code === 201 ? 'OK' : String(JSON.parse(text).reason)
  }
  return (await clients.grpc(create, requestBytes(create, request))).reason
}

const ways = fc.record({
  door: fc.constantFrom('rest' as const, 'grpc' as const),
  form: fc.constantFrom('data' as const, 'text' as const),
})

test('every valid spec becomes a lab without drift, over either door, and goes again', async () => {
  await fc.assert(
    fc.asyncProperty(validSpecDocument({ netem: true }), ways, async (spec, { door, form }) => {
      expect(await createOver(door, form, spec, 'fuzzed')).toBe('OK')
      const read = await clients.rest({ method: 'GET', path: '/v1/labs/fuzzed/inspect?fields=drifts' })
      expect(JSON.parse(read.text).drifts).toEqual([])
      const removed = await clients.rest({ method: 'DELETE', path: '/v1/labs/fuzzed' })
      expect(removed.status).toBe(200)
    }),
    share(0.12),
  )
})

test('every broken spec is refused with its problems, or is still a spec', async () => {
  await fc.assert(
    fc.asyncProperty(brokenSpecDocument({ netem: true }), ways, async (spec, { door, form }) => {
      const isObject = typeof spec === 'object' && spec !== null && !Array.isArray(spec)
      const outcome = await createOver(door, isObject ? form : 'text', spec, 'fuzzed')
      expect(['OK', 'INVALID_SPEC', 'INVALID_REQUEST']).toContain(outcome)
      if (outcome === 'OK') await clients.rest({ method: 'DELETE', path: '/v1/labs/fuzzed' })
      else expect((await clients.rest({ method: 'GET', path: '/v1/labs/fuzzed' })).status).toBe(404)
    }),
    share(0.12),
  )
})

const OURS = methods.filter(({ bindings }) => bindings.length > 0)

/** What one call of it changes is there for the next one, or it ends when its time is over, or it counts. */
const CHANGING = ['CreateLab', 'DeleteLab', 'Ping', 'GetHost', 'GetMetrics']

test('every request of every RPC gets an answer of the contract, and the same problems over both doors', async () => {
  const asked = fc.constantFrom(...OURS).chain((method) => fc.tuple(fc.constant(method), arbitraryRequest(method)))
  await fc.assert(
    fc.asyncProperty(asked, async ([method, request]) => {
      const overGrpc = await clients.grpc(method, requestBytes(method, request), 300)
      const { line, body } = restRequest(method, request)
      const [verb = '', path = ''] = line.split(' ')
      const { headers, ...rest } = body === undefined ? { headers: {} } : json(body)
      const timed = { ...headers, 'x-timeout-ms': '300' }
      const answer = await clients.rest({ method: verb, path, headers: timed, ...rest })
      if (method.name === 'DeleteLab') await createDuo()
      // Without a name the path is another one.
      if (CHANGING.includes(method.name) || path.includes('//') || path.endsWith('/labs/')) return
      expect(problemsIn(answer)).toEqual(overGrpc)
    }),
    share(0.15),
  )
})

/** In the words that gRPC has. */
function problemsIn({ status, text }: { readonly status: number; readonly text: string }) {
  if (status < 400) return { reason: 'OK', violations: [] }
  const { reason, errors } = JSON.parse(text)
  const violations = errors.map((one: object) =>
    Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'pointer')),
  )
  return { reason, violations }
}

test('whatever is asked over HTTP, the answer is one that is promised', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHttpCall, async (call) => {
      const { status } = await clients.rest(call)
      if (call.method === 'DELETE' && status < 300) await createDuo()
    }),
    share(0.15),
  )
})

test('whatever bytes come as a message, no method is hurt', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    // Field 1 as text, which most requests begin with, then anything.
    fc.tuple(fc.constantFrom('duo', 'gone', ''), fc.uint8Array({ maxLength: 30 })).map(([name, rest]) => {
      return Uint8Array.of(0x0a, name.length, ...Buffer.from(name), ...rest)
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), bytes, async (method, message) => {
      const { reason } = await clients.grpc(method, Buffer.from(message), 300)
      if (method.name === 'DeleteLab' && reason === 'OK') await createDuo()
    }),
    share(0.12),
  )
})

test('whatever bytes come to a door, it stays open', async () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  const heads = [
    '',
    'GET / HTTP/1.1\r\n',
    'POST /v1/labs HTTP/1.1\r\nContent-Length: 9\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
  ]
  const bytes = fc
    .tuple(fc.constantFrom(preface, ...heads.map((text) => Buffer.from(text))), fc.uint8Array({ maxLength: 200 }))
    .map(([head, rest]) => Buffer.concat([head, rest]))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('rest' as const, 'grpc' as const), bytes, async (door, raw) => {
      await clients.bytes(door, raw)
    }),
    share(0.02),
  )
  expect((await clients.rest({ method: 'GET', path: '/readyz' })).status).toBe(200)
})

test('after all that both processes are the same ones, no larger than before, and hold nothing', async () => {
  const listed = await clients.rest({ method: 'GET', path: '/v1/labs?pageSize=500' })
  for (const { name } of JSON.parse(listed.text).labs) {
    await clients.rest({ method: 'DELETE', path: `/v1/labs/${name}?allowMissing=true` })
  }
  const { usage } = JSON.parse((await clients.rest({ method: 'GET', path: '/v1/host' })).text)

  expect(usage).toMatchObject({ labs: 0, namespaces: 0 })
  expect(server.pids()).toEqual(pids)
  expect(server.log()).toBe('')
  const now = readSizes(pids)
  console.log(`${clients.answered} requests; before ${JSON.stringify(sizes)}, after ${JSON.stringify(now)}`)
  for (const [n, { fds, rssMib }] of now.entries()) {
    expect(fds).toBeLessThanOrEqual((sizes[n]?.fds ?? 0) + 20)
    expect(rssMib).toBeLessThanOrEqual((sizes[n]?.rssMib ?? 0) + 200)
  }
  expect(clients.answered).toBeGreaterThanOrEqual(FUZZ_RUNS)
})
