/**
 * Every way an operation can fail, how each is worded, and which status each has over gRPC and HTTP.
 * Both doors render the same failure: kind, sentence, metadata and problems (see docs/errors.md).
 */

/** One thing wrong with a spec or a request, at the place the caller can mend. */
export type Problem = {
  /** Path from the top of the spec or request, e.g. `hosts[2].interfaces[0].address`; '' is the whole document. */
  readonly path: string
  /** One sentence, without a full stop at the end being required; says what is wrong and what would be right. */
  readonly message: string
  /** Stable upper-snake word for programs, e.g. `UNKNOWN_FIELD`, `DUPLICATE_ADDRESS`. */
  readonly reason: string
  /** Position in the YAML text, from 1; absent when the spec came as data. */
  readonly line?: number
  readonly column?: number
}

/** What the kernel said, in the few words that the kernel folder translates errno and acknowledgements into. */
export type RefusalKind = 'exists' | 'not-found' | 'denied' | 'unsupported' | 'exhausted' | 'timeout' | 'failed'

export type Failure =
  | { readonly kind: 'invalid-spec'; readonly problems: readonly Problem[] }
  | { readonly kind: 'invalid-request'; readonly problems: readonly Problem[] }
  | { readonly kind: 'lab-not-found'; readonly lab: string }
  | { readonly kind: 'member-not-found'; readonly lab: string; readonly member: string; readonly field: string }
  | { readonly kind: 'lab-exists'; readonly lab: string }
  | { readonly kind: 'lab-busy'; readonly lab: string; readonly state: string }
  | { readonly kind: 'lab-not-ready'; readonly lab: string; readonly state: string }
  | { readonly kind: 'etag-mismatch'; readonly lab: string; readonly given: string }
  | { readonly kind: 'request-id-reused'; readonly requestId: string }
  | {
      readonly kind: 'limit-exceeded'
      readonly limit: string
      readonly needed: number
      readonly available: number
      readonly remedy: string
    }
  | {
      readonly kind: 'apply-failed'
      readonly lab: string
      /** Spec path that the refused object served, e.g. `links[2]`. */
      readonly origin: string
      /** Key of the refused object, e.g. `veth nl01234567-0:eth0 -- nl01234567-1:p1`. */
      readonly object: string
      readonly refusal: RefusalKind
      /** Keys of the objects that undoing could not remove; empty when all was undone. */
      readonly leftovers: readonly string[]
    }
  | {
      readonly kind: 'not-as-planned'
      readonly lab: string
      readonly drifts: readonly string[]
      readonly leftovers: readonly string[]
    }
  | { readonly kind: 'remove-failed'; readonly lab: string; readonly leftovers: readonly string[] }
  | { readonly kind: 'store-failed'; readonly lab: string; readonly refusal: 'full' | 'read-only' | 'failed' }
  | { readonly kind: 'unauthenticated'; readonly because: 'missing' | 'invalid' }
  | { readonly kind: 'permission-denied'; readonly method: string }
  | { readonly kind: 'too-many-requests'; readonly retryAfterMs: number }
  | { readonly kind: 'deadline-exceeded' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'shutting-down' }
  | { readonly kind: 'engine-unreachable' }
  | { readonly kind: 'unimplemented'; readonly method: string }
  | { readonly kind: 'route-not-found'; readonly method: string; readonly path: string }
  | { readonly kind: 'method-not-allowed'; readonly method: string; readonly allowed: readonly string[] }
  | { readonly kind: 'not-acceptable'; readonly offered: readonly string[] }
  | { readonly kind: 'unsupported-media-type'; readonly offered: readonly string[] }
  | { readonly kind: 'body-too-large'; readonly limitBytes: number }
  | { readonly kind: 'internal'; readonly incident: string }

/** Canonical gRPC codes by name (google.rpc.Code); numbers here so that pure code needs no gRPC package. */
export const GRPC_CODE = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

export type GrpcCodeName = keyof typeof GRPC_CODE

/** Mapping of AIP-193 / google.rpc.Code to HTTP, with three exceptions that HTTP clients expect: 405, 406/415, 412 and 413. */
export const STATUS = {
  'invalid-spec': { code: 'INVALID_ARGUMENT', http: 400 },
  'invalid-request': { code: 'INVALID_ARGUMENT', http: 400 },
  'lab-not-found': { code: 'NOT_FOUND', http: 404 },
  'member-not-found': { code: 'NOT_FOUND', http: 404 },
  'lab-exists': { code: 'ALREADY_EXISTS', http: 409 },
  'lab-busy': { code: 'ABORTED', http: 409 },
  'lab-not-ready': { code: 'FAILED_PRECONDITION', http: 400 },
  'etag-mismatch': { code: 'ABORTED', http: 412 },
  'request-id-reused': { code: 'INVALID_ARGUMENT', http: 422 },
  'limit-exceeded': { code: 'RESOURCE_EXHAUSTED', http: 429 },
  'apply-failed': { code: 'INTERNAL', http: 500 },
  'not-as-planned': { code: 'INTERNAL', http: 500 },
  'remove-failed': { code: 'INTERNAL', http: 500 },
  'store-failed': { code: 'UNAVAILABLE', http: 503 },
  unauthenticated: { code: 'UNAUTHENTICATED', http: 401 },
  'permission-denied': { code: 'PERMISSION_DENIED', http: 403 },
  'too-many-requests': { code: 'RESOURCE_EXHAUSTED', http: 429 },
  'deadline-exceeded': { code: 'DEADLINE_EXCEEDED', http: 504 },
  cancelled: { code: 'CANCELLED', http: 499 },
  'shutting-down': { code: 'UNAVAILABLE', http: 503 },
  'engine-unreachable': { code: 'UNAVAILABLE', http: 503 },
  unimplemented: { code: 'UNIMPLEMENTED', http: 501 },
  'route-not-found': { code: 'NOT_FOUND', http: 404 },
  'method-not-allowed': { code: 'UNIMPLEMENTED', http: 405 },
  'not-acceptable': { code: 'INVALID_ARGUMENT', http: 406 },
  'unsupported-media-type': { code: 'INVALID_ARGUMENT', http: 415 },
  'body-too-large': { code: 'RESOURCE_EXHAUSTED', http: 413 },
  internal: { code: 'INTERNAL', http: 500 },
} as const satisfies Record<Failure['kind'], { code: GrpcCodeName; http: number }>

