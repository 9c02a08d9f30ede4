import type { SpecLimits } from './facts.ts'
import type { Findings } from './findings.ts'
import type { LabSpec, Member } from './lab-spec.ts'

/**
 * The operator's limits, in time linear in the spec. Looked at before anything else: within them every rule takes little
 * time, whatever the spec.
 * @returns whether they are kept
 */
export function limitsAreKept(spec: LabSpec, limits: SpecLimits, findings: Findings): boolean {
  const before = findings.problems.length
  const keep: Keep = (path, what, found, limit) => {
    if (found > limit) findings.add(path, 'LIMIT_EXCEEDED', `${found} ${what}, and at most ${limit} are allowed`)
  }
  const parts = spec.members.length + spec.switches.length + spec.uplinks.length
  keep('', 'hosts, routers, switches and uplinks', parts, limits.maxMembers)
  keep('', 'cables (links, and interfaces at switches)', countCables(spec), limits.maxLinks)
  for (const member of spec.members) keepMember(member, limits, keep)
  return findings.problems.length === before
}

type Keep = (path: string, what: string, found: number, limit: number) => void

function countCables({ switches, links, members, uplinks }: LabSpec): number {
  const names = new Set(switches.map(({ name }) => name))
  const atSwitches = members.flatMap(({ interfaces }) => interfaces).filter(({ link }) => names.has(link))
  return links.length + atSwitches.length + uplinks.length
}

function keepMember({ path, interfaces, routes, nat, firewall }: Member, limits: SpecLimits, keep: Keep): void {
  keep(`${path}.interfaces`, 'interfaces', interfaces.length, limits.maxInterfacesPerMember)
  for (const one of interfaces) {
    const count = one.addresses === 'auto' ? 0 : one.addresses.length
    keep(`${one.path}.addresses`, 'addresses', count, limits.maxAddressesPerInterface)
  }
  keep(`${path}.routes`, 'routes', routes.length, limits.maxRoutesPerMember)
  const translations = nat.masquerade.length + nat.snat.length + nat.forward.length + nat.oneToOne.length
  const most = translations > firewall.rules.length ? 'nat' : 'firewall'
  keep(`${path}.${most}`, 'rules', firewall.rules.length + translations, limits.maxRulesPerMember)
}
