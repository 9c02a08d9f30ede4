import {
  type ClientDuplexStream,
  type Metadata,
  type ServerDuplexStream,
  type StatusObject,
  status,
} from '@grpc/grpc-js'
import { fromGrpcStatus, toGrpcStatus } from '../../contract/error-details.ts'
import { type FailureReport, reportFailure } from '../../contract/failure-report.ts'
import { HTTP_HINTS, REQUEST_ID_HEADER } from '../../contract/headers.ts'

export type ForwardOptions = {
  readonly requestId: string
  readonly maxMessageBytes: number
  /** Called once, with the gRPC code that the caller got. */
  readonly onEnd: (code: number) => void
}

/**
 * Joins a caller's call to the engine's, byte for byte and both ways: each side is read only as fast as the other one
 * writes; cancelling, metadata and status with its details pass through.
 * @returns ends the call with a failure of ours, cancelling the engine's half
 */
export function forward(
  call: ServerDuplexStream<Buffer, Buffer>,
  engine: ClientDuplexStream<Buffer, Buffer>,
  { requestId, maxMessageBytes, onEnd }: ForwardOptions,
): (report: FailureReport) => void {
  let over = false
  const end = (code: number, finish: () => void) => {
    if (over) return
    over = true
    onEnd(code)
    finish()
  }
  const fail = (report: FailureReport) => {
    end(status.CANCELLED, () => refuse(call, report))
    engine.cancel()
  }

  call.on('data', (message: Buffer) => {
    if (message.length > maxMessageBytes) {
      fail(reportFailure({ kind: 'body-too-large', limitBytes: maxMessageBytes }, requestId))
    } else if (!engine.write(message)) {
      call.pause()
    }
  })
  engine.on('drain', () => call.resume())
  call.on('end', () => engine.end())
  // grpc-js says this after every call, those that went well included; then there is nothing left to cancel.
  call.on('cancelled', () => {
    end(status.CANCELLED, () => {})
    engine.cancel()
  })

  engine.on('metadata', (metadata: Metadata) => call.sendMetadata(forCallers(metadata, requestId)))
  engine.on('data', (message: Buffer) => {
    if (!over && !call.write(message)) engine.pause()
  })
  call.on('drain', () => engine.resume())
  // The status overtakes messages that wait because the caller reads slowly; 'end' comes after the last one was written.
  let answer: StatusObject | undefined
  let read = false
  const finish = () => {
    if (!read || answer === undefined) return
    const final = answer
    end(final.code, () =>
      final.code === status.OK ? call.end(final.metadata) : emitStatus(call, withDetails(final, requestId)),
    )
  }
  // Without a listener an 'error' event would end the process; 'status' tells the same.
  engine.on('error', () => {})
  engine.on('status', (final: StatusObject) => {
    answer = final
    finish()
  })
  engine.on('end', () => {
    read = true
    finish()
  })
  return fail
}

/** Ends a call with a failure. */
export function refuse(call: ServerDuplexStream<Buffer, Buffer>, report: FailureReport): void {
  emitStatus(call, toGrpcStatus(report))
}

function emitStatus(call: ServerDuplexStream<Buffer, Buffer>, final: StatusObject): void {
  // The way grpc-js is told a status other than OK on a stream.
  call.emit('error', Object.assign(new Error(final.details), final))
}

/** Codes that grpc-js gives by itself when the engine is gone or late; its words are about sockets and file names. */
const MADE_BY_TRANSPORT: readonly number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED]

function withDetails(final: StatusObject, requestId: string): StatusObject {
  if (final.metadata.get('grpc-status-details-bin').length > 0 || !MADE_BY_TRANSPORT.includes(final.code)) return final
  return toGrpcStatus(fromGrpcStatus(final, requestId))
}

function forCallers(metadata: Metadata, requestId: string): Metadata {
  const kept = metadata.clone()
  for (const hint of HTTP_HINTS) kept.remove(hint)
  kept.set(REQUEST_ID_HEADER, requestId)
  return kept
}
