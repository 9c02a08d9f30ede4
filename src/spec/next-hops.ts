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

/** Asked by several rules; finds each thing once. */
export type HopFinder = {
  readonly find: (member: Member, via: Via) => Hop
  readonly waysOf: (member: Member) => readonly Way[]
  /**
   * The address by which `member` reaches the member or uplink `name` on a link that both share: the first of the
   * family, in order of the member's interfaces, that lies in a subnet of that interface.
   */
  readonly sharedAddress: (member: Member, name: string, family: Family) => Ip | undefined
  /** Whether the search was given up: what was not found then may well be there. */
  readonly isExhausted: () => boolean
}

/**
 * Comparisons of an address with a subnet that one spec may cost. A thousand hosts that name one router cost two
 * thousand; only members with hundreds of addresses on the same switches, naming each other, come near.
 */
const MAX_COMPARISONS = 3_000_000

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

export function hopFinder(places: Places): HopFinder {
  const budget = { left: MAX_COMPARISONS }
  const waysOf = remembering((member: Member) => findWays(member, places.plugsOf.get(member) ?? []))
  const judged = remembering((member: Member) =>
    remembering((address: string): Hop => {
      const ip = parseIp(address)
      if (ip === undefined) return fail('UNUSABLE_ADDRESS', `${address} is not an address`)
      return judge(member, ip, waysOf(member), budget)
    }),
  )
  const shared = remembering((member: Member) =>
    remembering((wish: `${Family} ${string}`) => {
      const family = wish.startsWith('4') ? 4 : 6
      return findShared(places, member, wish.slice(2), family, budget)
    }),
  )
  const find = (member: Member, { via, family }: Via): Hop => {
    if (via.kind === 'address') return judged(member)(via.address)
    const name = via.member
    if (name === member.name) return fail('NEXT_HOP_IS_SELF', `${name} cannot be its own next hop`)
    if (!places.isKnown(name)) return fail('UNKNOWN_MEMBER', `there is no "${name}"`)
    const ip = shared(member)(`${family} ${name}`)
    if (ip !== undefined) return judged(member)(formatIp(ip))
    const what = `on which both have an IPv${family} address of one subnet`
    return fail('NEXT_HOP_NOT_ON_LINK', `${member.name} shares no switch or link with ${name} ${what}`)
  }
  return {
    find,
    waysOf,
    sharedAddress: (member, name, family) => shared(member)(`${family} ${name}`),
    isExhausted: () => budget.left < 0,
  }
}

/** The function, asked once for each argument. */
function remembering<A, R>(ask: (argument: A) => R): (argument: A) => R {
  const known = new Map<A, { readonly answer: R }>()
  return (argument) => {
    const found = known.get(argument) ?? { answer: ask(argument) }
    known.set(argument, found)
    return found.answer
  }
}

type Budget = { left: number }

function findShared(
  { networkByName, plugsOf }: Places,
  member: Member,
  name: string,
  family: Family,
  budget: Budget,
): Ip | undefined {
  for (const own of plugsOf.get(member) ?? []) {
    for (const other of networkByName.get(own.link)?.plugsByOwner.get(name) ?? []) {
      for (const { ip } of other.cidrs) {
        if (ip.family !== family) continue
        budget.left -= own.cidrs.length
        if (budget.left < 0) return undefined
        if (own.cidrs.some((cidr) => contains(cidr, ip))) return ip
      }
    }
  }
  return undefined
}

/** As the kernel does: the most specific way to the next hop must be a link itself. */
function judge(member: Member, ip: Ip, ways: readonly Way[], budget: Budget): Hop {
  budget.left -= ways.length
  if (budget.left < 0) return fail('NEXT_HOP_NOT_ON_LINK', 'it takes too long to find out')
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
