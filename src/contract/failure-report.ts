import {
  describe,
  ERROR_DOMAIN,
  type Failure,
  GRPC_CODE,
  type GrpcCodeName,
  metadataOf,
  type Problem,
  problemsOf,
  reasonOf,
  STATUS,
} from '../errors.ts'

/**
 * A failure as a caller sees it, ready for either door: the engine encodes it into a gRPC status, the gateway reads it
 * back and renders application/problem+json. Both say the same because both render this, limits included.
 */
export type FailureReport = {
  readonly code: GrpcCodeName
  readonly http: number
  /** `LAB_NOT_FOUND` (google.rpc.ErrorInfo.reason). */
  readonly reason: string
  readonly domain: string
  readonly message: string
  readonly metadata: Readonly<Record<string, string>>
  /** At most 50; where there were more, the last one says how many. */
  readonly violations: readonly Violation[]
  readonly resource?: { readonly type: string; readonly name: string }
  readonly retryAfterMs?: number
  /** Names the call in our logs; '' when nobody gave one. */
  readonly requestId: string
}

export type Violation = {
  /** Path from the top of the spec or request, e.g. `hosts[2].interfaces[0].address`; '' is the whole document. */
  readonly field: string
  /** Ends with ` (line 4, column 7)` where the place in the YAML text is known. */
  readonly description: string
  readonly reason: string
  readonly line?: number
  readonly column?: number
}

export const MAX_VIOLATIONS = 50

// C-core clients (Python, C++, Ruby) refuse trailers of more than 8 kB in all, and a detail of 60 kB hangs grpc-js: so
// the texts of a report are cut to a budget that leaves room for framing and the other trailers.
const BUDGET_BYTES = 4800
const MAX_MESSAGE_BYTES = 400
const MAX_METADATA_BYTES = 200
const MAX_FIELD_BYTES = 200
const MAX_DESCRIPTION_BYTES = 400
const OVERHEAD_BYTES = 24

export function reportFailure(failure: Failure, requestId: string): FailureReport {
  const status = STATUS[failure.kind]
  const metadata = Object.fromEntries(
    Object.entries(metadataOf(failure)).map(([key, value]) => [key, cut(value, MAX_METADATA_BYTES)]),
  )
  const used = Object.values(metadata).reduce((sum, value) => sum + bytesOf(value) + OVERHEAD_BYTES, 0)
  return {
    code: status.code,
    http: status.http,
    reason: reasonOf(failure),
    domain: ERROR_DOMAIN,
    message: cut(describe(failure), MAX_MESSAGE_BYTES),
    metadata,
    violations: violationsOf(problemsOf(failure), BUDGET_BYTES - used),
    ...('lab' in failure && { resource: { type: 'netnslab.v1.Lab', name: cut(failure.lab, MAX_METADATA_BYTES) } }),
    ...('retryAfterMs' in failure && { retryAfterMs: failure.retryAfterMs }),
    requestId: cut(requestId, 64),
  }
}

function violationsOf(problems: readonly Problem[], budget: number): readonly Violation[] {
  const violations: Violation[] = []
  let left = budget
  for (const problem of problems) {
    const violation = violationOf(problem)
    left -= bytesOf(violation.field) + bytesOf(violation.description) + bytesOf(violation.reason) + OVERHEAD_BYTES
    const isLast = violations.length === problems.length - 1
    if (left < 0 || (violations.length === MAX_VIOLATIONS - 1 && !isLast)) {
      const more = problems.length - violations.length
      violations.push({
        field: '',
        description: `${more} more problem${more === 1 ? ' is' : 's are'} not listed; mend these first`,
        reason: 'MORE_PROBLEMS',
      })
      break
    }
    violations.push(violation)
  }
  return violations
}

function violationOf(problem: Problem): Violation {
  const place =
    problem.line === undefined
      ? ''
      : problem.column === undefined
        ? ` (line ${problem.line})`
        : ` (line ${problem.line}, column ${problem.column})`
  return {
    field: cut(problem.path, MAX_FIELD_BYTES),
    description: cut(problem.message, MAX_DESCRIPTION_BYTES) + place,
    reason: problem.reason,
    ...(problem.line !== undefined && { line: problem.line }),
    ...(problem.line !== undefined && problem.column !== undefined && { column: problem.column }),
  }
}

/**
 * The report of a status that came without our details: grpc-js made it (a deadline, a lost connection, a message over
 * the limit), or a peer that is not ours. Such texts are not for callers; the code alone is trusted.
 */
export function reportForeignStatus(code: number, requestId: string): FailureReport {
  return reportFailure(foreignFailure(code), requestId)
}

function foreignFailure(code: number): Failure {
  switch (code) {
    case GRPC_CODE.CANCELLED:
      return { kind: 'cancelled' }
    case GRPC_CODE.DEADLINE_EXCEEDED:
      return { kind: 'deadline-exceeded' }
    case GRPC_CODE.UNAVAILABLE:
      return { kind: 'engine-unreachable' }
    case GRPC_CODE.UNIMPLEMENTED:
      return { kind: 'unimplemented', method: 'of this name' }
    default:
      return { kind: 'internal', incident: 'unknown' }
  }
}

/** HTTP status of a report that was decoded: by its reason, else by google.rpc.Code's own mapping. */
export function httpStatusOf(reason: string, code: GrpcCodeName): number {
  const kind = Object.keys(STATUS).find((known) => known.replaceAll('-', '_').toUpperCase() === reason)
  return kind === undefined ? HTTP_OF_CODE[code] : STATUS[kind as Failure['kind']].http
}

const HTTP_OF_CODE = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
} as const satisfies Record<GrpcCodeName, number>

function bytesOf(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** At most `max` bytes of UTF-8, an ellipsis included; lone surrogates become U+FFFD, which grpc-js could not encode. */
function cut(text: string, max: number): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= max) return bytes.toString('utf8')
  return `${bytes
    .subarray(0, max - 3)
    .toString('utf8')
    .replace(/�{1,3}$/, '')}…`
}
