import { type Cidr, contains, formatCidr, networkOf, parseCidr } from '../net/cidr.ts'
import { unusableBecause } from '../net/host-addresses.ts'
import { type Family, formatIp, type Ip, parseIp, sameIp } from '../net/ip.ts'
import type { Member, Via } from './lab-spec.ts'
import type { Network, Plug } from './plugs.ts'

/** What a next hop comes to: an address on a link, or why there is none. */
export type Hop =
  | { readonly ok: true; readonly ip: Ip }
  | {
      readonly ok: false
      readonly reason: 'NEXT_HOP_NOT_ON_LINK' | 'NEXT_HOP_IS_SELF' | 'UNUSABLE_ADDRESS' | 'UNKNOWN_MEMBER'
      readonly because: string
    }

export type HopFinder = {
  readonly find: (member: Member, via: Via) => Hop
  readonly waysOf: (member: Member) => readonly Way[]
}

/** How packets of a member may leave: its subnets, device routes, and routes that lead elsewhere or nowhere. */
export type Way = {
  readonly kind: 'subnet' | 'device' | 'elsewhere'
  /** For a subnet the member's own address in it, with host bits. */
  readonly to: Cidr
  readonly metric: number
}

/** What the kernel takes where a route names none; its own routes to subnets have 0 and 256. */
export const DEFAULT_METRIC = { 4: 0, 6: 1024 } as const satisfies Record<Family, number>
const SUBNET_METRIC = { 4: 0, 6: 256 } as const satisfies Record<Family, number>

export function metricOf(family: Family, metric: number | undefined): number {
  return metric === undefined || metric === 0 ? DEFAULT_METRIC[family] : metric
}

type Places = {
  readonly networkByName: ReadonlyMap<string, Network>
  readonly plugsOf: ReadonlyMap<Member, readonly Plug[]>
  /** Names of members and uplinks. */
  readonly isKnown: (name: string) => boolean
}

/** Finds each next hop once and remembers it, for several rules ask. */
export function hopFinder(places: Places): HopFinder {
  const ways = new Map<Member, readonly Way[]>()
  const hops = new Map<Via, Hop>()
  const waysOf = (member: Member) => {
    const known = ways.get(member) ?? findWays(member, places.plugsOf.get(member) ?? [])
    ways.set(member, known)
    return known
  }
  const find = (member: Member, via: Via) => {
    const known = hops.get(via) ?? findHop(member, via, waysOf(member), places)
    hops.set(via, known)
    return known
  }
  return { find, waysOf }
}

function findHop(member: Member, { via, family }: Via, ways: readonly Way[], places: Places): Hop {
  if (via.kind === 'address') {
    const ip = parseIp(via.address)
    return ip === undefined ? fail('UNUSABLE_ADDRESS', `${via.address} is not an address`) : judge(member, ip, ways)
  }
  const name = via.member
  if (name === member.name) return fail('NEXT_HOP_IS_SELF', `${name} cannot be its own next hop`)
  if (!places.isKnown(name)) return fail('UNKNOWN_MEMBER', `there is no "${name}"`)
  const ip = sharedAddress(places, member, name, family)
  if (ip !== undefined) return judge(member, ip, ways)
  const what = `on which both have an IPv${family} address of one subnet`
  return fail('NEXT_HOP_NOT_ON_LINK', `${member.name} shares no switch or link with ${name} ${what}`)
}

/**
 * The address by which `member` reaches the member or uplink `name` on a link that both share: the first of the family,
 * in order of the member's interfaces, that lies in a subnet of that interface.
 */
export function sharedAddress(
  { networkByName, plugsOf }: Pick<Places, 'networkByName' | 'plugsOf'>,
  member: Member,
  name: string,
  family: Family,
): Ip | undefined {
  for (const own of plugsOf.get(member) ?? []) {
    for (const other of networkByName.get(own.link)?.plugsByOwner.get(name) ?? []) {
      for (const { ip } of other.cidrs) {
        if (ip.family === family && own.cidrs.some((cidr) => contains(cidr, ip))) return ip
      }
    }
  }
  return undefined
}

/** As the kernel does: the most specific way to the next hop must be a link itself. */
function judge(member: Member, ip: Ip, ways: readonly Way[]): Hop {
  const text = formatIp(ip)
  if (ways.some(({ kind, to }) => kind === 'subnet' && sameIp(to.ip, ip))) {
    return fail('NEXT_HOP_IS_SELF', `${text} is ${member.name}'s own address`)
  }
  let best: Way | undefined
  for (const way of ways) if (contains(way.to, ip) && (best === undefined || isBetter(way, best))) best = way
  if (best === undefined) return fail('NEXT_HOP_NOT_ON_LINK', `${text} is in no subnet of ${member.name}'s interfaces`)
  if (best.kind === 'elsewhere') {
    return fail('NEXT_HOP_NOT_ON_LINK', `the route to ${formatCidr(best.to)} leads ${text} away from its link`)
  }
  const unusable = best.kind === 'subnet' ? unusableBecause(best.to, ip) : undefined
  if (unusable === undefined) return { ok: true, ip }
  return fail(
    'UNUSABLE_ADDRESS',
    `${text} is the ${unusable.replaceAll('-', ' ')} of ${formatCidr(networkOf(best.to))}`,
  )
}

function isBetter(way: Way, best: Way): boolean {
  return way.to.prefix > best.to.prefix || (way.to.prefix === best.to.prefix && way.metric < best.metric)
}

function findWays(member: Member, plugs: readonly Plug[]): readonly Way[] {
  const ways: Way[] = []
  for (const { cidrs } of plugs) {
    for (const to of cidrs) ways.push({ kind: 'subnet', to, metric: SUBNET_METRIC[to.ip.family] })
  }
  for (const { to: text, target, metric } of member.routes) {
    const to = parseCidr(text)
    if (to === undefined) continue
    const kind = target.kind === 'interface' ? 'device' : 'elsewhere'
    ways.push({ kind, to, metric: metricOf(to.ip.family, metric) })
  }
  return ways
}

function fail(reason: Extract<Hop, { ok: false }>['reason'], because: string): Hop {
  return { ok: false, reason, because }
}
