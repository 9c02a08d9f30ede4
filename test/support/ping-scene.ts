import type { Prober } from '../../src/kernel/icmp/prober.ts'
import type { PingEvent, PingRequest } from '../../src/kernel/kernel.ts'
import { ip, ipBatch, removeNamespaces } from './ip-scene.ts'

/**
 * west -- router -- east, in both families, built with plain `ip`. The east link has an MTU of 1400. From west 192.0.2.1
 * to east 198.51.100.2; the router is .254 (::fe) on both sides.
 */
export const WEST = 'nl0000f1a7-0'
export const ROUTER = 'nl0000f1a7-1'
export const EAST = 'nl0000f1a7-2'

export function buildRoad(): void {
  for (const name of [WEST, ROUTER, EAST]) ip(`netns add ${name}`)
  for (const name of [WEST, ROUTER, EAST]) {
    setSysctl(name, 'net.ipv6.conf.all.accept_dad', 0)
    setSysctl(name, 'net.ipv6.conf.default.accept_dad', 0)
  }
  setSysctl(ROUTER, 'net.ipv4.ip_forward', 1)
  setSysctl(ROUTER, 'net.ipv6.conf.all.forwarding', 1)
  setSysctl(ROUTER, 'net.ipv4.icmp_ratelimit', 0)
  setSysctl(ROUTER, 'net.ipv6.icmp.ratelimit', 0)
  ipBatch(ROUTER, [
    'link set lo up',
    `link add west type veth peer name eth0 netns ${WEST}`,
    `link add east mtu 1400 type veth peer name eth0 mtu 1400 netns ${EAST}`,
    'addr add 192.0.2.254/24 dev west',
    'addr add 2001:db8:1::fe/64 dev west nodad',
    'addr add 198.51.100.254/24 dev east',
    'addr add 2001:db8:2::fe/64 dev east nodad',
    'link set west up',
    'link set east up',
  ])
  ipBatch(WEST, endLines('192.0.2.1/24', '2001:db8:1::1/64'))
  ipBatch(WEST, ['route add default via 192.0.2.254', 'route add default via 2001:db8:1::fe'])
  ipBatch(EAST, endLines('198.51.100.2/24', '2001:db8:2::2/64'))
  ipBatch(EAST, ['route add default via 198.51.100.254', 'route add default via 2001:db8:2::fe'])
}

export function removeRoad(): void {
  removeNamespaces([WEST, ROUTER, EAST])
}

/** `count` hosts on one bridge: host k is 10.0.0.(k+1) and 2001:db8::(k+1), in a namespace of its own. */
export type Star = {
  readonly hub: string
  readonly hosts: readonly { readonly namespace: string; readonly address4: string; readonly address6: string }[]
}

export function buildPingStar(count: number): Star {
  const hub = 'nl0000574a-0'
  const hosts = Array.from({ length: count }, (_, k) => ({
    namespace: `nl0000574a-${k + 1}`,
    address4: `10.0.0.${k + 1}`,
    address6: `2001:db8::${(k + 1).toString(16)}`,
  }))
  for (const name of [hub, ...hosts.map(({ namespace }) => namespace)]) {
    ip(`netns add ${name}`)
    setSysctl(name, 'net.ipv6.conf.default.accept_dad', 0)
  }
  const cables = hosts.map(({ namespace }, k) => `link add p${k} type veth peer name eth0 netns ${namespace}`)
  const ports = hosts.map((_, k) => `link set p${k} master br0 up`)
  ipBatch(hub, ['link add br0 type bridge mcast_snooping 0', 'link set br0 up', ...cables, ...ports])
  for (const { namespace, address4, address6 } of hosts) {
    ipBatch(namespace, endLines(`${address4}/24`, `${address6}/64`))
  }
  return { hub, hosts }
}

export function removePingStar({ hub, hosts }: Star): void {
  removeNamespaces([...hosts.map(({ namespace }) => namespace), hub])
}

export function setSysctl(namespace: string, key: string, value: number): void {
  ip(`netns exec ${namespace} sysctl -q -w ${key}=${value}`)
}

/** All events of one ping. */
export async function pingOf(
  prober: Prober,
  wish: Partial<PingRequest> & { readonly destination: string },
  signal?: AbortSignal,
): Promise<readonly PingEvent[]> {
  const events: PingEvent[] = []
  const request = {
    namespace: WEST,
    count: 2,
    intervalMs: 1,
    timeoutMs: 2000,
    payloadBytes: 56,
    dontFragment: false,
    ttl: 0,
    ...wish,
  }
  await prober.ping(request, (event) => events.push(event), signal)
  return events
}

/** Events as short words: `1 reply 192.0.2.1 ttl 64`, `2 silence`, `1 ttl-exceeded by 192.0.2.254 mtu 0`. */
export function toldBy(events: readonly PingEvent[]): readonly string[] {
  return events.map((event) => `${event.sequence} ${outcomeOf(event)}`)
}

function outcomeOf(event: PingEvent): string {
  if (event.kind === 'silence') return 'silence'
  if (event.kind === 'reply') return `reply ${event.from} ttl ${event.ttl}`
  const mtu = event.mtuBytes === undefined ? '' : ` mtu ${event.mtuBytes}`
  return `${event.reason} by ${event.from === '' ? 'itself' : event.from}${mtu}`
}

function endLines(...addresses: readonly string[]): readonly string[] {
  return [
    'link set lo up',
    'link set eth0 up',
    ...addresses.map((address) => `addr add ${address} dev eth0${address.includes(':') ? ' nodad' : ''}`),
  ]
}
