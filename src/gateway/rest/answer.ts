import { type DescField, fromBinary, type Message, toJson } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import type { ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js'
import type { Request, Response } from 'express'
import { registry } from '../../contract/descriptors.ts'
import { fromGrpcStatus } from '../../contract/error-details.ts'
import { HTTP_ETAG_HINT, HTTP_LOCATION_HINT, HTTP_STATUS_HINT } from '../../contract/headers.ts'
import { JSON_TYPE, textTypeFor, type UnaryForm } from './negotiate.ts'
import { ReportedFailure } from './reported-failure.ts'
import type { Route } from './routes.ts'

/** How long a caller may take to read an answer that is written. */
const READ_TIMEOUT_MS = 30_000

export type EngineAnswer = { readonly message: Buffer; readonly metadata: Metadata | undefined }

/**
 * The one answer of a unary call.
 * @throws ReportedFailure what the engine, or the way to it, says
 */
export function oneAnswer(call: ClientReadableStream<Buffer>, requestId: string): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    let metadata: Metadata | undefined
    let message: Buffer | undefined
    call.once('metadata', (received) => {
      metadata = received
    })
    call.on('data', (received: Buffer) => {
      message = received
    })
    call.once('error', (error: ServiceError) => reject(new ReportedFailure(fromGrpcStatus(error, requestId))))
    // After 'error' this rejects a promise that is settled already.
    call.once('end', () => {
      if (message !== undefined) resolve({ message, metadata })
      else reject(new Error('the engine said OK without an answer'))
    })
  })
}

/** Proto3 JSON with every field that has no presence of its own, so that programs need not know the defaults. */
export function messageJson(route: Route, message: Buffer): unknown {
  return toJson(route.response, fromBinary(route.response, message), { registry, alwaysEmitImplicit: true })
}

export function sendAnswer(
  request: Request,
  response: Response,
  route: Route,
  form: UnaryForm,
  { message, metadata }: EngineAnswer,
): void {
  const { type, text } = form === 'text' ? textAnswer(request, route, message) : jsonAnswer(route, message)
  applyHints(response, metadata)
  response.setHeader('Content-Type', type)
  // Encoded once: a text would be measured first and encoded again on its way out.
  const body = Buffer.from(text)
  response.setHeader('Content-Length', body.length)
  response.setTimeout(READ_TIMEOUT_MS, () => response.destroy())
  response.end(body)
}

type TypedText = { readonly type: string; readonly text: string }

function jsonAnswer(route: Route, message: Buffer): TypedText {
  const json = messageJson(route, message)
  const whole = route.responseField === undefined ? json : (memberOf(json, route.responseField) ?? null)
  return { type: JSON_TYPE, text: JSON.stringify(whole) }
}

function textAnswer(request: Request, route: Route, bytes: Buffer): TypedText {
  const message = fromBinary(route.response, bytes)
  const type = textTypeFor(request, route, textOf(route, message, route.textMediaTypeField))
  return { type: `${type}; charset=utf-8`, text: textOf(route, message, route.textField) }
}

function textOf(route: Route, message: Message, field: DescField | undefined): string {
  return field?.fieldKind === 'scalar' ? String(reflect(route.response, message).get(field)) : ''
}

function memberOf(json: unknown, field: DescField): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, field.jsonName) : undefined
}

function applyHints(response: Response, metadata: Metadata | undefined): void {
  const hint = (name: string) => metadata?.get(name)[0]?.toString()
  const status = Number(hint(HTTP_STATUS_HINT) ?? 200)
  if (Number.isInteger(status) && status >= 200 && status < 300) response.statusCode = status
  const location = hint(HTTP_LOCATION_HINT)
  if (location !== undefined) response.setHeader('Location', location)
  const etag = hint(HTTP_ETAG_HINT)
  if (etag !== undefined) response.setHeader('ETag', `"${etag}"`)
}
