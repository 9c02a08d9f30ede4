import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failure } from '../../src/errors.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { askRest } from '../support/ask-rest.ts'
import { type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway, TOKEN } from '../support/start-gateway.ts'

let engine: FakeEngine
let gateway: Gateway
let asked = 0
beforeAll(async () => {
  engine = await startFakeEngine()
  gateway = await startTestGateway(engine.socketPath)
  for (const name of ['CreateLab', 'GetLab', 'ListLabs', 'DeleteLab', 'InspectLab', 'PingMatrix', 'GetHost']) {
    engine.on(name, (call) => {
      asked += 1
      call.send({})
      call.end()
    })
  }
})
afterAll(async () => {
  await gateway.close(0)
  engine.close()
})

describe('a request that is not served', () => {
  test.each([
    { line: 'GET /v1/nothing', status: 404, reason: 'ROUTE_NOT_FOUND' },
    { line: 'GET /V1/LABS', status: 404, reason: 'ROUTE_NOT_FOUND' },
    { line: 'GET /v1/labs/', status: 404, reason: 'ROUTE_NOT_FOUND' },
    { line: 'GET /v1/labs/a/b/c', status: 404, reason: 'ROUTE_NOT_FOUND' },
    { line: 'PUT /v1/labs', status: 405, reason: 'METHOD_NOT_ALLOWED', allow: 'GET, HEAD, OPTIONS, POST' },
    { line: 'PATCH /v1/labs/x', status: 405, reason: 'METHOD_NOT_ALLOWED', allow: 'DELETE, GET, HEAD, OPTIONS' },
    { line: 'HEAD /v1/labs/x/ping', status: 405, reason: undefined, allow: 'OPTIONS, POST' },
    { line: 'DELETE /livez', status: 405, reason: 'METHOD_NOT_ALLOWED', allow: 'GET, HEAD' },
  ])('$line is answered $status', async ({ line, status, reason, allow }) => {
    const answer = await askRest(gateway, line)
    expect(answer.status).toBe(status)
    expect(answer.json?.reason).toBe(reason)
    expect(answer.headers.allow).toBe(allow)
  })

  test.each(['text/html', 'application/xml', 'application/json;q=0', 'text/event-stream'])(
    'with Accept: %s is refused before anything is done',
    async (accept) => {
      const before = asked
      const answer = await askRest(gateway, 'POST /v1/labs', { body: {}, headers: { accept } })
      expect(answer.status).toBe(406)
      expect(answer.json.metadata).toEqual({ offered: 'application/json' })
      expect(asked).toBe(before)
    },
  )

  test.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=a',
    'application/json; charset=latin1',
    'application/json-patch+json',
  ])('with a body of %s, which a browser could send from any page, is refused', async (type) => {
    const answer = await askRest(gateway, 'POST /v1/labs', { body: '{}', headers: { 'content-type': type } })
    expect(answer.status).toBe(415)
    expect(answer.json.metadata).toEqual({ offered: 'application/json, application/yaml' })
  })

  test('as YAML where no spec is taken is refused', async () => {
    const answer = await askRest(gateway, 'POST /v1/labs/x/ping-matrix', {
      body: 'members: [a]',
      headers: { 'content-type': 'application/yaml' },
    })
    expect(answer.status).toBe(415)
    expect(answer.json.metadata).toEqual({ offered: 'application/json' })
  })

  test.each(['0', '-1', '1.5', '99999999', 'soon', ''])('with X-Timeout-Ms: %j is refused', async (timeout) => {
    const answer = await askRest(gateway, 'GET /v1/host', { headers: { 'x-timeout-ms': timeout } })
    expect(answer.status).toBe(400)
    expect(answer.json.errors[0].description).toContain('X-Timeout-Ms')
  })
})

