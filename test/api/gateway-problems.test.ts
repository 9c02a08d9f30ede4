import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

/** The problems of an answer as `field REASON`. */
const problemsOf = (json: { errors: { field: string; reason: string }[] }) =>
  json.errors.map(({ field, reason }) => `${field} ${reason}`.trim())

describe('a request with problems', () => {
  test('is answered with all of them at once, each with its path and pointer, and the engine is not asked', async () => {
    const before = asked
    const answer = await askRest(gateway, 'POST /v1/labs/x/ping-matrix', {
      body: { member: ['a'], members: ['a', 5, null], family: 'six', timeoutMs: 2 ** 31, lab: 'y' },
    })

    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json).toMatchObject({
      type: '/docs/errors#invalid-request',
      title: 'Invalid request',
      status: 400,
      detail: 'The request has 6 problems',
      instance: '/v1/labs/x/ping-matrix',
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
      domain: 'netns-lab',
    })
    expect(answer.json.requestId).toBe(answer.headers['x-request-id'])
    expect(answer.json.errors).toEqual([
      { field: 'lab', pointer: '/lab', reason: 'CONFLICT', description: 'is given twice, and differently in the path' },
      {
        field: 'member',
        pointer: '/member',
        reason: 'UNKNOWN_FIELD',
        description: 'there is no such field (did you mean "members"?)',
      },
      { field: 'members[1]', pointer: '/members/1', reason: 'WRONG_TYPE', description: 'must be a text, not 5' },
      { field: 'members[2]', pointer: '/members/2', reason: 'WRONG_TYPE', description: 'must be a text, not null' },
      { field: 'family', pointer: '/family', reason: 'WRONG_TYPE', description: 'must be a whole number, not "six"' },
      {
        field: 'timeoutMs',
        pointer: '/timeoutMs',
        reason: 'OUT_OF_RANGE',
        description: 'must be between -2147483648 and 2147483647, not 2147483648',
      },
    ])
    expect(asked).toBe(before)
  })

  test.each([
    { story: 'an unknown parameter', query: 'pagesize=5', problems: ['pagesize UNKNOWN_FIELD'] },
    { story: 'the same parameter twice', query: 'pageSize=5&pageSize=5', problems: ['pageSize DUPLICATE_FIELD'] },
    { story: 'the same under both names', query: 'pageSize=5&page_size=5', problems: ['pageSize DUPLICATE_FIELD'] },
    { story: 'a number that is none', query: 'pageSize=5x', problems: ['pageSize WRONG_TYPE'] },
    { story: 'a number without digits', query: 'pageSize=', problems: ['pageSize WRONG_TYPE'] },
    { story: 'an exponent', query: 'pageSize=1e2', problems: ['pageSize WRONG_TYPE'] },
    { story: 'a number out of range', query: 'pageSize=3000000000', problems: ['pageSize OUT_OF_RANGE'] },
    { story: 'wrong percent-encoding', query: 'filter=%zz', problems: ['filter WRONG_FORMAT'] },
    { story: 'wrong UTF-8', query: 'filter=%ff%fe', problems: ['filter WRONG_FORMAT'] },
    { story: 'a name in wrong UTF-8', query: '%ff=1', problems: ['WRONG_FORMAT'] },
    {
      story: 'a prototype',
      query: '__proto__=1&constructor=2',
      problems: ['__proto__ UNKNOWN_FIELD', 'constructor UNKNOWN_FIELD'],
    },
    { story: 'brackets', query: 'filter[a]=1', problems: ['["filter[a]"] UNKNOWN_FIELD'] },
  ])('in its query is refused: $story', async ({ query, problems }) => {
    const answer = await askRest(gateway, `GET /v1/labs?${query}`)
    expect(answer.status).toBe(400)
    expect(problemsOf(answer.json)).toEqual(problems)
  })

  test.each(['yes', 'True', '1', '', 'null'])('such as a switch set to %j is refused', async (value) => {
    const answer = await askRest(gateway, `DELETE /v1/labs/x?async=${value}`)
    expect(answer.status).toBe(400)
    expect(problemsOf(answer.json)).toEqual(['async WRONG_TYPE'])
  })

  test('may not have a body where none is read, nor query parameters where the body holds everything', async () => {
    const withBody = await askRest(gateway, 'DELETE /v1/labs/x', { body: { allowMissing: true } })
    expect(problemsOf(withBody.json)).toEqual(['UNEXPECTED_BODY'])
    const withQuery = await askRest(gateway, 'POST /v1/labs/x/ping-matrix?family=4', { body: {} })
    expect(problemsOf(withQuery.json)).toEqual(['family UNKNOWN_FIELD'])
  })

  test('may not say one thing in the body and another in query or headers', async () => {
    const answer = await askRest(gateway, 'POST /v1/labs?validateOnly=true', {
      body: { validateOnly: false, requestId: 'a' },
      headers: { 'idempotency-key': 'b' },
    })
    expect(problemsOf(answer.json)).toEqual(['validateOnly CONFLICT', 'requestId CONFLICT'])
  })

  test.each([
    { text: '{"lab": "x",}', line: 1, column: 13, found: 'expected a field name in double quotes, found "}"' },
    { text: '{\n  "lab": x\n}', line: 2, column: 10, found: 'expected a value, found "x"' },
    { text: '{\n"lab": "x"', line: 2, column: 11, found: 'expected "," or "}", the text ends here' },
    { text: '{"a":1}\n{"a":1}', line: 2, column: 1, found: 'expected the end, found "{"' },
    { text: '{"lab":1,"lab":2}', line: 1, column: 10, found: 'field "lab" is given twice' },
    { text: '﻿{"lab" 1}', line: 1, column: 8, found: 'expected ":", found "1"' },
  ])('such as JSON that breaks off ($text) is told where', async ({ text, line, column, found }) => {
    const answer = await askRest(gateway, 'POST /v1/labs', { body: text })
    expect(answer.status).toBe(400)
    expect(answer.json.errors).toHaveLength(1)
    expect(answer.json.errors[0]).toMatchObject({ field: '', pointer: '', line, column })
    expect(answer.json.errors[0].description).toBe(`${found} (line ${line}, column ${column})`)
  })

  test.each(['[]', '"x"', '5', 'null', 'true'])('such as a body that is no object (%s) is told so', async (text) => {
    const answer = await askRest(gateway, 'POST /v1/labs', { body: text })
    expect(answer.status).toBe(400)
    expect(problemsOf(answer.json)).toEqual(['WRONG_TYPE'])
  })

  test('by the thousand is answered with the first of them and how many more', async () => {
    const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, index]))
    const answer = await askRest(gateway, 'POST /v1/labs', { body })
    expect(answer.status).toBe(400)
    expect(answer.json.errors.length).toBeLessThanOrEqual(50)
    expect(answer.json.errors.at(-1).reason).toBe('MORE_PROBLEMS')
    expect(answer.text.length).toBeLessThan(16_000)
  })
})

