import { createHash } from 'node:crypto'
import { LabError } from '../errors.ts'
import type { LabRecord } from './record.ts'
import type { Registry } from './registry.ts'
import type { Store } from './store.ts'

const KEPT_MS = 24 * 60 * 60 * 1000
const MOST_KEPT = 1000

/** Two requests with one hash ask for the same thing, whatever the order of their keys. How it is asked (async) is not part of it. */
export function hashOfWish(wish: { readonly spec: unknown; readonly name: string | undefined }): string {
  return createHash('sha256')
    .update(canonicalJson([wish.spec, wish.name ?? null]))
    .digest('hex')
}

/** File name for the record of a request that is answered and whose lab is gone. */
export function answeredAs(requestId: string): string {
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32)
}

/**
 * Request ids of the last 24 hours. Those of labs that exist stand in their records; this remembers those of labs that
 * were built and are gone, so that a late repetition does not build them again. A create that failed is not remembered:
 * it left nothing, and trying again is what its caller wants.
 */
export class AnsweredRequests {
  readonly #store: Store
  readonly #now: () => number
  readonly #byId = new Map<string, LabRecord>()

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** What the store still had, at start. */
  restore(records: readonly LabRecord[]): void {
    for (const record of records) {
      if (record.requestId !== undefined) this.#byId.set(record.requestId, record)
    }
    this.#prune()
  }

  /** Answers a file name under which to keep the record of a lab that goes, or undefined when nothing is worth keeping. */
  keep(record: LabRecord): string | undefined {
    if (record.requestId === undefined || record.phase !== 'ready' || this.#expired(record)) return undefined
    this.#byId.set(record.requestId, record)
    this.#prune()
    return answeredAs(record.requestId)
  }

  /** @throws LabError request-id-reused */
  find(requestId: string, hash: string): LabRecord | undefined {
    const record = this.#byId.get(requestId)
    if (record === undefined) return undefined
    if (this.#expired(record)) {
      this.#forget(requestId)
      return undefined
    }
    checkSame(record, requestId, hash)
    return record
  }

  #prune(): void {
    for (const [requestId, record] of this.#byId) {
      if (!this.#expired(record) && this.#byId.size <= MOST_KEPT) return
      this.#forget(requestId)
    }
  }

  #forget(requestId: string): void {
    this.#byId.delete(requestId)
    void this.#store.forgetAnswered(answeredAs(requestId))
  }

  #expired(record: LabRecord): boolean {
    return this.#now() - record.createdAtMs > KEPT_MS
  }
}

/** The lab, present or being built, that a repeated request asked for. @throws LabError request-id-reused */
export function findByRequest(registry: Registry, requestId: string, hash: string, nowMs: number) {
  for (const entry of registry.all()) {
    const record = entry.record
    if (record?.requestId !== requestId || nowMs - record.createdAtMs > KEPT_MS) continue
    checkSame(record, requestId, hash)
    return entry
  }
  return undefined
}

function checkSame(record: LabRecord, requestId: string, hash: string): void {
  if (record.requestHash !== hash) throw new LabError({ kind: 'request-id-reused', requestId })
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}
