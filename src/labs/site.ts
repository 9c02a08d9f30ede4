import type { Config } from '../config.ts'
import type { Kernel, KernelFeature } from '../kernel/kernel.ts'
import type { SpecFacts } from '../spec/facts.ts'
import type { Failpoints } from './failpoint.ts'
import type { Registry } from './registry.ts'
import type { AnsweredRequests } from './requests.ts'
import type { Store } from './store.ts'
import type { Turns } from './turns.ts'

/** The part of a pino logger in use. */
export type Log = {
  readonly info: (facts: object, message: string) => void
  readonly warn: (facts: object, message: string) => void
  readonly error: (facts: object, message: string) => void
}

export type Settings = Pick<Config, 'limits' | 'uplink' | 'failpoint'>

/** Everything a use case works with on this host. */
export type Site = {
  readonly settings: Settings
  readonly kernel: Kernel
  readonly store: Store
  readonly registry: Registry
  readonly turns: Turns
  readonly requests: AnsweredRequests
  readonly failpoints: Failpoints
  readonly features: readonly KernelFeature[]
  readonly bootId: string
  readonly log: Log
  /** Wall clock, milliseconds since 1970: for people and for what outlives this process. */
  readonly now: () => number
  /** Monotonic, milliseconds: for durations. */
  readonly clock: () => number
}

export function specFacts(site: Pick<Site, 'settings' | 'features'>): SpecFacts {
  const { limits, uplink } = site.settings
  const missing = site.features.filter((feature) => !feature.available).map((feature) => feature.name)
  return { missingFeatures: new Set(missing), limits, uplink }
}