describe('hostile input', () => {
  test.each([
    { story: 'a body nested 100,000 deep', body: `{"spec":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}` },
    { story: 'objects nested 50,000 deep', body: `${'{"spec":'.repeat(50_000)}{}${'}'.repeat(50_000)}` },
    { story: 'a number beyond doubles', body: '{"spec":{"hosts":1e999}}' },
    { story: 'a number of 100,000 digits', body: `{"spec":{"hosts":${'9'.repeat(100_000)}}}` },
    { story: 'a prototype in the request', body: '{"__proto__":{"lab":"x"}}' },
    { story: 'a prototype in the spec', body: '{"spec":{"__proto__":{"hosts":[]}}}' },
    { story: 'a toString that is none', body: '{"lab":{"toString":1,"valueOf":2}}' },
    { story: 'half a surrogate pair', body: '{"spec":{"name":"\\ud800"}}' },
    { story: 'half a surrogate pair in a name', body: '{"spec":{"\\udfff":1}}' },
    { story: 'a body that is not UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
    { story: 'a null character', body: '{"lab":"a\u0000b"}' },
    { story: 'UTF-16', body: Buffer.from('{"lab":"x"}', 'utf16le') },
  ])('is refused and harms nothing: $story', async ({ body }) => {
    const answer = await askRest(gateway, 'POST /v1/labs?lab=x', { body })
    expect(answer.status).toBe(400)
    expect(answer.json.reason).toBe('INVALID_REQUEST')
    expect(answer.text.length).toBeLessThan(4_000)
    expect(Reflect.get({}, 'lab')).toBeUndefined()
  })

  test('a body over 1 MiB is refused, whether it says so or not', async () => {
    const tooLarge = `{"specYaml":"${'x'.repeat(1024 * 1024)}"}`
    const declared = await askRest(gateway, 'POST /v1/labs', { body: tooLarge })
    expect(declared.status).toBe(413)
    expect(declared.json.reason).toBe('BODY_TOO_LARGE')
    expect(await chunked(tooLarge)).toBe(413)
  })

  test('a packed body is not unpacked', async () => {
    const answer = await askRest(gateway, 'POST /v1/labs', { body: '{}', headers: { 'content-encoding': 'gzip' } })
    expect(answer.status).toBe(415)
  })

  test.each(['/v1/labs/%ff', '/v1/labs/%', '/v1/labs/%c0%af'])(
    'a path in wrong encoding (%s) is a problem',
    async (path) => {
      const answer = await askRest(gateway, `GET ${path}`)
      expect(answer.status).toBe(400)
      expect(problemsOf(answer.json)).toEqual(['WRONG_FORMAT'])
    },
  )

  test.each([
    { story: 'no HTTP at all', bytes: 'hello\r\n\r\n', status: 400 },
    {
      story: 'two lengths',
      bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      status: 400,
    },
    {
      story: 'length and chunks',
      bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      status: 400,
    },
    {
      story: 'a target in which no path can be found',
      bytes: 'GET //x?a#b@c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      status: 400,
    },
    { story: 'headers of 20 kB', bytes: `GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`, status: 431 },
  ])('that is not HTTP is answered with a problem: $story', async ({ bytes, status }) => {
    const text = await raw(bytes)
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
    expect(body).toMatchObject({ status, reason: 'INVALID_REQUEST', domain: 'netns-lab' })
  })
})

function chunked(body: string): Promise<number> {
  const [host, port] = gateway.restAddress.split(':')
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
    }
    const sending = httpRequest({ host, port, path: '/v1/labs', method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    // Once the answer is there the rest of the body may find a closed door.
    sending.on('error', (error) => reject(error))
    for (let at = 0; at < body.length; at += 65_536) sending.write(body.slice(at, at + 65_536))
    sending.end()
  })
}

function raw(bytes: string): Promise<string> {
  const [host, port] = gateway.restAddress.split(':')
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ host: host ?? '', port: Number(port) }, () => socket.write(bytes))
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}
