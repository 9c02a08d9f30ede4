import { readFileSync, writeFileSync } from 'node:fs'
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { STATUS } from '../../src/errors.ts'
import { type Route, resources } from '../../src/gateway/rest/routes.ts'
import { labSpecJsonSchema } from '../../src/spec/json-schema.ts'
import {
  alwaysThere,
  asComponent,
  fieldSchema,
  follow,
  type Node,
  nodeAt,
  readOpenapi,
  typeOf,
} from '../support/openapi.ts'

if (process.env.UPDATE_OPENAPI !== undefined) writeLabSpec()

const document = readOpenapi()
const routes = resources().flatMap(({ routes }) => [...routes.values()])
const nameOf = (route: Route) => `${route.verb} ${route.binding.template}`
const operationOf = (route: Route) => nodeAt(document, 'paths', route.binding.template, route.verb.toLowerCase())
/** Fields that are free objects to the contract, and are described all the same. */
const inSpec = [['CreateLabRequest', 'spec']] as const
const VERBS = ['get', 'put', 'post', 'delete', 'patch']

test('openapi.yaml has the routes of the contract, no more and no fewer', () => {
  const described = Object.entries(nodeAt(document, 'paths'))
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, item]) =>
      VERBS.filter((verb) => verb in nodeAt(item)).map((verb) => `${verb.toUpperCase()} ${path}`),
    )
  expect(described.sort()).toEqual(routes.map(nameOf).sort())
})

describe.each(routes.map((route) => ({ name: nameOf(route), route })))('$name', ({ route }) => {
  const operation = operationOf(route)

  test('has the parameters of the contract', () => {
    const shared = nodeAt(document, 'paths', route.binding.template).parameters
    const all = [shared ?? [], operation.parameters ?? []].flat().map((parameter) => follow(document, parameter))
    const typed = all
      .filter(({ in: place }) => place !== 'header')
      .map(({ name, in: place, required, schema }) => {
        return { name, in: place, required: required ?? false, schema: typeOf(schema) }
      })
    const fields = (list: Iterable<DescField>, place: string) =>
      [...new Set(list)].map((field) => ({
        name: field.jsonName,
        in: place,
        required: place === 'path',
        schema: fieldSchema(field),
      }))
    expect(typed).toEqual([...fields(route.pathFields, 'path'), ...fields(route.queryFields.values(), 'query')])

    const has = (name: string) => route.request.fields.some((field) => field.name === name)
    expect(all.filter(({ in: place }) => place === 'header').map(({ name }) => name)).toEqual([
      'X-Request-Id',
      'X-Timeout-Ms',
      ...(has('request_id') ? ['Idempotency-Key'] : []),
      ...(has('etag') ? ['If-Match'] : []),
    ])
  })

  test('has the body of the contract', () => {
    const content = nodeAt(operation, 'requestBody', 'content')
    const expected: Record<string, unknown> = {}
    if (route.binding.body !== '') expected['application/json'] = { $ref: `#/components/schemas/${route.request.name}` }
    if (route.yamlField !== undefined) expected['application/yaml'] = { type: 'string' }
    expect(
      Object.fromEntries(Object.entries(content).map(([type, media]) => [type, typeOf(nodeAt(media).schema)])),
    ).toEqual(expected)
  })

  test('has the answers of the contract', () => {
    const answers = Object.entries(nodeAt(operation, 'responses')).filter(([status]) => status.startsWith('2'))
    expect(answers.length).toBeGreaterThan(0)
    for (const [, answer] of answers) {
      const content = nodeAt(answer, 'content')
      const ref = `#/components/schemas/${route.response.name}`
      if (route.method.serverStreaming) {
        expect(Object.keys(content)).toEqual(['application/x-ndjson', 'text/event-stream'])
        for (const media of Object.values(content))
          expect(nodeAt(media, 'schema', 'contentSchema')).toEqual({ $ref: ref })
        continue
      }
      const whole = route.responseField === undefined ? { $ref: ref } : fieldSchema(route.responseField)
      expect(typeOf(nodeAt(content, 'application/json').schema)).toEqual(whole)
      const texts = Object.keys(content).filter((type) => type !== 'application/json')
      if (route.textField === undefined) expect(texts).toEqual([])
      else
        expect(texts).toEqual(
          expect.arrayContaining(['text/plain', ...(route.textMediaTypeField ? [] : [route.method.textMediaType])]),
        )
    }
  })

  test('asks for a token unless the contract leaves it open, and says what may go wrong', () => {
    expect(operation.security).toEqual(route.method.open ? [] : undefined)
    const statuses = Object.keys(nodeAt(operation, 'responses')).map(Number)
    const always = route.method.open ? [400, 406, 500, 503, 504] : [400, 401, 403, 406, 429, 500, 503, 504]
    const more = [...(route.pathFields.length > 0 ? [404] : []), ...(route.binding.body === '' ? [] : [413, 415])]
    expect(statuses).toEqual(expect.arrayContaining([...always, ...more]))
    for (const status of statuses.filter((code) => code >= 400)) {
      const response = follow(document, nodeAt(operation, 'responses')[status])
      expect(nodeAt(response, 'content', 'application/problem+json', 'schema')).toEqual({
        $ref: '#/components/schemas/Problem',
      })
    }
  })
})

