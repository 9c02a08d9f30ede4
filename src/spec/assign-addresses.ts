import { type Cidr, formatCidr, parseCidr } from '../net/cidr.ts'
import { freeAddresses, type TakenRuns, takenRuns } from '../net/host-addresses.ts'
import { type Ip, parseIp } from '../net/ip.ts'
import type { LabSpec, Uplink } from './lab-spec.ts'

/** What addressing looks at; a spec whose rules are still being checked is enough. */
export type Addressable = Pick<LabSpec, 'switches' | 'links' | 'members' | 'uplinks'>

/**
 * Every address of every interface and uplink, as CIDR text with host bits, by the path of the interface or uplink.
 * Given addresses come as given. `auto` gets, from each subnet of its switch or link in order, the lowest host address
 * that is still free: members in order (hosts, then routers), their interfaces in order, uplinks last. An address that
 * the spec names - for an interface, as a next hop, or on the outer side of NAT - is never handed out, wherever it
 * stands in the spec. Where a subnet is used up the address is left out; `parseSpec` refuses such a spec.
 */
export function assignAddresses(spec: Addressable): ReadonlyMap<string, readonly string[]> {
  return new Map([...assignCidrs(spec)].map(([path, cidrs]) => [path, cidrs.map(formatCidr)]))
}

export function assignCidrs(spec: Addressable): ReadonlyMap<string, readonly Cidr[]> {
  const pools = poolsOf(spec)
  const next = (link: string, wanted: (subnet: Cidr) => boolean): Cidr[] =>
    (pools.get(link) ?? [])
      .filter((pool) => wanted(pool.subnet))
      .flatMap(({ subnet, free }) => {
        const taken = free.next()
        return taken.done === true ? [] : [{ ip: taken.value, prefix: subnet.prefix }]
      })
  const assigned = new Map<string, readonly Cidr[]>()
  for (const member of spec.members) {
    for (const { path, link, addresses } of member.interfaces) {
      assigned.set(path, addresses === 'auto' ? next(link, () => true) : cidrsOf(addresses))
    }
  }
  for (const uplink of spec.uplinks) {
    const automatic = uplink.address === 'auto'
    assigned.set(uplink.path, automatic ? next(uplink.link, isIpv4).slice(0, 1) : cidrsOf([uplink.address]))
  }
  return assigned
}

/** Readable ones of `texts`; in a spec that was accepted these are all. */
export function cidrsOf(texts: readonly string[]): readonly Cidr[] {
  return texts.map(parseCidr).filter((cidr) => cidr !== undefined)
}

type Pool = { readonly subnet: Cidr; readonly free: Generator<Ip, void, undefined> }

function poolsOf(spec: Addressable): ReadonlyMap<string, readonly Pool[]> {
  const named = namedAddresses(spec)
  const pools = new Map<string, readonly Pool[]>()
  for (const { name, subnets } of [...spec.switches, ...spec.links]) {
    const poolOf = (subnet: Cidr): Pool => ({ subnet, free: freeAddresses(subnet, named[subnet.ip.family]) })
    if (!pools.has(name)) pools.set(name, cidrsOf(subnets).map(poolOf))
  }
  return pools
}

function namedAddresses(spec: Addressable): Record<4 | 6, TakenRuns> {
  const named = { 4: new Set<bigint>(), 6: new Set<bigint>() }
  const add = (ip: Ip | undefined) => {
    if (ip !== undefined) named[ip.family].add(ip.value)
  }
  for (const member of spec.members) {
    for (const { addresses } of member.interfaces) {
      if (addresses !== 'auto') for (const cidr of cidrsOf(addresses)) add(cidr.ip)
    }
    const nextHops = [
      ...member.gateways,
      ...member.routes.flatMap(({ target }) => (target.kind === 'via' ? target.via : [])),
    ]
    for (const { via } of nextHops) if (via.kind === 'address') add(parseIp(via.address))
    for (const { to } of member.nat.snat) add(parseIp(to))
    for (const { destination } of member.nat.forward) if (destination !== undefined) add(parseIp(destination))
    for (const { outside } of member.nat.oneToOne) add(parseIp(outside))
  }
  for (const { address } of spec.uplinks.filter(isFixed)) for (const cidr of cidrsOf([address])) add(cidr.ip)
  return { 4: takenRuns(named[4]), 6: takenRuns(named[6]) }
}

function isFixed(uplink: Uplink): boolean {
  return uplink.address !== 'auto'
}

function isIpv4(subnet: Cidr): boolean {
  return subnet.ip.family === 4
}
