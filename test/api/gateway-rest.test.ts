import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { askRest } from '../support/ask-rest.ts'
import { type FakeCall, type FakeEngine, startFakeEngine } from '../support/fake-engine.ts'
import { startTestGateway } from '../support/start-gateway.ts'

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

/** Makes the engine answer a method so, and gives what it was asked. */
function answering(name: string, json: unknown, more: (call: FakeCall) => void = () => {}): { call?: FakeCall } {
  const heard: { call?: FakeCall } = {}
  engine.on(name, (call) => {
    heard.call = call
    more(call)
    call.send(json)
    call.end()
  })
  return heard
}

describe('a request', () => {
  test('takes its fields from the path', async () => {
    const heard = answering('GetLab', { name: 'two-hosts' })

    const answer = await askRest(gateway, 'GET /v1/labs/two-hosts')

    expect(answer.status).toBe(200)
    expect(heard.call?.request).toEqual({ lab: 'two-hosts' })
  })

  test('takes numbers, switches, lists and field masks from the query, under either name', async () => {
    const listed = answering('ListLabs', {})
    await askRest(gateway, 'GET /v1/labs?page_size=7&filter=name%3Dweb-*+AND+state%3DREADY')
    expect(listed.call?.request).toEqual({ pageSize: 7, filter: 'name=web-* AND state=READY' })

    const inspected = answering('InspectLab', {})
    await askRest(gateway, 'GET /v1/labs/x/inspect?members=a&members=b&fields=devices,routes')
    expect(inspected.call?.request).toEqual({ lab: 'x', members: ['a', 'b'], fields: 'devices,routes' })

    const deleted = answering('DeleteLab', {})
    await askRest(gateway, 'DELETE /v1/labs/x?allowMissing=true&async=false')
    expect(deleted.call?.request).toEqual({ lab: 'x', allowMissing: true })
  })

  test('takes its body as JSON, the path winning where both say the same', async () => {
    const heard = answering('PingMatrix', {})

    await askRest(gateway, 'POST /v1/labs/x/ping-matrix', { body: { lab: 'x', members: ['a', 'b'], timeout_ms: 5 } })

    expect(heard.call?.request).toEqual({ lab: 'x', members: ['a', 'b'], timeoutMs: 5 })
  })

  test('may leave its body out where nothing in it is needed', async () => {
    const heard = answering('PingMatrix', {})
    await askRest(gateway, 'POST /v1/labs/x/ping-matrix')
    expect(heard.call?.request).toEqual({ lab: 'x' })
  })

  test('may be a spec in YAML, its other fields in the query', async () => {
    const heard = answering('CreateLab', {})
    const spec = 'name: one # a comment\nhosts: [{ name: ä }]\n'

    await askRest(gateway, 'POST /v1/labs?validateOnly=true&lab=two', {
      body: spec,
      headers: { 'content-type': 'application/yaml; charset=utf-8' },
    })

    expect(heard.call?.request).toEqual({ specYaml: spec, validateOnly: true, lab: 'two' })
  })

  test('carries a spec of any shape to the engine unchanged', async () => {
    const heard = answering('CreateLab', {})
    const spec = {
      name: 'x',
      hosts: [{ name: 'a', n: 1.5, no: null, yes: true, deep: { 'odd key': [[]] } }],
      labels: {},
    }

    await askRest(gateway, 'POST /v1/labs', { body: { spec } })

    expect(heard.call?.request).toEqual({ spec })
  })

  test('gives its Idempotency-Key as request id and its If-Match as etag', async () => {
    const created = answering('CreateLab', {})
    await askRest(gateway, 'POST /v1/labs', { body: { lab: 'x' }, headers: { 'idempotency-key': '"key-1"' } })
    expect(created.call?.request).toEqual({ lab: 'x', requestId: 'key-1' })

    const deleted = answering('DeleteLab', {})
    await askRest(gateway, 'DELETE /v1/labs/x', { headers: { 'if-match': '"abc"' } })
    expect(deleted.call?.request).toEqual({ lab: 'x', etag: 'abc' })
    await askRest(gateway, 'DELETE /v1/labs/x', { headers: { 'if-match': '*' } })
    expect(deleted.call?.request).toEqual({ lab: 'x' })
  })

  test('tells the engine who calls, under which id and trace, and how long it may take, and nothing else', async () => {
    const heard = answering('GetLab', {})
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

    const answer = await askRest(gateway, 'GET /v1/labs/x', {
      headers: {
        traceparent,
        'x-request-id': 'my-call.1',
        'x-timeout-ms': '60000',
        'x-netns-lab-principal': 'root',
        cookie: 'a=b',
      },
    })

    expect(answer.headers['x-request-id']).toBe('my-call.1')
    const metadata = heard.call?.metadata.getMap() ?? {}
    expect(metadata).toMatchObject({ traceparent, 'x-request-id': 'my-call.1', 'x-netns-lab-principal': 'token' })
    expect(Object.keys(metadata)).not.toContain('cookie')
    expect(Object.keys(metadata)).not.toContain('authorization')
    const leftMs = Number(heard.call?.deadline) - Date.now()
    expect(leftMs).toBeGreaterThan(50_000)
    expect(leftMs).toBeLessThanOrEqual(60_000)
  })

  test.each(['', 'with blank', 'x'.repeat(65), 'a\tb'])(
    'with an unusable request id (%j) gets a new one',
    async (id) => {
      answering('GetLab', {})
      const answer = await askRest(gateway, 'GET /v1/labs/x', { headers: { 'x-request-id': id } })
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

describe('an answer', () => {
  test('is proto3 JSON with every field, and takes status, location and etag from the engine', async () => {
    answering('CreateLab', { name: 'x', state: 'LAB_STATE_READY', createTime: '2026-01-31T12:00:00Z' }, (call) => {
      call.hint('x-http-status', '201')
      call.hint('x-http-location', '/v1/labs/x')
      call.hint('x-http-etag', 'abc')
    })

    const answer = await askRest(gateway, 'POST /v1/labs', { body: { lab: 'x' } })

    expect(answer.status).toBe(201)
    expect(answer.headers).toMatchObject({
      location: '/v1/labs/x',
      etag: '"abc"',
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(answer.headers['x-powered-by']).toBeUndefined()
    expect(answer.json).toEqual({
      name: 'x',
      uid: '',
      state: 'LAB_STATE_READY',
      etag: '',
      createTime: '2026-01-31T12:00:00Z',
      members: [],
      drifts: [],
      because: '',
      labels: {},
      buildMs: 0,
    })
  })

  test('may be one field of the message, as the contract says', async () => {
    answering('GetSchema', { schema: { type: 'object', $defs: { a: true } } })
    const answer = await askRest(gateway, 'GET /v1/schema', { token: null })
    expect(answer.json).toEqual({ type: 'object', $defs: { a: true } })
  })

  test.each([
    { accept: 'text/x-shellscript', type: 'text/x-shellscript; charset=utf-8' },
    { accept: 'text/*', type: 'text/x-shellscript; charset=utf-8' },
    { accept: 'text/plain', type: 'text/plain; charset=utf-8' },
    { accept: 'text/plain;q=0.5, */*;q=0.1', type: 'text/plain; charset=utf-8' },
    { accept: '*/*', type: 'application/json' },
    { accept: 'text/plain;q=0.2, application/json', type: 'application/json' },
  ])('that is text comes as $type for Accept: $accept', async ({ accept, type }) => {
    answering('GetScript', { script: '#!/bin/bash\n# ü\n' })
    const answer = await askRest(gateway, 'GET /v1/labs/x/script', { headers: { accept } })
    expect(answer.headers['content-type']).toBe(type)
    expect(answer.json?.script ?? answer.text).toBe('#!/bin/bash\n# ü\n')
  })

  test.each([
    { accept: 'image/svg+xml', status: 200, type: 'image/svg+xml; charset=utf-8' },
    { accept: 'text/plain', status: 200, type: 'text/plain; charset=utf-8' },
    { accept: 'image/*, application/json;q=0.5', status: 200, type: 'image/svg+xml; charset=utf-8' },
    { accept: 'text/vnd.mermaid', status: 406, type: 'application/problem+json' },
  ])('that names its own media type is given as that: $accept', async ({ accept, status, type }) => {
    answering('GetGraph', { content: '<svg/>', mediaType: 'image/svg+xml' })
    const answer = await askRest(gateway, 'GET /v1/labs/x/graph?format=svg', { headers: { accept } })
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe(type)
    if (status === 200) expect(answer.text).toBe('<svg/>')
  })

  test('to HEAD has the headers alone', async () => {
    answering('GetLab', { name: 'x' })
    const answer = await askRest(gateway, 'HEAD /v1/labs/x')
    expect(answer.status).toBe(200)
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(50)
    expect(answer.text).toBe('')
  })

  test('to OPTIONS names the methods and opens nothing to other origins', async () => {
    const answer = await askRest(gateway, 'OPTIONS /v1/labs/x', {
      token: null,
      headers: { origin: 'http://elsewhere.example', 'access-control-request-method': 'DELETE' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.allow).toBe('DELETE, GET, HEAD, OPTIONS')
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

test('a large answer, the inspection of 100 hosts, is translated whole', async () => {
  const route = { to: '10.0.0.0/24', type: 'unicast', device: 'eth0', protocol: 'kernel', scope: 'link' }
  const member = { role: 'host', exists: true, routes: Array.from({ length: 20 }, () => route) }
  const members = Array.from({ length: 100 }, (_, index) => ({ ...member, member: `h${index}` }))
  answering('InspectLab', { lab: 'x', members })

  const answer = await askRest(gateway, 'GET /v1/labs/x/inspect')

  expect(answer.text.length).toBeGreaterThan(250_000)
  expect(answer.json.members).toHaveLength(100)
  expect(answer.json.members[99]).toMatchObject({ member: 'h99', sysctls: {}, routes: Array(20).fill(route) })
})
