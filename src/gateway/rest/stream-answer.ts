import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js'
import type { Response } from 'express'
import { fromGrpcStatus } from '../../contract/error-details.ts'
import { type FailureReport, reportFailure } from '../../contract/failure-report.ts'
import { messageJson } from './answer.ts'
import { NDJSON_TYPE, SSE_TYPE, type StreamForm } from './negotiate.ts'
import { problemJson, sendProblem } from './problem-json.ts'
import type { Route } from './routes.ts'

/** Proxies cut connections that are silent for a minute; browsers' EventSource skips comments. */
const HEARTBEAT_MS = 15_000
/** A caller that reads nothing for so long is gone. */
const STALLED_MS = 60_000

export type StreamOptions = {
  readonly route: Route
  readonly form: StreamForm
  readonly instance: string
  readonly requestId: string
}

/** How each form writes one answer, and the failure that ends a stream after its first answer. */
const WRITE = {
  ndjson: {
    type: NDJSON_TYPE,
    message: (json: unknown) => `${JSON.stringify(json)}\n`,
    failure: (problem: unknown) => `${JSON.stringify({ error: problem })}\n`,
  },
  sse: {
    type: SSE_TYPE,
    message: (json: unknown) => `data: ${JSON.stringify(json)}\n\n`,
    failure: (problem: unknown) => `event: error\ndata: ${JSON.stringify(problem)}\n\n`,
  },
} as const

/**
 * Writes the engine's answers as they come, no faster than the caller reads. A failure before the first answer gets its
 * HTTP status; after it, the status line is gone and the failure is the last line or event.
 *
 * @returns `done` resolves with the HTTP status that was sent; `fail` ends the stream from our side
 */
export function streamAnswer(
  response: Response,
  call: ClientReadableStream<Buffer>,
  { route, form, instance, requestId }: StreamOptions,
): { readonly done: Promise<number>; readonly fail: (report: FailureReport) => void } {
  const write = WRITE[form]
  let heartbeat: NodeJS.Timeout | undefined
  let stalled: NodeJS.Timeout | undefined
  let over = false
  const start = () => {
    if (response.headersSent) return
    response.statusCode = 200
    response.setHeader('Content-Type', write.type)
    // nginx would collect the answers otherwise.
    response.setHeader('X-Accel-Buffering', 'no')
    response.flushHeaders()
    if (form === 'sse')
      heartbeat = setInterval(() => response.writableNeedDrain || response.write(':\n\n'), HEARTBEAT_MS)
  }
  const finish = (last: () => void) => {
    if (over) return
    over = true
    clearInterval(heartbeat)
    clearTimeout(stalled)
    last()
  }
  const fail = (report: FailureReport) => {
    finish(() => {
      if (!response.headersSent) sendProblem(response, report, instance)
      else response.end(write.failure(problemJson(report, instance)))
    })
    call.cancel()
  }

  call.on('data', (message: Buffer) => {
    if (over) return
    let text: string
    try {
      text = write.message(messageJson(route, message))
    } catch {
      // Thrown from here it would end the process.
      return fail(reportFailure({ kind: 'internal', incident: requestId }, requestId))
    }
    start()
    if (response.write(text)) return
    call.pause()
    clearTimeout(stalled)
    stalled = setTimeout(() => response.destroy(), STALLED_MS)
  })
  response.on('drain', () => {
    clearTimeout(stalled)
    call.resume()
  })
  // As in the gRPC door: the status overtakes answers that wait for a slow reader, 'end' does not.
  let failure: FailureReport | undefined
  call.once('error', (error: ServiceError) => {
    failure = fromGrpcStatus(error, requestId)
  })
  call.once('end', () => {
    if (failure !== undefined) return fail(failure)
    start()
    finish(() => response.end())
  })
  const done = new Promise<number>((resolve) => {
    response.once('close', () => {
      finish(() => {})
      call.cancel()
      resolve(response.statusCode)
    })
  })
  return { done, fail }
}
