import type { Drift } from '../inspector/drift.ts'
import type { Phase, Plan } from '../plan/objects.ts'
import type { LabSpec } from '../spec/lab-spec.ts'

export type LabState = 'planned' | 'creating' | 'ready' | 'deleting' | 'failed' | 'lost' | 'quarantined'

export type LabProgress = {
  readonly phase: Phase | 'reading-back' | 'removing' | ''
  readonly stepsDone: number
  readonly stepsTotal: number
}

/** A lab as the use cases answer it: plain data, made anew for each answer. */
export type Lab = {
  readonly name: string
  /** 8 lower-case hex digits; the kernel names of its namespaces begin with `nl<uid>-`. */
  readonly uid: string
  readonly state: LabState
  readonly etag: string
  /** Wall clock, milliseconds since 1970. */
  readonly createdAtMs: number
  readonly progress: LabProgress
  /** The document as given (parsed from YAML where it came so): what a caller would send again. */
  readonly document: unknown
  readonly labels: Readonly<Record<string, string>>
  /** Absent for a quarantined lab, whose record cannot be read. */
  readonly spec?: LabSpec
  readonly plan?: Plan
  readonly drifts: readonly Drift[]
  readonly because: string
  readonly buildMs: number
}
