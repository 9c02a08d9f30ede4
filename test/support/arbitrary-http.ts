import fc from 'fast-check'
import { methods } from '../../src/contract/methods.ts'
import type { HttpCall } from './fuzz-clients.ts'

/** Calls of the REST door that hardly anybody would make on purpose: paths, queries, headers and bodies of any kind. */

const templates = [...new Set(methods.flatMap(({ bindings }) => bindings.map(({ template }) => template)))]
const others = [
  '/',
  '/livez',
  '/readyz',
  '/metrics',
  '/openapi.yaml',
  '/docs',
  '/docs/errors',
  '/v1',
  '/v2/labs',
  '//v1',
]
const LETTERS = Array.from('abz09-._~%/?#[]@!$&\'()*+,;=:"<>|\\^`{}')
const printable = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 24 })
const piece = fc.oneof(fc.constantFrom('duo', 'gone', '..', '%2e%2e', '%00', '%ff', 'a'.repeat(3000)), printable)

const path = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...templates), piece).map(([t, p]) => t.replaceAll('{lab}', p)) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
  { weight: 1, arbitrary: printable.map((text) => `/${text}`) },
)
const parameter = fc.tuple(
  fc.constantFrom('pageSize', 'page_token', 'filter', 'fields', 'members', 'async', 'allowMissing', 'etag', '%ff', ''),
  fc.oneof(fc.constantFrom('1', '-1', 'true', 'TRUE', 'devices', '%', '9'.repeat(60)), printable),
)
const query = fc
  .array(parameter, { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`))

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const body = fc.oneof(
  fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
  fc
    .dictionary(fc.constantFrom('spec', 'specYaml', 'spec_yaml', 'lab', 'from', 'to', 'count', 'async'), fc.jsonValue())
    .map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('{', '"', '&a [*a, *a]', '!!js/function x', 'a: &b\n<<: *b', `{"spec":${nested(40)}}`, nested(4000))
    .map((text) => Buffer.from(text)),
)
const types = ['application/json', 'application/yaml', 'text/plain', 'application/json; charset=latin1', '', ';;']
const accepts = ['*/*', 'application/json', 'text/event-stream', 'application/x-ndjson', 'text/plain', 'x/y', ';;q=9']
const headers = fc.record(
  {
    'content-type': fc.constantFrom(...types),
    accept: fc.constantFrom(...accepts),
    authorization: fc.constantFrom('Bearer wrong', 'Basic eA==', '', 'Bearer '),
    'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
    'idempotency-key': fc.constantFrom('"a"', 'x'.repeat(40), '"', 'a b'),
    'if-match': fc.constantFrom('*', '"x"', 'W/"x"', '"'),
    'x-request-id': fc.constantFrom('mine', 'not\tone', 'x'.repeat(100)),
    'x-timeout-ms': fc.constantFrom('500', '0', '1e3', '-1', '99999999'),
    traceparent: fc.constantFrom('00-x', 'x'.repeat(2000)),
  },
  { requiredKeys: [] },
)

export const arbitraryHttpCall: fc.Arbitrary<HttpCall> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'TRACE'),
  path: fc.tuple(path, query).map(([place, asked]) => place + asked),
  headers,
  body: fc.option(body, { nil: undefined }),
})
