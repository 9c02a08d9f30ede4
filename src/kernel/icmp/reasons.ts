import type { Family } from '../../net/ip.ts'

/**
 * Why an echo brought no reply, in the words of PingEvent and PairAnswer. Words are the same for both families where
 * the meaning is: `fragmentation-needed` is also ICMPv6's packet-too-big.
 */
export const NO_ANSWER = 'no-answer'
/** The deadline came before the pair's turn: nothing was sent. */
export const NOT_ASKED = 'not-asked'
/** The sender's namespace is not there. */
export const SENDER_GONE = 'sender-gone'
export const NO_BUFFER = 'no-buffer'
export const MESSAGE_TOO_LONG = 'message-too-long'

/** Destination unreachable (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1), by code. */
const UNREACHABLE_4: readonly string[] = [
  'net-unreachable',
  'host-unreachable',
  'protocol-unreachable',
  'port-unreachable',
  'fragmentation-needed',
  'source-route-failed',
  'net-unreachable', // network unknown
  'host-unreachable', // host unknown
  'host-unreachable', // source host isolated
  'prohibited', // network
  'prohibited', // host
  'net-unreachable', // for this type of service
  'host-unreachable', // for this type of service
  'prohibited', // by a filter
  'prohibited', // host precedence violation
  'prohibited', // precedence cut-off
]

/** Destination unreachable (RFC 4443 section 3.1), by code. */
const UNREACHABLE_6: readonly string[] = [
  'net-unreachable',
  'prohibited',
  'beyond-scope',
  'host-unreachable',
  'port-unreachable',
  'prohibited', // source address failed ingress or egress policy
  'prohibited', // reject route
]

/** @param type of an ICMP or ICMPv6 error */
export function reasonOfIcmp(family: Family, type: number, code: number): string {
  if (family === 6 && type === 2) return 'fragmentation-needed'
  if (type === (family === 4 ? 3 : 1)) return (family === 4 ? UNREACHABLE_4 : UNREACHABLE_6)[code] ?? 'unreachable'
  if (type === (family === 4 ? 11 : 3)) return code === 0 ? 'ttl-exceeded' : 'reassembly-timeout'
  return 'parameter-problem'
}

/** What the sender's own kernel answers to sendto (errno names) when nothing goes out. */
const LOCAL: Readonly<Record<string, string>> = {
  ENETUNREACH: 'no-route',
  // A route of type unreachable.
  EHOSTUNREACH: 'host-unreachable',
  // A route of type prohibit; also a broadcast destination.
  EACCES: 'prohibited',
  // A route of type blackhole: fib_props in net/ipv4/fib_semantics.c, ip6_route_net_exit in net/ipv6/route.c.
  EINVAL: 'blackhole',
  // A rule in the output chain said drop or reject.
  EPERM: 'refused',
  ECONNREFUSED: 'refused',
  EMSGSIZE: MESSAGE_TOO_LONG,
  // The neighbour table or the send buffer is full.
  ENOBUFS: NO_BUFFER,
  ENOMEM: NO_BUFFER,
  EAGAIN: NO_BUFFER,
  // No usable source address, e.g. all IPv6 addresses still tentative.
  EADDRNOTAVAIL: 'no-source-address',
  ENETDOWN: 'device-down',
  ENODEV: 'no-device',
  ENXIO: 'no-device',
}

/** @param code errno name, e.g. `ENETUNREACH` */
export function reasonOfErrno(code: string): string {
  return LOCAL[code] ?? 'send-failed'
}