/** The stable word for programs: `lab-not-found` becomes `LAB_NOT_FOUND` (google.rpc.ErrorInfo.reason). */
export function reasonOf(failure: Failure): string {
  return failure.kind.replaceAll('-', '_').toUpperCase()
}

/** ErrorInfo.domain of every failure. */
export const ERROR_DOMAIN = 'netns-lab'

/** The one sentence both doors say. Facts in it also stand in `metadataOf`, so that programs need not read prose. */
export function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'invalid-spec':
      return `The lab spec has ${count(failure.problems.length, 'problem')}; nothing was built`
    case 'invalid-request':
      return `The request has ${count(failure.problems.length, 'problem')}`
    case 'lab-not-found':
      return `There is no lab named "${failure.lab}"`
    case 'member-not-found':
      return `Lab "${failure.lab}" has no member named "${failure.member}"`
    case 'lab-exists':
      return `A lab named "${failure.lab}" exists already`
    case 'lab-busy':
      return `Lab "${failure.lab}" is ${failure.state}; try again when that is done`
    case 'lab-not-ready':
      return `Lab "${failure.lab}" is ${failure.state}, not ready`
    case 'etag-mismatch':
      return `Lab "${failure.lab}" has changed since etag "${failure.given}" was read`
    case 'request-id-reused':
      return `Request id "${failure.requestId}" was used before with another request`
    case 'limit-exceeded':
      return `This needs ${failure.needed} of ${failure.limit} and ${failure.available} are left; ${failure.remedy}`
    case 'apply-failed':
      return `The kernel refused (${failure.refusal}) what ${failure.origin || 'the spec'} asks for: ${failure.object}; ${undone(failure.leftovers)}`
    case 'not-as-planned':
      return `The kernel does not hold what was planned (${count(failure.drifts.length, 'difference')}, first: ${failure.drifts[0] ?? 'none'}); ${undone(failure.leftovers)}`
    case 'remove-failed':
      return `Lab "${failure.lab}" could not be removed wholly; left: ${failure.leftovers.join(', ')}`
    case 'store-failed':
      return `The record of lab "${failure.lab}" could not be saved (${failure.refusal})`
    case 'unauthenticated':
      return failure.because === 'missing' ? 'A bearer token is needed' : 'The bearer token is not valid'
    case 'permission-denied':
      return `This token may not call ${failure.method}`
    case 'too-many-requests':
      return `Too many requests; try again in ${failure.retryAfterMs} ms`
    case 'deadline-exceeded':
      return 'The deadline passed before the answer was there'
    case 'cancelled':
      return 'The caller went away'
    case 'shutting-down':
      return 'The server is stopping'
    case 'engine-unreachable':
      return 'The engine does not answer'
    case 'unimplemented':
      return `There is no method ${failure.method}`
    case 'route-not-found':
      return `There is nothing at ${failure.method} ${failure.path}`
    case 'method-not-allowed':
      return `${failure.method} is not allowed here; allowed: ${failure.allowed.join(', ')}`
    case 'not-acceptable':
      return `None of the accepted media types can be given; offered: ${failure.offered.join(', ')}`
    case 'unsupported-media-type':
      return `This media type is not read here; read are: ${failure.offered.join(', ')}`
    case 'body-too-large':
      return `The request is larger than ${failure.limitBytes} bytes`
    case 'internal':
      return `Something went wrong inside the server; the log names it by incident ${failure.incident}`
  }
}

/** The facts of the sentence as strings (google.rpc.ErrorInfo.metadata); lists are joined by a comma and a space. */
export function metadataOf(failure: Failure): Record<string, string> {
  const metadata: Record<string, string> = {}
  for (const [key, value] of Object.entries(failure)) {
    if (key === 'kind' || key === 'problems') continue
    metadata[key] = Array.isArray(value) ? value.slice(0, 20).join(', ') : String(value)
  }
  return metadata
}

export function problemsOf(failure: Failure): readonly Problem[] {
  return 'problems' in failure ? failure.problems : []
}

/** What stops a use case. `cause` (errno, tool output) is for the log and never reaches a caller. */
export class LabError extends Error {
  readonly failure: Failure
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(describe(failure), options)
    this.name = 'LabError'
    this.failure = failure
  }
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

function undone(leftovers: readonly string[]): string {
  return leftovers.length === 0 ? 'everything was undone' : `not undone: ${leftovers.join(', ')}`
}
