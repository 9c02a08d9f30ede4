import { fromBinary, toJson } from '@bufbuild/protobuf'
import { Client, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js'
import { registry } from '../../src/contract/descriptors.ts'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import type { FailureReport } from '../../src/contract/failure-report.ts'
import { type ContractMethod, messageType } from '../../src/contract/methods.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { type Asked, askRest } from './ask-rest.ts'
import { type Json, requestBytes, restRequest } from './contract-request.ts'
import { TOKEN } from './start-gateway.ts'
import { metadataFrom } from './test-engine.ts'

/** What either door said, in the same words: messages as proto3 JSON, and the failure that ended the call. */
export type Said = {
  readonly messages: readonly unknown[]
  readonly failure?: Omit<FailureReport, 'requestId' | 'resource'>
}

export type CallOptions = {
  /** null: none. */
  readonly token?: string | null
  readonly timeoutMs?: number
}

/** Where a server's two doors are, in this process or another. */
export type Doors = { readonly gateway: Pick<Gateway, 'restAddress' | 'grpcAddress'> }

/** Over the gateway's gRPC door, with a client that hands bytes through; protobuf-es turns them into JSON. */
export async function sayGrpc(
  { gateway }: Doors,
  method: ContractMethod,
  request: Json,
  { token = TOKEN, timeoutMs }: CallOptions = {},
): Promise<Said> {
  const client = new Client(gateway.grpcAddress, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
  })
  const asIs = (bytes: Buffer) => bytes
  const headers: Metadata = metadataFrom(token === null ? {} : { authorization: `Bearer ${token}` })
  const call = client.makeServerStreamRequest(method.path, asIs, asIs, requestBytes(method, request), headers, {
    ...(timeoutMs !== undefined && { deadline: Date.now() + timeoutMs }),
  })
  const messages: unknown[] = []
  try {
    for await (const bytes of call) messages.push(messageJson(method, bytes))
    return { messages }
  } catch (error) {
    const { requestId: _, resource: __, ...failure } = fromGrpcStatus(error as ServiceError, '')
    return { messages, failure }
  } finally {
    client.close()
  }
}

function messageJson(method: ContractMethod, bytes: Buffer): unknown {
  const type = messageType(method.responseName)
  const json = toJson(type, fromBinary(type, bytes), { registry, alwaysEmitImplicit: true })
  const whole = method.bindings[0]?.responseBody ?? ''
  return whole === '' ? json : (json as Json)[whole]
}

/** Over the REST door; its answer is held against openapi.yaml on the way. */
export async function sayRest(
  { gateway }: Doors,
  method: ContractMethod,
  request: Json,
  { token, timeoutMs, accept, ...instead }: CallOptions & RestForm = {},
): Promise<Said & { readonly status: number }> {
  const { line, body } = restRequest(method, request)
  const headers = {
    ...instead.headers,
    ...(accept !== undefined && { accept }),
    ...(timeoutMs !== undefined && { 'x-timeout-ms': String(timeoutMs) }),
  }
  const asked: Asked = {
    headers,
    ...(token !== undefined && { token }),
    ...('body' in instead ? { body: instead.body } : body !== undefined && { body }),
  }
  const answer = await askRest(gateway, instead.line ?? line, asked)
  const { status } = answer
  if (status >= 400) return { status, messages: [], failure: failureOf(answer.json, answer.headers['retry-after']) }
  if (!method.serverStreaming) return { status, messages: [answer.json ?? answer.text] }
  return { status, ...(accept === 'text/event-stream' ? readEvents(answer.text) : readLines(answer.text)) }
}

export type RestForm = {
  readonly accept?: string
  /** Where the row asks otherwise than its annotation says: as YAML, or with HTTP's own headers. */
  readonly line?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function readLines(text: string): Said {
  const messages: unknown[] = []
  for (const line of text.split('\n').filter(Boolean)) {
    const json: Json = JSON.parse(line)
    if (isProblem(json.error)) return { messages, failure: failureOf(json.error) }
    messages.push(json)
  }
  return { messages }
}

function readEvents(text: string): Said {
  const messages: unknown[] = []
  for (const event of text.split('\n\n').filter((one) => one !== '' && !one.startsWith(':'))) {
    const json: unknown = JSON.parse(event.slice(event.indexOf('data: ') + 'data: '.length))
    if (event.startsWith('event: error\n')) return { messages, failure: failureOf(json) }
    messages.push(json)
  }
  return { messages }
}

function isProblem(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'domain' in value
}

/** A problem document in the words of a report. It says when to try again in a header, in whole seconds. */
function failureOf(problem: unknown, retryAfter?: string): NonNullable<Said['failure']> {
  const { status, code, reason, domain, detail, metadata, errors } = problem as {
    readonly [K in 'code' | 'reason' | 'domain' | 'detail']: string
  } & { readonly status: number; readonly metadata: Record<string, string>; readonly errors: readonly Json[] }
  const violations = errors.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'pointer')))
  const seconds = metadata.retryAfterMs === undefined ? undefined : Number(retryAfter)
  return {
    http: status,
    code,
    reason,
    domain,
    message: detail,
    metadata,
    violations,
    ...(seconds !== undefined && { retryAfterMs: seconds * 1000 }),
  } as unknown as NonNullable<Said['failure']>
}
