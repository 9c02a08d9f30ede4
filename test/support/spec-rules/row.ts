import type { SpecFacts } from '../../../src/spec/facts.ts'
import { FACTS } from '../spec-facts.ts'

/** One way to break a rule, and the same lab just not breaking it. Texts are YAML without the line of the name. */
export type RuleRow = {
  /** Name of the rule's function in src/spec/rules*.ts. */
  readonly rule: string
  readonly story: string
  readonly breaks: string
  readonly says: readonly string[]
  readonly fine: string
  readonly facts?: SpecFacts
}

export const without = (...features: string[]): SpecFacts => ({ ...FACTS, missingFeatures: new Set(features) })
export const limited = (limits: Partial<SpecFacts['limits']>): SpecFacts => ({
  ...FACTS,
  limits: { ...FACTS.limits, ...limits },
})

export const LAN = 'switches: [{ name: lan, subnet: 192.0.2.0/24 }]'
export const LAN6 = 'switches: [{ name: lan, subnet: [192.0.2.0/24, "2001:db8::/64"] }]'
export const TWO_LANS = 'switches: [{ name: lan, subnet: 192.0.2.0/24 }, { name: wan, subnet: 203.0.113.0/24 }]'
export const EDGE = (more: string) =>
  `${TWO_LANS}\nrouters: [{ name: edge, interfaces: [{ name: lan0, link: lan, address: 192.0.2.1/24 }, { name: wan0, link: wan, address: 203.0.113.2/24 }], ${more} }]`
export const HOST = (more: string, lan = LAN) => `${lan}\nhosts: [{ name: a, link: lan, ${more} }]`
export const RULE = (rule: string) => HOST(`firewall: { rules: [{ action: allow, ${rule} }] }`)
export const many = (count: number, text: (place: number) => string) =>
  `[${Array.from({ length: count }, (_, k) => text(k)).join(', ')}]`
