import type { IncomingHttpHeaders } from 'node:http'
import { type DescField, fromJson, type JsonValue, ScalarType, toBinary } from '@bufbuild/protobuf'
import { registry } from '../../contract/descriptors.ts'
import { LabError } from '../../errors.ts'
import { checkMessage } from './check-message.ts'
import { joinKey } from './paths.ts'
import { Problems } from './problems.ts'
import { type Body, parseJsonBody } from './read-body.ts'
import { fromText, readQuery } from './read-query.ts'
import type { Route } from './routes.ts'

export type RestRequest = {
  /** Values of the path's variables, percent-decoded, in order. */
  readonly path: readonly string[]
  /** What follows the `?`, as it was sent. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  readonly body: Body
}

/** HTTP's own headers for what the contract has fields for (RFC 9110, IETF idempotency-key draft), by proto name. */
const HEADER_FIELDS = [
  { header: 'idempotency-key', field: 'request_id' },
  { header: 'if-match', field: 'etag' },
] as const

/**
 * Puts path, query, headers and body together into the request message.
 * @returns the message's bytes
 * @throws LabError `invalid-request` with every problem that was found
 */
export function composeRequest(route: Route, input: RestRequest): Buffer {
  const problems = new Problems()
  const json = bodyJson(route, input.body)
  if (isObject(json)) {
    for (const [name, value] of Object.entries(readQuery(input.query, route.queryFields, problems))) {
      merge(json, fieldNamed(route, name), value, 'query', problems)
    }
    for (const { header, field } of HEADER_FIELDS) mergeHeader(route, json, field, input.headers[header], problems)
    for (const [index, field] of route.pathFields.entries()) {
      merge(json, field, fromText(field, input.path[index] ?? ''), 'path', problems)
    }
  }
  checkMessage(route.request, json, '', { registry, into: problems })
  if (problems.list.length > 0) throw new LabError({ kind: 'invalid-request', problems: problems.list })
  return encode(route, json)
}

function bodyJson(route: Route, { text, isYaml }: Body): unknown {
  if (isYaml && route.yamlField !== undefined) return { [route.yamlField.jsonName]: text }
  if (text === '') return {}
  const json = parseJsonBody(text)
  return route.bodyField === undefined ? json : { [route.bodyField.jsonName]: json }
}

function mergeHeader(
  route: Route,
  json: Record<string, unknown>,
  name: string,
  header: string | string[] | undefined,
  problems: Problems,
): void {
  const field = route.request.fields.find((candidate) => candidate.name === name)
  if (field?.scalar !== ScalarType.STRING || typeof header !== 'string' || header === '*') return
  merge(json, field, unquoteHeader(header), 'headers', problems)
}

/** `"abc"`, `W/"abc"` and plain `abc` all name abc. */
function unquoteHeader(value: string): string {
  return /^(?:W\/)?"([^"]*)"$/.exec(value.trim())?.[1] ?? value.trim()
}

/** The same field may be said twice, but not in two ways. */
function merge(
  json: Record<string, unknown>,
  field: DescField,
  value: unknown,
  from: 'path' | 'query' | 'headers',
  problems: Problems,
): void {
  const given = json[field.jsonName] ?? json[field.name]
  if (given === undefined || given === null) {
    delete json[field.name]
    json[field.jsonName] = value
  } else if (!isSame(given, value)) {
    problems.add(joinKey('', field.jsonName), 'CONFLICT', `is given twice, and differently in the ${from}`)
  }
}

/** 5 and "5" are the same number in proto3 JSON. */
function isSame(given: unknown, value: unknown): boolean {
  const textOf = (one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one))
  return textOf(given) === textOf(value)
}

function fieldNamed(route: Route, jsonName: string): DescField {
  const field = route.queryFields.get(jsonName)
  if (field === undefined) throw new Error(`${jsonName} was read from the query but is no field of it`)
  return field
}

function encode(route: Route, json: unknown): Buffer {
  try {
    // checkMessage has just made sure of it.
    const message = fromJson(route.request, json as JsonValue, { registry })
    return Buffer.from(toBinary(route.request, message))
  } catch (cause) {
    const problem = {
      path: '',
      reason: 'UNDECODABLE',
      message: 'the request is not a valid message of the contract',
    }
    throw new LabError({ kind: 'invalid-request', problems: [problem] }, { cause })
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
