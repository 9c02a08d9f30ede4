import type { ServerResponse } from 'node:http'
import type { FailureReport } from '../../contract/failure-report.ts'
import { pointerOf } from './paths.ts'

/** A failure as RFC 9457 problem details; our own members repeat what gRPC's details carry. */
export type ProblemJson = {
  /** Page that explains this kind, relative to the server. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** Path that was called. */
  readonly instance: string
  /** google.rpc.Code by name. */
  readonly code: string
  readonly reason: string
  readonly domain: string
  readonly metadata: Readonly<Record<string, string>>
  readonly requestId: string
  readonly errors: readonly {
    readonly field: string
    /** RFC 6901, of `field`. */
    readonly pointer: string
    readonly reason: string
    readonly description: string
    readonly line?: number
    readonly column?: number
  }[]
}

export function problemJson(report: FailureReport, instance: string): ProblemJson {
  const kind = report.reason.toLowerCase().replaceAll('_', '-')
  const words = kind.replaceAll('-', ' ')
  return {
    type: `/docs/errors#${kind}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status: report.http,
    detail: report.message,
    instance,
    code: report.code,
    reason: report.reason,
    domain: report.domain,
    metadata: report.metadata,
    requestId: report.requestId,
    errors: report.violations.map(({ field, reason, description, line, column }) => ({
      field,
      pointer: pointerOf(field),
      reason,
      description,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    })),
  }
}

/** Answers with a problem, whatever the caller accepts: an error that cannot be read helps nobody (RFC 9110, 15.5.7). */
export function sendProblem(response: ServerResponse, report: FailureReport, instance: string): void {
  const text = JSON.stringify(problemJson(report, instance))
  response.statusCode = report.http
  response.setHeader('Content-Type', 'application/problem+json')
  for (const [name, value] of Object.entries(headersOf(report))) response.setHeader(name, value)
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}

/** The headers that go with some statuses (RFC 9110 and 6750). */
function headersOf(report: FailureReport): Record<string, string> {
  switch (report.http) {
    case 401:
      return { 'WWW-Authenticate': 'Bearer realm="netns-lab"' }
    case 405:
      return { Allow: report.metadata.allowed ?? '' }
    case 413:
      // The rest of the body is on its way and nobody will read it.
      return { Connection: 'close' }
    case 429:
    case 503:
      return { 'Retry-After': String(Math.ceil((report.retryAfterMs ?? 1000) / 1000)) }
    default:
      return {}
  }
}
