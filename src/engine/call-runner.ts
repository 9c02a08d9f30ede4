import { randomBytes } from 'node:crypto'
import type { Metadata, StatusObject } from '@grpc/grpc-js'
import type { Logger } from 'pino'
import { toGrpcStatus } from '../contract/error-details.ts'
import { reportFailure } from '../contract/failure-report.ts'
import { type Failure, LabError, STATUS } from '../errors.ts'
import type { LabsPort } from '../labs/labs-port.ts'
import { readCallFacts } from './call-facts.ts'
import type { AnyMethod, Call } from './method.ts'
import type { OpenCalls } from './open-calls.ts'
import type { RpcMetrics } from './rpc-metrics.ts'

export type Ended<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure; readonly requestId: string }

/** What grpc-js tells of a call of any kind. */
export type Surface = {
  readonly metadata: Metadata
  getDeadline(): Date | number
  on(event: 'cancelled', listener: () => void): unknown
}

export function toStatus(ended: Extract<Ended<unknown>, { ok: false }>): StatusObject {
  return toGrpcStatus(reportFailure(ended.failure, ended.requestId))
}

/** What every call has in common: admission, deadline, cancellation, naming of what was thrown, metrics and the log. */
export class CallRunner {
  readonly #labs: LabsPort
  readonly #log: Logger
  readonly #metrics: RpcMetrics
  readonly #calls: OpenCalls

  constructor(parts: { labs: LabsPort; log: Logger; metrics: RpcMetrics; calls: OpenCalls }) {
    this.#labs = parts.labs
    this.#log = parts.log
    this.#metrics = parts.metrics
    this.#calls = parts.calls
  }

  /** Never rejects. Answers as soon as the call is over for the caller, even if `work` goes on (a create does). */
  async run<T>(path: string, method: AnyMethod, surface: Surface, work: (call: Call) => Promise<T>): Promise<Ended<T>> {
    const startedAt = performance.now()
    const facts = readCallFacts(surface.metadata)
    const log = this.#log.child({ method: path, ...facts })
    const deadlineMs = Math.min(millisecondsUntil(surface.getDeadline()), method.maxMs)
    const open = this.#calls.open(deadlineMs, method.whenStopping ?? 'wait')
    surface.on('cancelled', open.cancel)
    let ended: Ended<T>
    try {
      if (this.#calls.closing && method.whenStopping !== 'answer') throw new LabError({ kind: 'shutting-down' })
      const call: Call = {
        ...facts,
        labs: this.#labs,
        signal: open.signal,
        metricsText: () => this.#metrics.text(),
        hint: () => {},
      }
      ended = { ok: true, value: await untilAborted(work(call), open.signal, log) }
    } catch (error) {
      ended = { ok: false, failure: nameFailure(error, open.signal, log), requestId: facts.requestId }
    }
    open.close()
    const code = ended.ok ? 'OK' : STATUS[ended.failure.kind].code
    const ms = performance.now() - startedAt
    this.#metrics.record(path, code, ms)
    const level = path.startsWith('/netnslab.') ? 'info' : 'debug'
    log[level]({ code, ...(!ended.ok && { failure: ended.failure.kind }), ms: Math.round(ms) }, 'call ended')
    return ended
  }
}

/** The caller gets only what a LabError says; anything else is named by an incident and told to the log alone. */
function nameFailure(error: unknown, signal: AbortSignal, log: Logger): Failure {
  if (error instanceof LabError) {
    if (error.cause !== undefined) log.warn({ err: error.cause, failure: error.failure }, error.message)
    return error.failure
  }
  // Node's own AbortError, from whatever was waiting when the signal came.
  if (signal.aborted && signal.reason instanceof LabError) return signal.reason.failure
  const incident = randomBytes(6).toString('hex')
  log.error({ err: error, incident }, 'unexpected error in a call')
  return { kind: 'internal', incident }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal, log: Logger): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => {
        signal.removeEventListener('abort', onAbort)
        resolve(value)
      },
      (error) => {
        signal.removeEventListener('abort', onAbort)
        if (signal.aborted) log.debug({ err: error }, 'work ended after its caller was answered')
        reject(error)
      },
    )
  })
}

function millisecondsUntil(deadline: Date | number): number {
  const at = typeof deadline === 'number' ? deadline : deadline.getTime()
  return Number.isFinite(at) ? Math.max(0, at - Date.now()) : Number.POSITIVE_INFINITY
}
