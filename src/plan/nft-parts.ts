import { type Cidr, contains, formatCidr, lastOf, networkOf } from '../net/cidr.ts'
import { BITS, type Family, formatIp } from '../net/ip.ts'
import type { PortRange } from '../spec/lab-spec.ts'
import type { NftAction, NftChain, NftMatch, NftRule } from './objects.ts'

/** Priorities that nft calls dstnat, filter and srcnat (include/uapi/linux/netfilter_ipv4.h). */
const DSTNAT = -100
const FILTER = 0
const SRCNAT = 100

export const ACCEPT: NftAction = { kind: 'accept' }
export const DROP: NftAction = { kind: 'drop' }
export const ESTABLISHED: NftMatch = { kind: 'state', states: ['established', 'related'] }
export const INVALID: NftMatch = { kind: 'state', states: ['invalid'] }

type AddressMatch = Extract<NftMatch, { kind: 'source' | 'destination' }>

export function rule(origin: string, match: readonly NftMatch[], action: NftAction): NftRule {
  return { origin, match, action }
}

export function inDevice(device: string): NftMatch {
  return { kind: 'in-device', device }
}

export function outDevice(device: string): NftMatch {
  return { kind: 'out-device', device }
}

/** The addresses as one list in order: what another covers is left out and neighbours are joined, as nft would do itself. */
export function addressMatch(kind: AddressMatch['kind'], family: Family, cidrs: readonly Cidr[]): AddressMatch {
  return { kind, family, cidrs: joinCidrs(cidrs).map(formatBlock) }
}

export function portMatch(
  kind: 'source-port' | 'destination-port',
  protocol: 'tcp' | 'udp',
  ports: readonly PortRange[],
): NftMatch {
  return { kind, protocol, ports: joinPorts(ports) }
}

/** Translation chains let everything through: what is not translated passes as it is. */
export function natChain(hook: 'prerouting' | 'output' | 'postrouting', rules: readonly NftRule[]): NftChain {
  const priority = hook === 'postrouting' ? SRCNAT : DSTNAT
  return { name: `nat-${hook}`, hook: { type: 'nat', hook, priority, policy: 'accept' }, rules }
}

export function filterChain(
  hook: 'input' | 'forward' | 'output',
  policy: 'accept' | 'drop',
  rules: readonly NftRule[],
): NftChain {
  return { name: `filter-${hook}`, hook: { type: 'filter', hook, priority: FILTER, policy }, rules }
}

/** A bare address for a block of one, as nft lists it. */
function formatBlock(cidr: Cidr): string {
  return cidr.prefix === BITS[cidr.ip.family] ? formatIp(cidr.ip) : formatCidr(cidr)
}

/** Lowest first. Two halves of one block become that block. */
export function joinCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  const joined: Cidr[] = []
  const sorted = cidrs.map(networkOf).sort((a, b) => compare(a.ip.value, b.ip.value) || a.prefix - b.prefix)
  for (const cidr of sorted) {
    const last = joined.at(-1)
    if (last !== undefined && contains(last, cidr)) continue
    joined.push(cidr)
    for (let pair = halves(joined); pair !== undefined; pair = halves(joined)) joined.splice(-2, 2, pair)
  }
  return joined
}

/** The block whose halves the last two entries are. */
function halves(cidrs: readonly Cidr[]): Cidr | undefined {
  const [low, high] = cidrs.slice(-2)
  if (low === undefined || high === undefined || low.prefix !== high.prefix || low.prefix === 0) return undefined
  const whole = { ip: low.ip, prefix: low.prefix - 1 }
  const isLowHalf = networkOf(whole).ip.value === low.ip.value
  return isLowHalf && lastOf(low).value + 1n === high.ip.value ? whole : undefined
}

function joinPorts(ports: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = []
  for (const { first, last } of [...ports].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1)
    if (before === undefined || first > before.last + 1) joined.push({ first, last })
    else if (last > before.last) joined.splice(-1, 1, { first: before.first, last })
  }
  return joined
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
