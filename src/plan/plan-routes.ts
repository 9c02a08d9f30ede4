import { contains, everything, formatCidr } from '../net/cidr.ts'
import { formatIp, type Ip, useOf } from '../net/ip.ts'
import type { StaticRoute, Via } from '../spec/lab-spec.ts'
import type { RouteObject, Step } from './objects.ts'
import { readCidr, readIp, unplannable } from './read-spec.ts'
import type { WiredDevice, WiredMember, Wiring } from './wiring.ts'

/** Devices of each member or uplink on each link: how a next hop given by name is found. */
type OnLinks = ReadonlyMap<string, ReadonlyMap<string, readonly WiredDevice[]>>

/**
 * Default and static routes of every member, in the order in which the kernel takes them: first those that need no
 * next hop, because a next hop may lie behind a device route (`198.51.100.1/32 dev eth0`), then gateways, then the rest.
 */
export function planRoutes({ members, uplinks }: Wiring): readonly Step[] {
  const withRoutes = members.filter(({ spec }) => spec.gateways.length + spec.routes.length > 0)
  if (withRoutes.length === 0) return []
  const onLinks = findable([...members.flatMap(({ devices }) => devices), ...uplinks.map(({ lab }) => lab)])
  return withRoutes.flatMap((member) => planRoutesOf(member, onLinks))
}

function planRoutesOf(member: WiredMember, onLinks: OnLinks): readonly Step[] {
  const { spec, namespace } = member
  const steps: Step[] = []
  const add = (to: string, target: RouteObject['target'], metric: number, origin: string) =>
    steps.push({ object: { kind: 'route', namespace, to, target, metric }, origin })
  const late: { readonly route: StaticRoute; readonly via: Via }[] = []
  for (const route of spec.routes) {
    const { to, target, metric = 0, path } = route
    if (target.kind === 'via') late.push({ route, via: target.via })
    else if (target.kind === 'interface') add(to, { kind: 'device', device: target.interface }, metric, path)
    else add(to, { kind: target.kind }, metric, path)
  }
  for (const via of spec.gateways) {
    add(formatCidr(everything(via.family)), nextHop(member, via, onLinks), 0, via.path)
  }
  for (const { route, via } of late) add(route.to, nextHop(member, via, onLinks), route.metric ?? 0, route.path)
  return steps
}

function nextHop(member: WiredMember, { via, family, path }: Via, onLinks: OnLinks): RouteObject['target'] {
  if (via.kind === 'address') {
    const ip = readIp(via.address)
    const device = deviceTowards(member, ip)
    if (device !== undefined) return { kind: 'via', address: formatIp(ip), device }
    throw unplannable(
      path,
      'NEXT_HOP_UNREACHABLE',
      `${via.address} is in no subnet of ${member.spec.name}'s interfaces`,
    )
  }
  for (const own of member.devices) {
    for (const other of onLinks.get(own.link)?.get(via.member) ?? []) {
      if (other.namespace === own.namespace) continue
      for (const { cidr } of other.addresses) {
        if (cidr.ip.family !== family || !reaches(own, cidr.ip)) continue
        return { kind: 'via', address: formatIp(cidr.ip), device: own.device }
      }
    }
  }
  const why = `${member.spec.name} shares no link with "${via.member}" on which both have IPv${family} addresses`
  throw unplannable(path, 'NEXT_HOP_UNREACHABLE', why)
}

/** The device in whose subnet the next hop lies, the narrowest subnet first; else one that a device route leads to. */
function deviceTowards(member: WiredMember, ip: Ip): string | undefined {
  let best: { readonly device: string; readonly prefix: number } | undefined
  const consider = (device: string, prefix: number) => {
    if (best === undefined || prefix > best.prefix) best = { device, prefix }
  }
  for (const { device, addresses } of member.devices) {
    for (const { cidr } of addresses) if (contains(cidr, ip)) consider(device, cidr.prefix)
  }
  for (const { to, target } of member.spec.routes) {
    if (target.kind !== 'interface') continue
    const cidr = readCidr(to)
    if (contains(cidr, ip)) consider(target.interface, cidr.prefix)
  }
  if (best !== undefined) return best.device
  // A link-local next hop (RFC 4861) is on every link; with one device there is no doubt which is meant.
  return ip.family === 6 && useOf(ip) === 'link-local' && member.devices.length === 1
    ? member.devices[0]?.device
    : undefined
}

function reaches({ addresses }: WiredDevice, ip: Ip): boolean {
  return addresses.some(({ cidr }) => contains(cidr, ip))
}

function findable(devices: readonly WiredDevice[]): OnLinks {
  const links = new Map<string, Map<string, WiredDevice[]>>()
  for (const device of devices) {
    const owners = links.get(device.link) ?? new Map<string, WiredDevice[]>()
    links.set(device.link, owners)
    const there = owners.get(device.owner)
    if (there === undefined) owners.set(device.owner, [device])
    else there.push(device)
  }
  return links
}
