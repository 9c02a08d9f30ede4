import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { methods } from '../../src/contract/methods.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { type CurlAnswer, curl } from '../support/run-program.ts'
import { type Server, startServer } from '../support/server-process.ts'

let server: Server
const empty = readLedger()
/** `GET /v1/labs/{lab}` … that were asked with success. */
const served = new Set<string>()

beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
  expect(readLedger()).toEqual(empty)
})

/** One call as pasted: the route it stands for, what comes behind the template's names, and curl's own words. */
async function ask(route: string, words: string, query = ''): Promise<CurlAnswer> {
  const args = words.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? []
  const answer = await curl(server.gateway.restAddress, `${route.replace('{lab}', 'nat')}${query}`, args)
  if (answer.status < 300) served.add(route)
  return answer
}
const json = ({ text }: CurlAnswer): Record<string, unknown> => JSON.parse(text)
const JSON_BODY = `-H 'Content-Type: application/json'`
const YAML_BODY = `-H 'Content-Type: application/yaml'`
const created = ['POST /v1/labs', `${YAML_BODY} --data-binary @examples/nat.yaml`] as const

describe('over REST with curl', () => {
  test('a spec is checked before it is built', async () => {
    const spec = JSON.stringify({ specYaml: readFileSync('examples/nat.yaml', 'utf8'), validateOnly: true })
    const answer = await curl(server.gateway.restAddress, 'POST /v1/labs', [
      '-H',
      'Content-Type: application/json',
      '-d',
      spec,
    ])

    expect(answer.status).toBe(200)
    expect(json(answer)).toMatchObject({ state: 'LAB_STATE_PLANNED', plan: { steps: expect.any(Array) } })
    expect(readLedger()).toEqual(empty)
  })

  test('a lab is built from a YAML file, and the same key does not build it twice', async () => {
    const key = `${created[1]} -H 'Idempotency-Key: "one"'`
    const first = await ask(created[0], key)
    const again = await ask(created[0], key)
    const other = await ask(created[0], `${YAML_BODY} -H 'Idempotency-Key: "one"' --data-binary @examples/star.yaml`)

    expect(first).toMatchObject({ status: 201, headers: { location: '/v1/labs/nat', etag: expect.any(String) } })
    expect(json(again).uid).toBe(json(first).uid)
    expect(other.status).toBe(422)
    expect(json(other)).toMatchObject({ reason: 'REQUEST_ID_REUSED' })
  })

  test('it is shown, listed, drawn and written as a script', async () => {
    expect(json(await ask('GET /v1/labs/{lab}', ''))).toMatchObject({ name: 'nat', state: 'LAB_STATE_READY' })
    expect(json(await ask('GET /v1/labs', '', '?filter=state%3DREADY'))).toMatchObject({ labs: [{ name: 'nat' }] })
    const script = await ask('GET /v1/labs/{lab}/script', `-H 'Accept: text/plain'`)
    expect(script.text).toMatch(/^#!\/usr\/bin\/env bash\n/)
    const graph = await ask('GET /v1/labs/{lab}/graph', `-H 'Accept: image/svg+xml'`, '?format=svg')
    expect(graph).toMatchObject({ headers: { 'content-type': 'image/svg+xml; charset=utf-8' } })
    expect(graph.text).toMatch(/^<svg /)
    expect(json(await ask('GET /v1/labs/{lab}/graph', '')).content).toContain('flowchart')
  })

  test('a ping is told line by line, or as events', async () => {
    const wish = `-d '{"from":"client","to":"isp","count":2,"intervalMs":10}'`
    const lines = await ask('POST /v1/labs/{lab}/ping', `${JSON_BODY} -H 'Accept: application/x-ndjson' ${wish}`)
    const events = await ask('POST /v1/labs/{lab}/ping', `${JSON_BODY} -H 'Accept: text/event-stream' ${wish}`)

    const kinds = (texts: readonly string[]) => texts.map((text) => Object.keys(JSON.parse(text))[0])
    const told = ['started', 'reply', 'reply', 'statistics']
    expect(kinds(lines.text.trim().split('\n'))).toEqual(told)
    expect(
      kinds(
        events.text
          .trim()
          .split('\n\n')
          .map((event) => event.replace(/^data: /, '')),
      ),
    ).toEqual(told)
  })

  test('what the address translation did is there to be read', async () => {
    const inspected = json(await ask('GET /v1/labs/{lab}/inspect', '', '?members=edge&fields=rules,conntrack,drifts'))

    expect(inspected).toMatchObject({ drifts: [], members: [{ member: 'edge', exists: true }] })
    const text = JSON.stringify(inspected)
    expect(text).toContain('"replyDestination":"203.0.113.2"')
    expect(text).toMatch(/masquerade[^}]*"packets":[1-9]/)
  })

  test('all pairs are asked at once, and only translated ones are answered from outside', async () => {
    const matrix = json(await ask('POST /v1/labs/{lab}/ping-matrix', `${JSON_BODY} -d '{"timeoutMs":500}'`))
    const pairs = matrix.pairs as readonly { from: string; to: string; answered: boolean }[]

    expect(matrix).toMatchObject({ sent: 30 })
    const silent = pairs.filter(({ answered }) => !answered).map(({ from, to }) => `${from} -> ${to}`)
    expect(silent.every((pair) => pair.startsWith('isp -> '))).toBe(true)
    expect(silent).not.toHaveLength(0)
  })

  test('the machine, the schema and the counters are told', async () => {
    expect(json(await ask('GET /v1/host', ''))).toMatchObject({ usage: { labs: 1, namespaces: 7 } })
    expect(json(await ask('GET /v1/schema', ''))).toMatchObject({ title: 'netns-lab spec' })
    expect((await ask('GET /v1/metrics', `-H 'Accept: text/plain'`)).text).toContain('netnslab_rpc_calls_total{')
  })

  test.each(['/livez', '/readyz', '/metrics', '/openapi.yaml', '/docs'])('%s is served', async (path) => {
    const answer = await curl(server.gateway.restAddress, `GET ${path}`, ['-L'])

    expect(answer.text.length).toBeGreaterThan(0)
  })

  test('a lab that has changed meanwhile is not removed, and one that has not is', async () => {
    const etag = (await ask('GET /v1/labs/{lab}', '')).text.match(/"etag":"([^"]+)"/)?.[1]
    const stale = await ask('DELETE /v1/labs/{lab}', `-H 'If-Match: "stale"'`)
    const fresh = await ask('DELETE /v1/labs/{lab}', `-H 'If-Match: "${etag}"'`)
    const again = await ask('DELETE /v1/labs/{lab}', '', '?allowMissing=true')

    expect(stale.status).toBe(412)
    expect(json(fresh)).toMatchObject({ lab: 'nat', state: 'LAB_STATE_UNSPECIFIED' })
    expect(json(again)).toMatchObject({ removed: 0 })
    expect(readLedger().names).toEqual(empty.names)
  })

  test.each([
    { line: 'GET /v1/labs/nowhere', words: [], status: 404, reason: 'LAB_NOT_FOUND' },
    { line: 'GET /v1/labs/No%20Name', words: [], status: 400, reason: 'INVALID_REQUEST' },
    { line: 'GET /v1/labs', words: ['-H', 'Authorization: Bearer wrong'], status: 401, reason: 'UNAUTHENTICATED' },
    { line: 'GET /v1/nothing', words: [], status: 404, reason: 'ROUTE_NOT_FOUND' },
    { line: 'PUT /v1/labs', words: [], status: 405, reason: 'METHOD_NOT_ALLOWED' },
    { line: 'GET /v1/host', words: ['-H', 'Accept: text/html'], status: 406, reason: 'NOT_ACCEPTABLE' },
    {
      line: 'POST /v1/labs',
      words: ['-H', 'Content-Type: application/yaml', '--data-binary', '@examples/broken/three-mistakes.yaml'],
      status: 400,
      reason: 'INVALID_SPEC',
    },
    { line: 'POST /v1/labs', words: ['-d', '{}'], status: 415, reason: 'UNSUPPORTED_MEDIA_TYPE' },
    {
      line: 'POST /v1/labs',
      words: ['-H', 'Content-Type: application/json', '-d', '{"spec":'],
      status: 400,
      reason: 'INVALID_REQUEST',
    },
    {
      line: 'POST /v1/labs',
      words: ['-H', 'Content-Type: application/json', '--data-binary', '@package-lock.json', '-H', 'Expect:'],
      status: 400,
      reason: 'INVALID_REQUEST',
    },
  ])('$line with $words is answered $status $reason', async ({ line, words, status, reason }) => {
    const answer = await curl(server.gateway.restAddress, line, words)

    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } })
    expect(json(answer)).toMatchObject({ status, reason })
  })

  test('no route of the contract was left out', () => {
    const routes = methods.flatMap(({ bindings }) =>
      bindings.map(({ verb, template }) => `${verb.toUpperCase()} ${template}`),
    )

    expect(served).toEqual(new Set(routes))
  })
})
