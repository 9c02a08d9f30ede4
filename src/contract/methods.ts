import { type DescMessage, type DescMethod, getOption, type Message } from '@bufbuild/protobuf'
import { registry } from './descriptors.ts'

/** One method of the contract as plain data: what the doors must know of it beyond its messages. */
export type ContractMethod = {
  /** As it stands in the HTTP/2 `:path`: `/netnslab.v1.LabService/CreateLab`. */
  readonly path: string
  /** Full name of the service, e.g. `netnslab.v1.LabService`. */
  readonly service: string
  readonly name: string
  /** Full names of the messages, for `registry.getMessage`. */
  readonly requestName: string
  readonly responseName: string
  readonly clientStreaming: boolean
  readonly serverStreaming: boolean
  /** google.api.http with its additional bindings, the main one first; empty: gRPC only (health, reflection). */
  readonly bindings: readonly HttpBinding[]
  /** A YAML body becomes this string field of the request (proto name, e.g. `spec_yaml`); '' when none. */
  readonly yamlField: string
  /** This string field of the response may be the whole answer (proto name); '' when none. */
  readonly textField: string
  /** Media type of `textField`; '' when there is none. */
  readonly textMediaType: string
  /** This string field of the response (proto name) holds the media type of `textField`; '' when it is always the same. */
  readonly textMediaTypeField: string
  /** May be called without a token. */
  readonly open: boolean
}

export type HttpBinding = {
  readonly verb: HttpVerb
  /** Path template with proto field names, e.g. `/v1/labs/{lab}/ping`. */
  readonly template: string
  /** `*`: the whole request, a proto field name, or '' when there is no body. */
  readonly body: string
  /** Proto field name of the response that is the whole answer, or ''. */
  readonly responseBody: string
}

const VERBS = ['get', 'put', 'post', 'delete', 'patch'] as const
export type HttpVerb = (typeof VERBS)[number]

// Shapes of google/api/http.proto and netnslab/v1/rest.proto, as protobuf-es decodes them.
type HttpRule = Message & {
  readonly pattern: { readonly case?: string; readonly value?: unknown }
  readonly body: string
  readonly responseBody: string
  readonly additionalBindings: readonly HttpRule[]
}
type RestOptions = Message & {
  readonly yamlField: string
  readonly textField: string
  readonly textMediaType: string
  readonly textMediaTypeField: string
  readonly open: boolean
}

/** Every method of every service in the contract, in the order of the proto files. */
export const methods: readonly ContractMethod[] = [...registry]
  .filter((descriptor) => descriptor.kind === 'service')
  .flatMap((service) => service.methods)
  .map(readMethod)

/** Methods by `path`. */
export const methodsByPath: ReadonlyMap<string, ContractMethod> = new Map(
  methods.map((method) => [method.path, method]),
)

/** @throws Error for a name that the descriptor set does not hold: a mistake in our own code, never a caller's */
export function messageType(fullName: string): DescMessage {
  const found = registry.getMessage(fullName)
  if (found === undefined) throw new Error(`the contract has no message ${fullName}`)
  return found
}

function readMethod(method: DescMethod): ContractMethod {
  const http = optionOf<HttpRule>(method, 'google.api.http')
  const rest = optionOf<RestOptions>(method, 'netnslab.v1.rest')
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    service: method.parent.typeName,
    name: method.name,
    requestName: method.input.typeName,
    responseName: method.output.typeName,
    clientStreaming: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    serverStreaming: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    bindings: http === undefined ? [] : [http, ...http.additionalBindings].map((rule) => readRule(method, rule)),
    yamlField: rest?.yamlField ?? '',
    textField: rest?.textField ?? '',
    textMediaType: rest?.textField ? rest.textMediaType || 'text/plain' : '',
    textMediaTypeField: rest?.textMediaTypeField ?? '',
    open: rest?.open ?? false,
  }
}

function optionOf<T extends Message>(method: DescMethod, extensionName: string): T | undefined {
  const extension = registry.getExtension(extensionName)
  if (extension === undefined) throw new Error(`the contract has no option ${extensionName}`)
  if (method.proto.options?.$unknown?.some((field) => field.no === extension.number) !== true) return undefined
  // The registry is dynamic, so the option's type is known only by its proto file; T repeats that.
  return getOption(method, extension) as unknown as T
}

function readRule(method: DescMethod, rule: HttpRule): HttpBinding {
  const verb = VERBS.find((known) => known === rule.pattern.case)
  if (verb === undefined || typeof rule.pattern.value !== 'string') {
    throw new Error(`${method.parent.typeName}.${method.name}: google.api.http without a verb that is served here`)
  }
  return { verb, template: rule.pattern.value, body: rule.body, responseBody: rule.responseBody }
}
