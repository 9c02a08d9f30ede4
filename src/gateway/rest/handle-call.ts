import type { ClientReadableStream } from '@grpc/grpc-js'
import type { Request, Response } from 'express'
import { reportFailure } from '../../contract/failure-report.ts'
import { LabError } from '../../errors.ts'
import { ANYBODY } from '../authenticate.ts'
import { engineMetadata } from '../call-context.ts'
import type { Doors } from '../doors.ts'
import { oneAnswer, sendAnswer } from './answer.ts'
import { composeRequest } from './compose-request.ts'
import { chooseStreamForm, chooseUnaryForm } from './negotiate.ts'
import { readBody } from './read-body.ts'
import type { Route } from './routes.ts'
import { streamAnswer } from './stream-answer.ts'

/** Longest time a caller may ask for: a day. */
const MAX_TIMEOUT_MS = 86_400_000

/**
 * One REST call, from its headers to its answer: who calls, which form of answer, what is asked; then the engine.
 * A caller that goes away cancels the engine's call; what must not stop half-way ignores that in the engine.
 *
 * @throws LabError, ReportedFailure - nothing was sent then
 */
export async function handleCall(route: Route, request: Request, response: Response, doors: Doors): Promise<void> {
  const requestId = requestIdOf(response)
  const principal = authenticate(route, request, doors)
  const deadline = deadlineOf(request)
  const streaming = route.method.serverStreaming
  const form = streaming ? chooseStreamForm(request) : chooseUnaryForm(request, route)
  const body = await readBody(request, {
    taken: route.binding.body !== '',
    yaml: route.yamlField !== undefined,
    limitBytes: doors.config.limits.maxDocumentBytes,
  })
  const message = composeRequest(route, {
    path: route.pathFields.map((_, index) => pathValue(request, index)),
    query: queryOf(request),
    headers: request.headers,
    body,
  })
  if (response.destroyed) throw new LabError({ kind: 'cancelled' })

  const call = doors.engine.request(route.method.path, message, {
    metadata: engineMetadata(principal, requestId, (name) => request.header(name)),
    ...(deadline !== undefined && { deadline }),
  })
  if (form === 'ndjson' || form === 'sse') {
    const stream = streamAnswer(response, call, { route, form, instance: instanceOf(request), requestId })
    const forget = doors.openCalls.addStream(() => stream.fail(reportFailure({ kind: 'shutting-down' }, requestId)))
    await stream.done
    forget()
    return
  }
  cancelWhenGone(response, call)
  sendAnswer(request, response, route, form, await oneAnswer(call, requestId))
}

/** Set by the door on every answer, so that the answer is where it is found. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader('X-Request-Id') ?? '')
}

export function authenticate(route: { method: { open: boolean } }, request: Request, doors: Doors): string {
  if (route.method.open) return ANYBODY
  const admitted = doors.authenticator.authenticate(request.headers.authorization, request.socket.remoteAddress ?? '')
  if ('principal' in admitted) return admitted.principal
  doors.metrics.countRefusedToken()
  throw new LabError(admitted.failure)
}

/** The path that was called, for problems and the log: as much of it as says something. */
export function instanceOf(request: Request): string {
  return request.path.slice(0, 200)
}

/** What follows the `?`, as it was sent: express' own parsers forgive what we report. */
export function queryOf(request: Request): string {
  const mark = request.url.indexOf('?')
  return mark === -1 ? '' : request.url.slice(mark + 1)
}

function pathValue(request: Request, index: number): string {
  const value = request.params[`p${index}`]
  return typeof value === 'string' ? value : ''
}

function deadlineOf(request: Request): number | undefined {
  const header = request.header('x-timeout-ms')
  if (header === undefined) return undefined
  const timeoutMs = /^\d{1,8}$/.test(header) ? Number(header) : 0
  if (timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS) return Date.now() + timeoutMs
  const message = `the header X-Timeout-Ms must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}`
  throw new LabError({ kind: 'invalid-request', problems: [{ path: '', reason: 'OUT_OF_RANGE', message }] })
}

function cancelWhenGone(response: Response, call: ClientReadableStream<Buffer>): void {
  response.once('close', () => {
    if (!response.writableFinished) call.cancel()
  })
}
