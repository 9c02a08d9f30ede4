import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportFailure } from '../../src/contract/failure-report.ts'
import { methods } from '../../src/contract/methods.ts'
import { LabError } from '../../src/errors.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { problemJson } from '../../src/gateway/rest/problem-json.ts'
import type { LabsPort } from '../../src/labs/labs-port.ts'
import { askGrpc, methodNamed } from '../support/ask-grpc.ts'
import { askRest } from '../support/ask-rest.ts'
import { SAMPLE_FAILURES } from '../support/failures.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'
import { startTestEngine, type TestEngine } from '../support/test-engine.ts'

/**
 * Each method as it is asked over REST and over gRPC, through the gateway and a real engine, the use cases being made up.
 * A method of the contract without a row here fails.
 */
const ROWS: Readonly<Record<string, { request: object; rest: string; body?: object; status?: number }>> = {
  CreateLab: {
    request: { spec: { name: 'x' }, lab: 'y' },
    rest: 'POST /v1/labs',
    body: { spec: { name: 'x' }, lab: 'y' },
    status: 201,
  },
  GetLab: { request: { lab: 'two-nodes' }, rest: 'GET /v1/labs/two-nodes' },
  ListLabs: { request: { pageSize: 2, filter: 'state=READY' }, rest: 'GET /v1/labs?pageSize=2&filter=state%3DREADY' },
  DeleteLab: { request: { lab: 'two-nodes', async: true }, rest: 'DELETE /v1/labs/two-nodes?async=true', status: 202 },
  InspectLab: {
    request: { lab: 'two-nodes', members: ['web'], fields: 'routes,conntrack,drifts' },
    rest: 'GET /v1/labs/two-nodes/inspect?members=web&fields=routes,conntrack,drifts',
  },
  Ping: {
    request: { lab: 'two-nodes', from: 'a', to: 'b', count: 3 },
    rest: 'POST /v1/labs/two-nodes/ping',
    body: { from: 'a', to: 'b', count: 3 },
  },
  PingMatrix: { request: { lab: 'two-nodes' }, rest: 'POST /v1/labs/two-nodes/ping-matrix', body: {} },
  GetScript: { request: { lab: 'two-nodes' }, rest: 'GET /v1/labs/two-nodes/script' },
  GetGraph: { request: { lab: 'two-nodes', format: 'mermaid' }, rest: 'GET /v1/labs/two-nodes/graph?format=mermaid' },
  GetHost: { request: {}, rest: 'GET /v1/host' },
  GetSchema: { request: {}, rest: 'GET /v1/schema' },
  GetMetrics: { request: {}, rest: 'GET /v1/metrics' },
}

let failing: (() => never) | undefined
let engine: TestEngine
let gateway: Gateway
let client: Client
beforeAll(async () => {
  engine = await startTestEngine(failable(fakeLabs()))
  gateway = await startTestGateway(engine.socketPath)
  client = new Client(gateway.grpcAddress, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 })
})
afterAll(async () => {
  client.close()
  await gateway.close(0)
  await engine.stop()
})

/** Use cases that all throw what the test says. */
function failable(labs: LabsPort): LabsPort {
  return new Proxy(labs, {
    get(target, name, receiver) {
      const useCase: unknown = Reflect.get(target, name, receiver)
      if (typeof useCase !== 'function') return useCase
      return async (...args: unknown[]) => (failing === undefined ? Reflect.apply(useCase, target, args) : failing())
    },
  })
}

const ours = methods.filter((method) => method.bindings.length > 0)

test('every method with a REST route has its row, and every row its method', () => {
  expect(Object.keys(ROWS).sort()).toEqual(ours.map((method) => method.name).sort())
})

