import { fromBinary, toJson } from '@bufbuild/protobuf'
import { type Client, type ClientReadableStream, Metadata, type ServiceError } from '@grpc/grpc-js'
import { registry } from '../../src/contract/descriptors.ts'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import type { FailureReport } from '../../src/contract/failure-report.ts'
import { type ContractMethod, messageType, methods } from '../../src/contract/methods.ts'
import { encode } from './fake-engine.ts'
import { TOKEN } from './start-gateway.ts'

export type AskedGrpc = {
  /** Beside the token; '' leaves a key out, the token's included. */
  readonly headers?: Readonly<Record<string, string>>
  readonly deadlineMs?: number
}

export type GrpcAnswer = {
  /** As proto3 JSON. */
  readonly answers: readonly unknown[]
  readonly head: Metadata
  readonly error: ServiceError | undefined
  readonly report: FailureReport | undefined
}

export function methodNamed(name: string): ContractMethod {
  const found = methods.find((method) => method.name === name)
  if (found === undefined) throw new Error(`the contract has no ${name}`)
  return found
}

/** Starts a call with one request, as JSON or as bytes; its answers are bytes. */
export function startGrpc(
  client: Client,
  { path, requestName }: ContractMethod,
  request: object | Buffer,
  { headers, deadlineMs }: AskedGrpc = {},
): ClientReadableStream<Buffer> {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries({ authorization: `Bearer ${TOKEN}`, ...headers })) {
    if (value !== '') metadata.set(key, value)
  }
  const asIs = (bytes: Buffer): Buffer => bytes
  const bytes = Buffer.isBuffer(request) ? request : encode(messageType(requestName), request)
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  return client.makeServerStreamRequest(path, asIs, asIs, bytes, metadata, options)
}

/** Asks and collects. With `everyField`, answers have also the fields that are at their default. */
export async function askGrpc(
  client: Client,
  method: ContractMethod,
  request: object | Buffer,
  { everyField = false, ...asked }: AskedGrpc & { readonly everyField?: boolean } = {},
): Promise<GrpcAnswer> {
  const call = startGrpc(client, method, request, asked)
  const type = messageType(method.responseName)
  const answers: unknown[] = []
  let head = new Metadata()
  call.on('metadata', (metadata: Metadata) => {
    head = metadata
  })
  call.on('data', (bytes: Buffer) => {
    answers.push(toJson(type, fromBinary(type, bytes), { registry, alwaysEmitImplicit: everyField }))
  })
  const error = await new Promise<ServiceError | undefined>((resolve) => {
    call.once('error', resolve)
    call.once('end', () => resolve(undefined))
  })
  return { answers, head, error, report: error && fromGrpcStatus(error, '') }
}
