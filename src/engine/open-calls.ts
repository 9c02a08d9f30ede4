import { LabError } from '../errors.ts'
import type { WhenStopping } from './method.ts'

/** One call under way. */
export type OpenCall = {
  /** Aborted with a LabError as its reason: cancelled, deadline-exceeded or shutting-down. */
  readonly signal: AbortSignal
  readonly cancel: () => void
  /** To be called once, when the call is answered. */
  readonly close: () => void
}

type Entry = { readonly abort: AbortController; readonly whenStopping: WhenStopping }

/** The calls under way, so that each ends by its deadline and all end when the server stops. */
export class OpenCalls {
  readonly #entries = new Set<Entry>()
  #closing = false

  get closing(): boolean {
    return this.#closing
  }

  /** @param deadlineMs how long from now, in milliseconds; Infinity: no end */
  open(deadlineMs: number, whenStopping: WhenStopping): OpenCall {
    const abort = new AbortController()
    const entry = { abort, whenStopping }
    this.#entries.add(entry)
    const expiresAt = performance.now() + deadlineMs
    const expire = () => abort.abort(new LabError({ kind: 'deadline-exceeded' }))
    const timer = Number.isFinite(deadlineMs) ? setTimeout(expire, Math.min(deadlineMs, MAX_TIMER_MS)) : undefined
    return {
      signal: abort.signal,
      // grpc-js ends a call at its deadline too, and tells that as a cancellation.
      cancel: () => (performance.now() >= expiresAt - 1 ? expire() : abort.abort(new LabError({ kind: 'cancelled' }))),
      close: () => {
        clearTimeout(timer)
        this.#entries.delete(entry)
      },
    }
  }

  /** From now on new calls are refused; those that would never end by themselves are ended. */
  stopAdmitting(): void {
    this.#closing = true
    for (const { abort, whenStopping } of this.#entries) if (whenStopping === 'end') abort.abort(shuttingDown())
  }

  endAll(): void {
    for (const { abort } of this.#entries) abort.abort(shuttingDown())
  }
}

// setTimeout fires at once for anything longer.
const MAX_TIMER_MS = 2 ** 31 - 1

function shuttingDown(): LabError {
  return new LabError({ kind: 'shutting-down' })
}
