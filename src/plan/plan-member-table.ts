import { filterChains } from './firewall-rules.ts'
import { natChains } from './nat-rules.ts'
import type { Step } from './objects.ts'
import type { WiredMember } from './wiring.ts'

/** Our table in every member's namespace that needs one. Another name belongs to whoever works in that namespace. */
export const TABLE = 'netns-lab'

/** Translation and firewall of one member: one table, loaded whole; none where nothing was asked for. */
export function planMemberTable(member: WiredMember): readonly Step[] {
  const chains = [...natChains(member), ...filterChains(member)]
  if (chains.length === 0) return []
  const { namespace, spec } = member
  return [{ object: { kind: 'nft-table', namespace, family: 'inet', name: TABLE, chains }, origin: spec.path }]
}