describe('the schemas', () => {
  const inRequests = new Map<string, DescMessage | DescEnum>()
  const inAnswers = new Map<string, DescMessage | DescEnum>()
  for (const route of routes) {
    if (route.binding.body !== '') collect(route.request, inRequests)
    if (route.responseField === undefined) collect(route.response, inAnswers)
  }
  const types = new Map([...inRequests, ...inAnswers])

  test('are those of the messages that are sent, and our own three', () => {
    const described = Object.keys(nodeAt(document, 'components', 'schemas'))
    expect(described.sort()).toEqual([...types.keys(), 'LabSpec', 'Problem', 'Violation'].sort())
  })

  test.each([...types].map(([name, type]) => ({ name, type })))(
    'of $name has its fields, types and values',
    ({ name, type }) => {
      const schema = nodeAt(document, 'components', 'schemas', name)
      if (type.kind === 'enum') {
        expect(schema).toMatchObject({ type: 'string', enum: type.values.map((value) => value.name) })
        return
      }
      const described = Object.entries(nodeAt(schema, 'properties')).map(([field, of]) => [field, typeOf(of)])
      expect(described).toEqual(type.fields.map((field) => [field.jsonName, fieldSchemaIn(name, field)]))
      if (inRequests.has(name)) expect(schema.additionalProperties).toBe(false)
      if (inAnswers.has(name)) expect(schema.required ?? []).toEqual(alwaysThere(type))
    },
  )

  test('of the spec is its JSON Schema', () => {
    expect(nodeAt(document, 'components', 'schemas').LabSpec).toEqual(asComponent(labSpecJsonSchema()))
  })
})

test('every reason that an answer can have is told', () => {
  const text = JSON.stringify(document)
  const untold = Object.keys(STATUS)
    .map((kind) => kind.replaceAll('-', '_').toUpperCase())
    .filter((reason) => !text.includes(`\`${reason}\``))
  // Not of an operation: nobody is there to hear the first, gRPC alone has the second, no operation is at the third.
  expect(untold).toEqual(['CANCELLED', 'UNIMPLEMENTED', 'ROUTE_NOT_FOUND'])
})

test('the version is that of the package', () => {
  expect(nodeAt(document, 'info').version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
})

function fieldSchemaIn(message: string, field: DescField): Node {
  const isSpec = inSpec.some(([owner, name]) => owner === message && name === field.jsonName)
  return isSpec ? { $ref: '#/components/schemas/LabSpec' } : fieldSchema(field)
}

function collect(type: DescMessage | DescEnum, into: Map<string, DescMessage | DescEnum>): void {
  if (into.has(type.name) || type.typeName.startsWith('google.protobuf.')) return
  into.set(type.name, type)
  if (type.kind === 'enum') return
  for (const field of type.fields) {
    if (field.message !== undefined) collect(field.message, into)
    if (field.enum !== undefined) collect(field.enum, into)
  }
}

/** Puts the JSON Schema of the spec at the end of openapi.yaml, where the last one was. */
function writeLabSpec(): void {
  const text = readFileSync('openapi.yaml', 'utf8')
  const head = text.slice(0, text.indexOf('\n    LabSpec:\n') + 1)
  const block = stringify(
    { LabSpec: asComponent(labSpecJsonSchema()) },
    { lineWidth: 120, aliasDuplicateObjects: false },
  )
  writeFileSync('openapi.yaml', head + block.replaceAll(/^(?=.)/gm, '    '))
}