describe('what the engine says went wrong', () => {
  test.each<{ failure: Failure; status: number; metadata: Record<string, string>; header?: [string, string] }>([
    { failure: { kind: 'lab-not-found', lab: 'x' }, status: 404, metadata: { lab: 'x' } },
    { failure: { kind: 'etag-mismatch', lab: 'x', given: 'e' }, status: 412, metadata: { lab: 'x', given: 'e' } },
    {
      failure: { kind: 'lab-busy', lab: 'x', state: 'creating' },
      status: 409,
      metadata: { lab: 'x', state: 'creating' },
    },
    {
      failure: { kind: 'too-many-requests', retryAfterMs: 2500 },
      status: 429,
      metadata: { retryAfterMs: '2500' },
      header: ['retry-after', '3'],
    },
    { failure: { kind: 'shutting-down' }, status: 503, metadata: {}, header: ['retry-after', '1'] },
    { failure: { kind: 'internal', incident: 'i-1' }, status: 500, metadata: { incident: 'i-1' } },
  ])(
    '$failure.kind is said with the same reason, sentence and facts',
    async ({ failure, status, metadata, header }) => {
      engine.on('DeleteLab', (call) => call.fail(failure))
      const answer = await askRest(gateway, 'DELETE /v1/labs/x')
      expect(answer.status).toBe(status)
      expect(answer.json).toMatchObject({
        type: `/docs/errors#${failure.kind}`,
        reason: failure.kind.replaceAll('-', '_').toUpperCase(),
        metadata,
        errors: [],
      })
      expect(answer.json.requestId).toBe(answer.headers['x-request-id'])
      if (header !== undefined) expect(answer.headers[header[0]]).toBe(header[1])
    },
  )

  test('about the spec comes with path, pointer, line and column', async () => {
    const problem = {
      path: 'hosts[2]["odd key"].link',
      message: 'is nowhere',
      reason: 'UNKNOWN_LINK',
      line: 4,
      column: 7,
    }
    engine.on('CreateLab', (call) => call.fail({ kind: 'invalid-spec', problems: [problem] }))

    const answer = await askRest(gateway, 'POST /v1/labs', {
      body: 'a: b',
      headers: { 'content-type': 'application/yaml' },
    })

    expect(answer.status).toBe(400)
    expect(answer.json.errors).toEqual([
      {
        field: 'hosts[2]["odd key"].link',
        pointer: '/hosts/2/odd key/link',
        reason: 'UNKNOWN_LINK',
        description: 'is nowhere (line 4, column 7)',
        line: 4,
        column: 7,
      },
    ])
  })

  test('when it is too late is a 504', async () => {
    engine.on('GetHost', () => {})
    const answer = await askRest(gateway, 'GET /v1/host', { headers: { 'x-timeout-ms': '50' } })
    expect(answer.status).toBe(504)
    expect(answer.json.reason).toBe('DEADLINE_EXCEEDED')
  })

  test('when it is not there is a 503, and no path of this machine is told', async () => {
    const lonely = await startTestGateway('/nonexistent/engine.sock')
    const answer = await askRest(lonely, 'GET /v1/host')
    await lonely.close(0)
    expect(answer.status).toBe(503)
    expect(answer.json).toMatchObject({ reason: 'ENGINE_UNREACHABLE', detail: 'The engine does not answer' })
    expect(answer.text).not.toContain('nonexistent')
  })

  test('in bytes that are no message of the contract is a 500 that tells nothing', async () => {
    engine.on('GetHost', (call) => {
      call.raw.write(Buffer.from([0xff, 0xff, 0xff]))
      call.end()
    })
    const answer = await askRest(gateway, 'GET /v1/host')
    expect(answer.status).toBe(500)
    expect(answer.json.reason).toBe('INTERNAL')
    expect(answer.json.metadata.incident).toBe(answer.headers['x-request-id'])
  })
})

describe('a token', () => {
  test('that is missing or wrong is a 401 that says which', async () => {
    const missing = await askRest(gateway, 'GET /v1/labs', { token: null })
    expect(missing.status).toBe(401)
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="netns-lab"')
    expect(missing.json.detail).toBe('A bearer token is needed')
    const wrong = await askRest(gateway, 'GET /v1/labs', { token: 'x'.repeat(43) })
    expect(wrong.status).toBe(401)
    expect(wrong.json.detail).toBe('The bearer token is not valid')
  })

  test.each(['Basic dXNlcjpwYXNz', 'bearer', 'Bearer ', `Token ${TOKEN}`])(
    'must come as a bearer token, not as %j',
    async (authorization) => {
      const answer = await askRest(gateway, 'GET /v1/labs', { token: null, headers: { authorization } })
      expect(answer.status).toBe(401)
    },
  )

  test('that is wrong too often from one address is a 429; the right one still passes', async () => {
    const strict = await startTestGateway(engine.socketPath)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 12; attempt += 1) {
      statuses.push((await askRest(strict, 'GET /v1/labs', { token: `${'x'.repeat(42)}${attempt}` })).status)
    }
    const right = await askRest(strict, 'GET /v1/labs')
    await strict.close(0)
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    expect(right.status).toBe(200)
  })
})
