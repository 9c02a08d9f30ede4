import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type StatusObject,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import { HTTP_ETAG_HINT, HTTP_LOCATION_HINT, HTTP_STATUS_HINT } from '../contract/headers.ts'
import { LabError } from '../errors.ts'
import { type CallRunner, type Ended, toStatus } from './call-runner.ts'
import type { AnyMethod, Dialogue, HttpHints, ServerStream, Unary } from './method.ts'

type Definition = MethodDefinition<object, object>
// biome-ignore lint/suspicious/noExplicitAny: the messages of any method; `MethodsOf` checked that method and definition fit.
type Message = any

/**
 * The one place where grpc-js calls our code: every handler is wrapped here, so that each call is answered exactly once,
 * with the failure's own status and details, and so that nothing thrown can reach a caller as it is.
 * Requests and answers are bytes to grpc-js: its own reply to bytes that it cannot decode would be INTERNAL.
 */
export function adapt(definition: Definition, method: AnyMethod, runner: CallRunner): UntypedHandleCall {
  switch (method.kind) {
    case 'unary':
      return adaptUnary(definition, method, runner)
    case 'server-stream':
      return adaptServerStream(definition, method, runner)
    case 'dialogue':
      return adaptDialogue(definition, method, runner)
  }
}

function adaptUnary(
  definition: Definition,
  method: Unary<Message, Message>,
  runner: CallRunner,
): handleUnaryCall<Buffer, Buffer> {
  return (surface, callback) => {
    const hints: HttpHints[] = []
    let hinted: Metadata | undefined
    const work = runner.run(definition.path, method, surface, async (call) => {
      const request = decode(definition, surface.request)
      const answer = await method.handle(request, { ...call, hint: (given) => hints.push(given) })
      if (hints.length > 0) hinted = hintMetadata(hints)
      return definition.responseSerialize(answer)
    })
    void work.then((ended) => {
      if (!ended.ok) return callback(toStatus(ended))
      if (hinted !== undefined) surface.sendMetadata(hinted)
      callback(null, ended.value)
    })
  }
}

function adaptServerStream(
  definition: Definition,
  method: ServerStream<Message, Message>,
  runner: CallRunner,
): handleServerStreamingCall<Buffer, Buffer> {
  return (stream) => {
    let over = false
    const work = runner.run(definition.path, method, stream, async (call) => {
      const send = async (message: Message) => {
        // A write behind the end would replace the status that was sent.
        if (!over) await write(stream, definition.responseSerialize(message), call.signal)
      }
      await method.handle(decode(definition, stream.request), call, send)
    })
    void work.then((ended) => {
      over = true
      finish(stream, ended)
    })
  }
}

function adaptDialogue(
  definition: Definition,
  method: Dialogue<Message, Message>,
  runner: CallRunner,
): (stream: ServerDuplexStream<Buffer, Buffer>) => void {
  return (stream) => {
    const work = runner.run(definition.path, method, stream, async (call) => {
      // A stream that is left early must not be destroyed by the loop: its status is still to be sent.
      const requests: AsyncIterable<Buffer> = (stream as unknown as Readable).iterator({ destroyOnReturn: false })
      for await (const bytes of requests) {
        const answer = await method.handle(decode(definition, bytes), call)
        await write(stream, definition.responseSerialize(answer), call.signal)
      }
    })
    void work.then((ended) => finish(stream, ended))
  }
}

type Outgoing = {
  write(bytes: Buffer): boolean
  end(): void
  emit(event: 'error', status: StatusObject): boolean
  readonly destroyed?: boolean
}

/** Resolves when the caller can take more, so that a slow reader holds up the work instead of filling our memory. */
async function write(stream: Outgoing, bytes: Buffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!stream.write(bytes)) await once(stream as unknown as Writable, 'drain', { signal })
}

function finish(stream: Outgoing, ended: Ended<void>): void {
  if (stream.destroyed) return
  // grpc-js takes a stream's status from its `error` event, after what was written before it.
  if (ended.ok) stream.end()
  else stream.emit('error', toStatus(ended))
}

/** @throws LabError invalid-request for bytes that are not this message, and for nesting beyond 100 levels */
function decode(definition: Definition, bytes: Buffer): Message {
  try {
    return definition.requestDeserialize(bytes)
  } catch (cause) {
    const message = `the bytes are not a ${definition.path.slice(1)} request`
    throw new LabError({ kind: 'invalid-request', problems: [{ path: '', message, reason: 'UNDECODABLE' }] }, { cause })
  }
}

function hintMetadata(hints: readonly HttpHints[]): Metadata {
  const { status, location, etag } = Object.assign({}, ...hints) as HttpHints
  const metadata = new Metadata()
  if (status !== undefined) metadata.set(HTTP_STATUS_HINT, String(status))
  if (location !== undefined) metadata.set(HTTP_LOCATION_HINT, location)
  if (etag !== undefined) metadata.set(HTTP_ETAG_HINT, etag)
  return metadata
}
