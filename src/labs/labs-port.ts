import type { Drift } from '../inspector/drift.ts'
import type { HostLimit, KernelFeature, PingEvent } from '../kernel/kernel.ts'
import type { ObservedNamespace, ObserveField } from '../kernel/observed.ts'
import type { Lab } from './lab.ts'
import type { LabFilter } from './lab-filter.ts'

/**
 * What the engine asks of the use cases. `class Labs` implements it; api tests put a fake behind it. Requests arrive
 * checked in form (ranges, lengths, words); names are looked up here. Every refusal is thrown as a LabError.
 */
export interface LabsPort {
  /**
   * Answers a lab that is `ready`, `creating` (async), or `planned` (validateOnly, with its plan). The work is never cut
   * short by a caller who went away: it ends ready or undone.
   * @throws LabError invalid-spec, lab-exists, request-id-reused, limit-exceeded, apply-failed, not-as-planned, store-failed
   */
  create(request: CreateRequest): Promise<Lab>

  /** @throws LabError lab-not-found */
  get(lab: string): Promise<Lab>

  /** In order of name (by code unit), at most `pageSize` labs that fit `filter` and whose name comes after `after`. */
  list(request: ListRequest): Promise<ListAnswer>

  /** @throws LabError lab-not-found (unless allowMissing), etag-mismatch, remove-failed, store-failed */
  delete(request: DeleteRequest): Promise<DeleteAnswer>

  /** @throws LabError lab-not-found, lab-not-ready, member-not-found (field `members[<n>]`) */
  inspect(request: InspectRequest, signal?: AbortSignal): Promise<Inspection>

  /**
   * Calls `onEvent` as things happen: `started` first, then the kernel's events, `statistics` last. `onEvent` is never
   * awaited; the engine keeps what a slow reader has not taken yet, and that is bounded by `count`.
   * @throws LabError lab-not-found, lab-not-ready, member-not-found (field `from` or `to`), invalid-request (no such address)
   */
  ping(request: PingWish, onEvent: (event: PingTold) => void, signal?: AbortSignal): Promise<void>

  /** @throws LabError lab-not-found, lab-not-ready, member-not-found (field `members[<n>]`) */
  pingMatrix(request: PingMatrixWish, signal?: AbortSignal): Promise<PingMatrixAnswer>

  /** The lab as a shell script. @throws LabError lab-not-found */
  script(lab: string): Promise<string>

  /** @throws LabError lab-not-found */
  graph(lab: string, format: GraphFormat): Promise<{ readonly content: string; readonly mediaType: string }>

  host(): Promise<HostFacts>
}

export type CreateRequest = {
  /** Exactly one: the spec as data, or as YAML or JSON text. */
  readonly spec:
    | { readonly kind: 'document'; readonly document: unknown }
    | { readonly kind: 'text'; readonly text: string }
  /** Overrides the spec's own name. */
  readonly name?: string
  readonly validateOnly: boolean
  readonly async: boolean
  /** Idempotency key, 1 to 36 printable ASCII characters. */
  readonly requestId?: string
}

export type ListRequest = {
  /** 1 to 500. */
  readonly pageSize: number
  /** Name of the last lab of the page before. */
  readonly after?: string
  readonly filter: LabFilter
}

/** `more`: further labs that fit come after the last one. */
export type ListAnswer = { readonly labs: readonly Lab[]; readonly more: boolean }

export type DeleteRequest = {
  readonly name: string
  readonly allowMissing: boolean
  readonly async: boolean
  readonly etag?: string
}

export type DeleteAnswer = {
  /** `deleting` when async and begun; `gone` when all of it is verified gone, or was never there. */
  readonly state: 'deleting' | 'gone'
  readonly removed: number
  readonly removeMs: number
}

export type InspectRequest = {
  readonly lab: string
  /** Names, or `name` of switches too; empty: all members. */
  readonly members: readonly string[]
  readonly fields: readonly ObserveField[]
  /** Also compare with the plan. */
  readonly drifts: boolean
}

export type Inspection = {
  /** Wall clock of the reading, milliseconds since 1970. */
  readonly readAtMs: number
  readonly members: readonly InspectedMember[]
  readonly drifts: readonly Drift[]
}

export type InspectedMember = {
  readonly member: string
  readonly role: string
  readonly observed: ObservedNamespace
}

export type PingWish = {
  readonly lab: string
  readonly from: string
  /** Member name, `member:device`, or address text. */
  readonly to: string
  /** Absent: the family of `to`, IPv4 first. */
  readonly family?: 4 | 6
  readonly count: number
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly payloadBytes: number
  readonly dontFragment: boolean
  /** 0: the namespace's default. */
  readonly ttl: number
}

export type PingTold =
  | {
      readonly kind: 'started'
      readonly from: string
      readonly destination: string
      readonly payloadBytes: number
    }
  | PingEvent
  | {
      readonly kind: 'statistics'
      readonly sent: number
      readonly received: number
      readonly errors: number
      readonly lossPercent: number
      /** All four 0 when nothing was received. */
      readonly rttMinMs: number
      readonly rttAvgMs: number
      readonly rttMaxMs: number
      readonly rttStddevMs: number
    }

export type PingMatrixWish = {
  readonly lab: string
  readonly members: readonly string[]
  readonly family?: 4 | 6
  readonly timeoutMs: number
}

export type PingMatrixAnswer = {
  readonly sent: number
  readonly received: number
  /** Ordered pairs, sender by sender. `rttMs` where it answered, else `reason`. */
  readonly pairs: readonly ({ readonly from: string; readonly to: string; readonly destination: string } & (
    | { readonly rttMs: number }
    | { readonly reason: string }
  ))[]
  readonly elapsedMs: number
}

export const GRAPH_FORMATS = ['mermaid', 'dot', 'svg', 'json'] as const
export type GraphFormat = (typeof GRAPH_FORMATS)[number]

export type HostFacts = {
  readonly version: string
  readonly kernelRelease: string
  readonly nodeVersion: string
  /** '' when it could not be loaded. */
  readonly libnftablesVersion: string
  readonly bootId: string
  readonly features: readonly KernelFeature[]
  readonly limits: readonly HostLimit[]
  readonly labs: number
  readonly namespaces: number
  readonly engineRssBytes: number
  readonly uptimeSeconds: number
  readonly uplinksAllowed: boolean
  /** Health words for people: what is not as it should be and the remedy. */
  readonly warnings: readonly string[]
}
