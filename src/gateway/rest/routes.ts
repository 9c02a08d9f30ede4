import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { type ContractMethod, type HttpBinding, messageType, methods } from '../../contract/methods.ts'

/** One verb at one path: an RPC of the contract as its google.api.http annotation puts it. */
export type Route = {
  readonly method: ContractMethod
  readonly binding: HttpBinding
  readonly verb: string
  readonly request: DescMessage
  readonly response: DescMessage
  /** Fields that stand in the path, in order; express hands them over as `p0`, `p1` … */
  readonly pathFields: readonly DescField[]
  /** Fields that may stand in the query, by JSON name and by proto name. */
  readonly queryFields: ReadonlyMap<string, DescField>
  /** The field that is the whole body, where it is not the whole request. */
  readonly bodyField: DescField | undefined
  readonly yamlField: DescField | undefined
  readonly textField: DescField | undefined
  readonly textMediaTypeField: DescField | undefined
  /** The field of the response that is the whole answer. */
  readonly responseField: DescField | undefined
}

/** All that one path answers to. */
export type Resource = {
  readonly template: string
  /** The template in express' words. */
  readonly pattern: string
  readonly routes: ReadonlyMap<string, Route>
}

const VARIABLE = /^\{([a-z][a-z0-9_]*)\}$/

/** The paths of the contract; fixed words before variables, so that `/v1/labs/own` is not taken for a lab's name. */
export function resources(of: readonly ContractMethod[] = methods): readonly Resource[] {
  const byTemplate = new Map<string, Map<string, Route>>()
  for (const method of of) {
    for (const binding of method.bindings) {
      const route = routeOf(method, binding)
      const routes = byTemplate.get(binding.template) ?? new Map<string, Route>()
      if (routes.has(route.verb)) throw new Error(`${route.verb} ${binding.template} is bound twice`)
      byTemplate.set(binding.template, routes.set(route.verb, route))
    }
  }
  return [...byTemplate]
    .sort(([a], [b]) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .map(([template, routes]) => ({ template, pattern: patternOf(template), routes }))
}

function routeOf(method: ContractMethod, binding: HttpBinding): Route {
  const request = messageType(method.requestName)
  const response = messageType(method.responseName)
  const pathFields = segmentsOf(binding.template).flatMap((segment) => {
    const name = VARIABLE.exec(segment)?.[1]
    return name === undefined ? [] : [fieldOf(request, name)]
  })
  const yamlField = optionalField(request, method.yamlField)
  // With body "*" nothing is left for the query, save where the body may be one field's text.
  const takesQuery = binding.body !== '*' || yamlField !== undefined
  const inQuery = request.fields.filter(
    (field) =>
      takesQuery && !pathFields.includes(field) && field !== yamlField && field.name !== binding.body && isText(field),
  )
  return {
    method,
    binding,
    verb: binding.verb.toUpperCase(),
    request,
    response,
    pathFields,
    queryFields: new Map(
      inQuery.flatMap((field) => [
        [field.jsonName, field],
        [field.name, field],
      ]),
    ),
    bodyField: binding.body === '*' ? undefined : optionalField(request, binding.body),
    yamlField,
    textField: optionalField(response, method.textField),
    textMediaTypeField: optionalField(response, method.textMediaTypeField),
    responseField: optionalField(response, binding.responseBody),
  }
}

/** Messages that proto3 JSON writes as one text. */
const TEXT_MESSAGES = ['Timestamp', 'Duration', 'FieldMask'].map((name) => `google.protobuf.${name}`)

/** Whether a query parameter can carry the field: scalars, enums, lists of them, and messages that are one text. */
function isText(field: DescField): boolean {
  if (field.fieldKind === 'map') return false
  return field.message === undefined || TEXT_MESSAGES.includes(field.message.typeName)
}

function fieldOf(message: DescMessage, name: string): DescField {
  const field = message.fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error(`${message.typeName} has no field ${name}, which its REST route names`)
  return field
}

function optionalField(message: DescMessage, name: string): DescField | undefined {
  return name === '' ? undefined : fieldOf(message, name)
}

function segmentsOf(template: string): string[] {
  return template.slice(1).split('/')
}

/** Variables sort behind every word, since `~` is behind every letter. */
function sortKey(template: string): string {
  return segmentsOf(template)
    .map((segment) => (segment.startsWith('{') ? '~' : segment))
    .join('/')
}

function patternOf(template: string): string {
  let variables = 0
  const segments = segmentsOf(template).map((segment) => {
    if (VARIABLE.test(segment)) return `:p${variables++}`
    // Patterns like {name=labs/*} or custom verbs would need words of express that nothing here uses yet.
    if (!/^[a-z0-9.-]+$/.test(segment)) throw new Error(`the REST route ${template} is of a form that is not served`)
    return segment
  })
  return `/${segments.join('/')}`
}
