import { createHash } from 'node:crypto'
import type { Drift } from '../inspector/drift.ts'
import type { Plan } from '../plan/objects.ts'
import type { LabSpec } from '../spec/lab-spec.ts'
import { preferredSlot, type Taken, uidOfName } from './identity.ts'
import type { Lab, LabProgress, LabState } from './lab.ts'
import type { DeleteAnswer } from './labs-port.ts'
import type { LabRecord } from './record.ts'
import { FIRST_UID, UIDS_PER_SLOT } from './uid-ranges.ts'

/** What this process knows of one lab. Changed only by the operation that has the lab's turn. */
export type Entry = {
  readonly name: string
  /** Absent when it cannot be read: then `uids` spares all kernel names that may be the lab's. */
  record: LabRecord | undefined
  readonly uids: readonly string[]
  readonly spec: LabSpec | undefined
  readonly plan: Plan | undefined
  state: LabState
  progress: LabProgress
  drifts: readonly Drift[]
  because: string
  /** The create under way. */
  creating: Promise<Lab> | undefined
  /** The delete under way, with the moment from which on it is promised, and the etag the lab had before. */
  deleting:
    | { readonly begun: Promise<void>; readonly done: Promise<DeleteAnswer>; readonly etagBefore: string }
    | undefined
}

export const IDLE: LabProgress = { phase: '', stepsDone: 0, stepsTotal: 0 }

export function newEntry(known: Pick<Entry, 'name' | 'uids' | 'state'> & Partial<Entry>): Entry {
  return {
    record: undefined,
    spec: undefined,
    plan: undefined,
    progress: { ...IDLE, stepsTotal: known.plan?.steps.length ?? 0 },
    drifts: [],
    because: '',
    creating: undefined,
    deleting: undefined,
    ...known,
  }
}

/** Names of all labs of this host and what they hold. In memory; the store and the kernel keep it over a restart. */
export class Registry {
  readonly #entries = new Map<string, Entry>()
  /** Names in order, made anew after a change. */
  #names: readonly string[] | undefined
  /** Slots that a lab may have whose record cannot be read. */
  readonly #sparedSlots: number

  constructor(sparedSlots: number) {
    this.#sparedSlots = sparedSlots
  }

  get size(): number {
    return this.#entries.size
  }

  find(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  add(entry: Entry): void {
    this.#entries.set(entry.name, entry)
    this.#names = undefined
  }

  drop(entry: Entry): void {
    if (this.#entries.get(entry.name) !== entry) return
    this.#entries.delete(entry.name)
    this.#names = undefined
  }

  all(): Iterable<Entry> {
    return this.#entries.values()
  }

  /** By code unit of the name. */
  *inOrder(after?: string): Generator<Entry> {
    this.#names ??= [...this.#entries.keys()].sort()
    for (const name of this.#names) {
      const entry = after === undefined || name > after ? this.#entries.get(name) : undefined
      if (entry !== undefined) yield entry
    }
  }

  taken(): Taken {
    const uids = new Set<string>()
    const uidRanges = []
    const uplinkSubnets: string[] = []
    for (const { name, record, uids: mine } of this.#entries.values()) {
      for (const uid of mine) uids.add(uid)
      if (record === undefined) {
        uidRanges.push({ firstUid: FIRST_UID + preferredSlot(name) * UIDS_PER_SLOT, slots: this.#sparedSlots })
        continue
      }
      uidRanges.push({ firstUid: record.firstUid, slots: record.uidSlots })
      uplinkSubnets.push(...record.uplinkSubnets)
    }
    return { uids, uidRanges, uplinkSubnets }
  }
}

/** A lab as callers see it, at this moment. */
export function snapshotOf(entry: Entry, state: LabState = stateOf(entry)): Lab {
  return {
    name: entry.name,
    uid: entry.record?.uid ?? entry.uids[0] ?? uidOfName(entry.name),
    state,
    etag: etagOf(entry, state),
    createdAtMs: entry.record?.createdAtMs ?? 0,
    progress: entry.progress,
    document: entry.record?.document,
    labels: entry.spec?.labels ?? {},
    ...(entry.spec === undefined ? {} : { spec: entry.spec }),
    ...(entry.plan === undefined ? {} : { plan: entry.plan }),
    drifts: entry.drifts,
    because: entry.because,
    buildMs: entry.record?.buildMs ?? 0,
  }
}

/** A promised delete shows at once, also while the create before it still runs. */
export function stateOf(entry: Entry): LabState {
  return entry.deleting === undefined ? entry.state : 'deleting'
}

/** The spec of a lab never changes, so its birth and its state are all there is to tell apart; a restart changes neither. */
export function etagOf(entry: Entry, state: LabState = stateOf(entry)): string {
  const birth = entry.record === undefined ? 'unreadable' : `${entry.record.uid} ${entry.record.createdAtMs}`
  return createHash('sha256').update(`${entry.name} ${birth} ${state}`).digest('hex').slice(0, 16)
}