describe.each(ours.map((method) => ({ name: method.name, method })))('$name', ({ name, method }) => {
  const row = ROWS[name] ?? { request: {}, rest: '' }

  test('answers the same over REST and gRPC', async () => {
    const grpc = await askGrpc(client, method, row.request, { everyField: true })
    const rest = await askRest(gateway, row.rest, row.body === undefined ? {} : { body: row.body })

    expect(rest.status).toBe(row.status ?? 200)
    expect(grpc.report).toBeUndefined()
    const [answer] = grpc.answers
    if (method.serverStreaming) {
      expect(
        rest.text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual(grpc.answers)
    } else if (name === 'GetMetrics') {
      // Numbers move on from call to call; what is counted is the same.
      expect(seriesIn(rest.json.text)).toEqual(seriesIn(String(Reflect.get(answer as object, 'text'))))
    } else {
      const [binding] = method.bindings
      const whole = binding?.responseBody ? Reflect.get(answer as object, binding.responseBody) : answer
      expect(withoutClock(rest.json)).toEqual(withoutClock(whole))
    }
  })
})

describe.each(Object.values(SAMPLE_FAILURES).map((failure) => ({ kind: failure.kind, failure })))(
  'the failure $kind',
  ({ failure }) => {
    test('says the same over REST and gRPC', async () => {
      failing = () => {
        throw new LabError(failure)
      }
      try {
        const headers = { 'x-request-id': 'same-id' }
        const grpc = await askGrpc(client, methodNamed('DeleteLab'), { lab: 'two-nodes' }, { headers })
        const rest = await askRest(gateway, 'DELETE /v1/labs/two-nodes', { headers, promised: false })

        expect(grpc.report).toEqual(reportFailure(failure, 'same-id'))
        expect(grpc.error?.details).toBe(rest.json.detail)
        expect(rest.status).toBe(grpc.report?.http)
        expect(rest.json).toEqual(grpc.report && problemJson(grpc.report, '/v1/labs/two-nodes'))
      } finally {
        failing = undefined
      }
    })
  },
)

test.each([
  { story: 'a page size below zero', method: 'ListLabs', request: { pageSize: -1 }, rest: 'GET /v1/labs?pageSize=-1' },
  { story: 'no lab at all', method: 'CreateLab', request: {}, rest: 'POST /v1/labs', body: {} },
  {
    story: 'a mask of nothing known',
    method: 'InspectLab',
    request: { lab: 'x', fields: 'colour' },
    rest: 'GET /v1/labs/x/inspect?fields=colour',
  },
  {
    story: 'a format that is none',
    method: 'GetGraph',
    request: { lab: 'x', format: 'png' },
    rest: 'GET /v1/labs/x/graph?format=png',
  },
  {
    story: 'a ping of nobody',
    method: 'Ping',
    request: { lab: 'x', count: -5, ttl: 300 },
    rest: 'POST /v1/labs/x/ping',
    body: { count: -5, ttl: 300 },
  },
])('a request with $story is refused with the same problems over both', async ({ method, request, rest, body }) => {
  const grpc = await askGrpc(client, methodNamed(method), request)
  const answer = await askRest(gateway, rest, body === undefined ? {} : { body })
  expect(answer.status).toBe(400)
  expect(answer.json.errors.length).toBeGreaterThan(0)
  expect(answer.json.errors).toMatchObject(grpc.report?.violations ?? [])
  expect(answer.json.errors).toHaveLength(grpc.report?.violations.length ?? 0)
})

test('a real client finds every method by reflection and calls it, through the gateway', async () => {
  const curl = async (...args: string[]) => {
    const all = ['curl', '--protocol', 'grpc', '-H', `Authorization: Bearer ${TOKEN}`, ...args]
    return (await promisify(execFile)('node_modules/.bin/buf', all)).stdout
  }
  const listed = await curl('--list-methods', `http://${gateway.grpcAddress}`)
  for (const { path } of ours) expect(listed).toContain(path.slice(1))

  const called = await curl('-d', '{"lab":"two-nodes"}', `http://${gateway.grpcAddress}${methodNamed('GetLab').path}`)
  expect(JSON.parse(called)).toMatchObject({ name: 'two-nodes', state: 'LAB_STATE_READY' })
})

test('readyz follows the engine', async () => {
  expect((await askRest(gateway, 'GET /readyz', { token: null })).status).toBe(200)
  engine.engine.setServing(false)
  expect((await askRest(gateway, 'GET /readyz', { token: null })).status).toBe(503)
  engine.engine.setServing(true)
  expect((await askRest(gateway, 'GET /readyz', { token: null })).status).toBe(200)
})

function seriesIn(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('# '))
}

/** What moves on between two readings. */
function withoutClock(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (key, value) => (/uptimeSeconds|RssBytes/.test(key) ? 0 : value)))
}
