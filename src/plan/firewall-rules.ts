import type { Family } from '../net/ip.ts'
import type { Direction, FirewallRule } from '../spec/lab-spec.ts'
import {
  ACCEPT,
  addressMatch,
  DROP,
  ESTABLISHED,
  filterChain,
  INVALID,
  inDevice,
  outDevice,
  portMatch,
  rule,
} from './nft-parts.ts'
import type { NftAction, NftChain, NftMatch, NftRule } from './objects.ts'
import { readCidr } from './read-spec.ts'
import type { WiredMember } from './wiring.ts'

const HOOK_OF = { in: 'input', forward: 'forward', out: 'output' } as const satisfies Record<Direction, string>
const ACTION_OF = {
  allow: ACCEPT,
  deny: DROP,
  reject: { kind: 'reject' },
} as const satisfies Record<FirewallRule['action'], NftAction>

/**
 * One chain for each direction that denies by default or has rules. Where the default is `allow` the chain holds the
 * rules of the spec and nothing else. Where it is `deny`, they stand between
 * - what keeps any network alive: answers to what was let through (`established`, `related`), IPv6 neighbour discovery
 *   (RFC 4861: without it no IPv6 packet finds its way, and it is part of no connection), loopback; and the drop of
 *   packets that fit no connection (`invalid`);
 * - and a last rule that drops and counts the rest. The chain's policy drops as well.
 * What is not in the spec has `<member>.firewall` as its origin.
 */
export function filterChains({ spec, ipv6 }: WiredMember): readonly NftChain[] {
  const { firewall, path } = spec
  const origin = `${path}.firewall`
  return (['in', 'forward', 'out'] as const).flatMap((direction) => {
    const wanted = firewall.rules.filter((it) => it.direction === direction).flatMap(planRule)
    const denies = firewall.defaults[direction] === 'deny'
    if (!denies) return wanted.length === 0 ? [] : [filterChain(HOOK_OF[direction], 'accept', wanted)]
    const rules = [...lifelines(direction, origin, ipv6), ...wanted, rule(origin, [], DROP)]
    return [filterChain(HOOK_OF[direction], 'drop', rules)]
  })
}

function lifelines(direction: Direction, origin: string, ipv6: boolean): readonly NftRule[] {
  const first = rule(origin, [ESTABLISHED], ACCEPT)
  const invalid = rule(origin, [INVALID], DROP)
  // Neighbour discovery and loopback never pass through.
  if (direction === 'forward') return [first, invalid]
  const discovery: NftMatch = { kind: 'icmp-type', family: 6, type: 'neighbour-discovery' }
  return [
    first,
    ...(ipv6 ? [rule(origin, [discovery], ACCEPT)] : []),
    rule(origin, [direction === 'in' ? inDevice('lo') : outDevice('lo')], ACCEPT),
    invalid,
  ]
}

/**
 * nft asks for addresses family by family, so a rule that names both becomes two with one origin; the same for ports
 * without a protocol. A rule whose addresses exclude each other fits nothing and becomes none.
 */
function planRule(wanted: FirewallRule): readonly NftRule[] {
  return addressVariants(wanted).flatMap((addresses) =>
    portVariants(wanted).map((ports) => {
      const match = [...devicesOf(wanted), ...addresses, ...ports, ...statesOf(wanted)]
      return rule(wanted.path, match, ACTION_OF[wanted.action])
    }),
  )
}

function devicesOf({ inInterface, outInterface }: FirewallRule): readonly NftMatch[] {
  return [
    ...(inInterface === undefined ? [] : [inDevice(inInterface)]),
    ...(outInterface === undefined ? [] : [outDevice(outInterface)]),
  ]
}

function addressVariants({ from, to }: FirewallRule): readonly (readonly NftMatch[])[] {
  if (from.length + to.length === 0) return [[]]
  return ([4, 6] as const).flatMap((family) => {
    const source = ofFamily(from, family)
    const destination = ofFamily(to, family)
    if ((from.length > 0 && source.length === 0) || (to.length > 0 && destination.length === 0)) return []
    return [
      [
        ...(source.length === 0 ? [] : [addressMatch('source', family, source)]),
        ...(destination.length === 0 ? [] : [addressMatch('destination', family, destination)]),
      ],
    ]
  })
}

function ofFamily(texts: readonly string[], family: Family) {
  return texts.map(readCidr).filter(({ ip }) => ip.family === family)
}

function portVariants({ protocol, sourcePorts, ports }: FirewallRule): readonly (readonly NftMatch[])[] {
  if (sourcePorts.length + ports.length === 0) return [protocol === undefined ? [] : [{ kind: 'protocol', protocol }]]
  const protocols = (['tcp', 'udp'] as const).filter((it) => protocol === undefined || protocol === it)
  return protocols.map((it) => [
    ...(sourcePorts.length === 0 ? [] : [portMatch('source-port', it, sourcePorts)]),
    ...(ports.length === 0 ? [] : [portMatch('destination-port', it, ports)]),
  ])
}

function statesOf({ states }: FirewallRule): readonly NftMatch[] {
  return states.length === 0 ? [] : [{ kind: 'state', states }]
}
