import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'

/** What a test knows of an answer; a supertest Response fits once its method and path are added. */
export type Answer = {
  readonly method: string
  /** With or without query. */
  readonly path: string
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null

const document: Json = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: false })
// Its CommonJS default export, as TypeScript and Node both see it.
;(formats.default ?? formats)(ajv)
ajv.addFormat('int32', {
  type: 'number',
  validate: (value: number) => Number.isInteger(value) && Math.abs(value) <= 2 ** 31,
})
ajv.addFormat('int64', { type: 'number', validate: Number.isInteger })
ajv.addFormat('double', { type: 'number', validate: Number.isFinite })
ajv.addSchema(strict(document) as object, 'openapi')

/**
 * Compares an answer with what openapi.yaml promises for its path, method and status: headers, media type and body; in
 * bodies, fields that openapi.yaml does not name are wrong too. Problems may come from any path with any status of 4xx
 * or 5xx that stands in its list.
 *
 * @throws Error naming every difference
 */
export function validateResponse(answer: Answer): void {
  const found = operationOf(answer)
  if (found === undefined) {
    // Pages for people are not described there; what is refused must be a problem all the same.
    if (answer.status >= 400)
      validateBody(answer, 'application/problem+json', pointerTo('components', 'schemas', 'Problem'))
    return
  }
  const responses = at(document, found, 'responses')
  const promised = resolve(at(responses, String(answer.status)))
  if (promised === undefined) {
    fail(answer, `openapi.yaml promises no ${answer.status} there, only ${Object.keys(responses ?? {}).join(', ')}`)
  }
  for (const name of Object.keys(at(promised, 'headers') ?? {})) {
    const header = resolve(at(promised, 'headers', name))
    const value = answer.headers[name.toLowerCase()]
    // Which of the promised headers come depends on the answer; those that always come are checked for.
    if (value === undefined && ['X-Request-Id', 'WWW-Authenticate', 'Allow', 'Retry-After'].includes(name)) {
      fail(answer, `header ${name} is missing`)
    }
    if (value === undefined) continue
    const wrong = `header ${name}: ${value}`
    if (!ajv.validate(at(header, 'schema') as object, value)) fail(answer, `${wrong} ${ajv.errorsText()}`)
  }
  const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? ''
  const content = at(promised, 'content')
  if (content === undefined) {
    if (answer.text !== '') fail(answer, 'openapi.yaml promises no body')
    return
  }
  if (!(type in (content as object)))
    fail(answer, `media type ${type} is not one of ${Object.keys(content ?? {}).join(', ')}`)
  validateBody(answer, type, pointerTo(...pathOfContent(found, answer.status, type)))
}

function validateBody(answer: Answer, type: string, schema: string): void {
  if (answer.method.toUpperCase() === 'HEAD') return
  if (type === 'application/x-ndjson') {
    for (const line of answer.text.split('\n').filter(Boolean)) validateEvent(answer, JSON.parse(line))
  } else if (type === 'text/event-stream') {
    for (const event of answer.text.split('\n\n').filter((text) => text.startsWith('data: '))) {
      validateEvent(answer, JSON.parse(event.slice('data: '.length)))
    }
  } else if (type.endsWith('json')) {
    check(answer, compiled(schema), JSON.parse(answer.text))
  } else {
    check(answer, compiled(schema), answer.text)
  }
}

/** One event of a stream, or the failure that ends it. */
function validateEvent(answer: Answer, event: unknown): void {
  const isFailure = typeof event === 'object' && event !== null && 'error' in event && hasReason(event.error)
  const schema = isFailure ? pointerTo('components', 'schemas', 'Problem') : pointerTo(...streamSchemaOf(answer))
  check(answer, compiled(schema), isFailure ? event.error : event)
}

function hasReason(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'domain' in value
}

function streamSchemaOf(answer: Answer): string[] {
  const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? ''
  return [...pathOfContent(operationOf(answer) ?? [], answer.status, type), 'contentSchema']
}

function pathOfContent(operation: readonly string[], status: number, type: string): string[] {
  const path = [...operation]
  const response = at(document, path, 'responses', String(status))
  const ref = at(response, '$ref')
  const base = typeof ref === 'string' ? ref.slice(2).split('/') : [...path, 'responses', String(status)]
  return [...base, 'content', type, 'schema']
}

function check(answer: Answer, validate: ValidateFunction, value: unknown): void {
  if (validate(value)) return
  const shown = JSON.stringify(value).slice(0, 400)
  fail(answer, `${ajv.errorsText(validate.errors, { separator: '; ' })} in ${shown}`)
}

const validators = new Map<string, ValidateFunction>()

function compiled(schema: string): ValidateFunction {
  const validate = validators.get(schema) ?? ajv.compile({ $ref: `openapi${schema}` })
  validators.set(schema, validate)
  return validate
}

/** @returns the path of the operation in the document: `['paths', '/v1/labs/{lab}', 'get']` */
function operationOf({ method, path }: Answer): string[] | undefined {
  const plain = path.split('?')[0] ?? ''
  const verb = method.toLowerCase() === 'head' ? 'get' : method.toLowerCase()
  const templates = Object.keys(at(document, 'paths') ?? {}).sort(
    (a, b) => Number(a.includes('{')) - Number(b.includes('{')),
  )
  const template = templates.find((candidate) => {
    return new RegExp(`^${candidate.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(plain)
  })
  if (template === undefined || at(document, 'paths', template, verb) === undefined) return undefined
  return ['paths', template, verb]
}

function resolve(node: Json | undefined): Json | undefined {
  const ref = at(node, '$ref')
  return typeof ref === 'string' ? at(document, ref.slice(2).split('/')) : node
}

function at(node: Json | undefined, ...path: readonly (string | readonly string[])[]): Json | undefined {
  let here: Json | undefined = node
  for (const key of path.flat()) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as { readonly [key: string]: Json })[key]
  }
  return here
}

function pointerTo(...path: readonly string[]): string {
  return `#/${path.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
}

/** Clients must bear new fields; our own tests must not, or openapi.yaml would fall behind. */
function strict(node: Json): Json {
  if (Array.isArray(node)) return node.map(strict)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)]))
  const isOpen = !('properties' in copy) || 'additionalProperties' in copy || 'allOf' in copy || 'anyOf' in copy
  return isOpen ? copy : { ...copy, additionalProperties: false }
}

function fail({ method, path, status }: Answer, message: string): never {
  throw new Error(`${method} ${path} answered ${status}: ${message}`)
}
