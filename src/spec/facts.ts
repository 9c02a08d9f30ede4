import type { Problem } from '../errors.ts'

/** What parsing needs to know of this host and its operator: given as data, so that `spec` stays pure. */
export type SpecFacts = {
  /** Features that this kernel lacks, e.g. `netem`; a spec that needs one is refused at the field that asks for it. */
  readonly missingFeatures: ReadonlySet<string>
  readonly limits: SpecLimits
  readonly uplink: { readonly allowed: boolean; readonly maxPerLab: number }
}

/** Most that one spec may ask for. Defaults stand in config.ts; an operator can change them. */
export type SpecLimits = {
  readonly maxMembers: number
  readonly maxLinks: number
  readonly maxInterfacesPerMember: number
  readonly maxAddressesPerInterface: number
  readonly maxRoutesPerMember: number
  readonly maxRulesPerMember: number
  readonly maxDocumentBytes: number
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }
