import { type Cidr, contains, parseCidr } from '../../net/cidr.ts'
import { formatIp, type Ip, parseIp, sameIp } from '../../net/ip.ts'
import type { NamespaceName, RouteObject } from '../../plan/objects.ts'
import { connectedNetworks, type FakeHost, type FakeNamespace } from './fake-host.ts'

/** Routers on the way, as Linux counts: its default TTL. */
const DEFAULT_TTL = 64

export type Reached =
  | { readonly kind: 'reply'; readonly ttl: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'error'; readonly from: string; readonly reason: string }

/**
 * Whether an echo and its reply find their way, by addresses, switches and routes. Firewalls are not imitated; a way on which
 * some namespace rewrites sources (masquerade, SNAT) needs no way back.
 */
export function reach(host: FakeHost, from: NamespaceName, destination: Ip, ttl: number): Reached {
  const start = host.namespaces.get(from)
  if (start === undefined) return { kind: 'silence' }
  const there = walk(host, start, destination, ttl === 0 ? DEFAULT_TTL : ttl)
  if (there.kind !== 'arrived') return there
  if (there.place === start || there.rewritten) return { kind: 'reply', ttl: DEFAULT_TTL - there.hops }
  const back = there.source === undefined ? undefined : walk(host, there.place, there.source, DEFAULT_TTL)
  return back?.kind === 'arrived' ? { kind: 'reply', ttl: DEFAULT_TTL - back.hops } : { kind: 'silence' }
}

type Walk =
  | {
      readonly kind: 'arrived'
      readonly place: FakeNamespace
      readonly source: Ip | undefined
      readonly hops: number
      readonly rewritten: boolean
    }
  | Exclude<Reached, { kind: 'reply' }>

function walk(host: FakeHost, start: FakeNamespace, destination: Ip, ttl: number): Walk {
  let place = start
  let source: Ip | undefined
  let rewritten = false
  let entered: Ip | undefined
  for (let hops = 0; ; hops += 1) {
    if (owns(place, destination)) return { kind: 'arrived', place, source, hops: Math.max(0, hops - 1), rewritten }
    if (hops > 0 && !forwards(place, destination)) return { kind: 'silence' }
    const reporter = entered === undefined ? '' : formatIp(entered)
    if (hops >= ttl) return { kind: 'error', from: reporter, reason: 'ttl-exceeded' }
    rewritten ||= hops > 0 && rewrites(place)
    const step = stepFrom(place, destination)
    if (step === undefined)
      return { kind: 'error', from: reporter, reason: hops === 0 ? 'no-route' : 'net-unreachable' }
    if (step.kind === 'stop')
      return hops === 0 || step.reason !== 'blackhole'
        ? { kind: 'error', from: reporter, reason: step.reason }
        : { kind: 'silence' }
    source ??= step.own
    const next = neighbours(host, place, step.device).find((each) => owns(each, step.to))
    if (next === undefined) return { kind: 'silence' }
    place = next
    entered = step.to
  }
}

type WayOut =
  | { readonly kind: 'go'; readonly device: string; readonly to: Ip; readonly own: Ip | undefined }
  | { readonly kind: 'stop'; readonly reason: string }

/** The longest prefix wins, then the lowest metric (RFC 1812 section 5.2.4.3). */
function stepFrom(place: FakeNamespace, destination: Ip): WayOut | undefined {
  const candidates = [
    ...connectedNetworks(place).map(({ network, device, own }) => ({
      network,
      metric: 0,
      device,
      own,
      route: undefined,
    })),
    ...place.routes.flatMap((route) => {
      const network = parseCidr(route.to)
      return network === undefined ? [] : [{ network, metric: route.metric, device: '', own: undefined, route }]
    }),
  ].filter(({ network }) => contains(network, destination))
  const best = candidates.sort((a, b) => b.network.prefix - a.network.prefix || a.metric - b.metric)[0]
  if (best === undefined) return undefined
  if (best.route === undefined) return { kind: 'go', device: best.device, to: destination, own: best.own }
  return followRoute(place, best.route, best.network, destination)
}

const REASONS = { blackhole: 'blackhole', unreachable: 'host-unreachable', prohibit: 'prohibited' } as const

function followRoute(
  place: FakeNamespace,
  { target }: RouteObject,
  network: Cidr,
  destination: Ip,
): WayOut | undefined {
  switch (target.kind) {
    case 'via': {
      const to = parseIp(target.address)
      return to === undefined
        ? undefined
        : { kind: 'go', device: target.device, to, own: ownOn(place, target.device, to) }
    }
    case 'device':
      return { kind: 'go', device: target.device, to: destination, own: ownOn(place, target.device, network.ip) }
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return { kind: 'stop', reason: REASONS[target.kind] }
  }
}

function ownOn(place: FakeNamespace, device: string, like: Ip): Ip | undefined {
  return connectedNetworks(place).find((each) => each.device === device && each.own.family === like.family)?.own
}

/** Namespaces on the same wire: the other end of a cable, or of every port of the switch there. */
function neighbours(host: FakeHost, place: FakeNamespace, device: string): readonly FakeNamespace[] {
  const peer = place.devices.get(device)?.peer
  const other = peer && host.namespaces.get(peer.namespace)
  if (peer === undefined || other === undefined) return []
  const bridge = other.devices.get(peer.device)?.bridge ?? ''
  if (bridge === '') return [other]
  const ports = [...other.devices.values()].filter((port) => port.bridge === bridge && port.device !== peer.device)
  return [other, ...ports.flatMap((port) => (port.peer && host.namespaces.get(port.peer.namespace)) ?? [])]
}

function owns(place: FakeNamespace, ip: Ip): boolean {
  if (ip.family === 4 && ip.value >> 24n === 127n) return place.devices.get('lo')?.up ?? false
  return connectedNetworks(place).some(({ own }) => sameIp(own, ip))
}

function forwards(place: FakeNamespace, { family }: Ip): boolean {
  const key = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'
  return place.sysctls.get(key) === '1'
}

function rewrites(place: FakeNamespace): boolean {
  return place.tables.some(({ chains }) =>
    chains.some(({ rules }) => rules.some(({ action }) => action.kind === 'masquerade' || action.kind === 'snat')),
  )
}
