import { filterChains } from './firewall-rules.ts'
import { natChains } from './nat-rules.ts'
import type { Step } from './objects.ts'
import type { WiredMember } from './wiring.ts'

/** Our table in every member's namespace that needs one. Another name belongs to whoever works in that namespace. */
export const TABLE = 'netns-lab'

/** Translation and firewall of one member: one table, loaded whole; none where nothing was asked for. */
export function planMemberTable(member: WiredMember): readonly Step[] {
  if (asksForNothing(member)) return []
  const chains = [...natChains(member), ...filterChains(member)]
  if (chains.length === 0) return []
  const { namespace, spec } = member
  return [{ object: { kind: 'nft-table', namespace, family: 'inet', name: TABLE, chains }, origin: spec.path }]
}

/** True of most hosts, of which there may be a thousand. */
function asksForNothing({ spec: { nat, firewall } }: WiredMember): boolean {
  const { in: inward, out, forward } = firewall.defaults
  const translations = nat.masquerade.length + nat.snat.length + nat.forward.length + nat.oneToOne.length
  return translations + firewall.rules.length === 0 && inward === 'allow' && out === 'allow' && forward === 'allow'
}
