import { KernelError } from '../kernel-error.ts'
import type { ObservedRoute } from '../observed.ts'
import { Attributes, ipText } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'
import { nameOf } from './dump-links.ts'

const RTM_GETROUTE = 26
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6, PREFSRC: 7, MULTIPATH: 9, TABLE: 15, VIA: 18 }
const RT_TABLE_MAIN = 254
const [AF_INET, AF_INET6] = [2, 10]
const RTMSG_BYTES = 12
const RTNEXTHOP_BYTES = 8

/** RTN_* of linux/rtnetlink.h. */
const TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
]
/** RTPROT_*: those of the kernel itself and of the programs one meets. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  9: 'ra',
  11: 'zebra',
  12: 'bird',
  16: 'dhcp',
  186: 'bgp',
  188: 'ospf',
  189: 'rip',
}
const SCOPES: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }

/** The kernel sends the main table only; kernels that ignore the filter are filtered here. */
const requestFor = (family: number): Buffer =>
  dumpRequest(RTM_GETROUTE, (message) =>
    message.header([1, family], [1, 0], [1, 0], [1, 0], [1, RT_TABLE_MAIN], [1, 0], [1, 0], [1, 0], [4, 0]),
  )
const REQUESTS = [
  { family: AF_INET, request: requestFor(AF_INET) },
  { family: AF_INET6, request: requestFor(AF_INET6) },
]

const attributes = new Attributes(RTA.VIA)
const hop = new Attributes(RTA.VIA)

/** IPv4, then IPv6. A route with several next hops is answered once for each. */
export function dumpRoutes(
  socket: DumpSocket,
  names: ReadonlyMap<number, string>,
  limit: number,
): { readonly routes: readonly ObservedRoute[]; readonly outcome: DumpOutcome } {
  const routes: ObservedRoute[] = []
  let outcome: DumpOutcome = 'whole'
  for (const { family, request } of REQUESTS) {
    const before = routes.length
    const one = unlessNoTable(() =>
      socket.dump(
        request,
        limit - before,
        (bytes, start, end) => {
          // A kernel without IPv6 answers with the routes of all families it has.
          if (bytes[start] === family) readRoute(bytes, start, end, { names, routes })
        },
        () => {
          routes.length = before
        },
      ),
    )
    if (one !== 'whole') outcome = one
  }
  return { routes, outcome }
}

/** The main table of IPv4 comes into being with its first route (fib_new_table); until then the kernel answers ENOENT. */
function unlessNoTable(dump: () => DumpOutcome): DumpOutcome {
  try {
    return dump()
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return 'whole'
    throw error
  }
}

type Sink = { readonly names: ReadonlyMap<number, string>; readonly routes: ObservedRoute[] }

/** Adds what one RTM_NEWROUTE says; `start` is that of struct rtmsg. Routes outside the main table add nothing. */
export function readRoute(bytes: Buffer, start: number, end: number, { names, routes }: Sink): void {
  attributes.scan(bytes, start + RTMSG_BYTES, end)
  const table = attributes.start(RTA.TABLE) === 0 ? (bytes[start + 4] ?? 0) : attributes.u32(bytes, RTA.TABLE)
  if (table !== RT_TABLE_MAIN) return
  const [protocol, scope, type] = [bytes[start + 5] ?? 0, bytes[start + 6] ?? 0, bytes[start + 7] ?? 0]
  const anywhere = bytes[start] === AF_INET ? '0.0.0.0' : '::'
  const to =
    attributes.start(RTA.DST) === 0 ? anywhere : ipText(bytes, attributes.start(RTA.DST), attributes.size(RTA.DST))
  const route = {
    to: `${to}/${bytes[start + 1]}`,
    type: TYPES[type] ?? String(type),
    metric: attributes.u32(bytes, RTA.PRIORITY),
    protocol: PROTOCOLS[protocol] ?? String(protocol),
    scope: SCOPES[scope] ?? String(scope),
    source: ipText(bytes, attributes.start(RTA.PREFSRC), attributes.size(RTA.PREFSRC)),
  }
  if (attributes.start(RTA.MULTIPATH) === 0) {
    const device = nameOf(names, attributes.u32(bytes, RTA.OIF))
    routes.push({ ...route, via: gatewayText(bytes, attributes), device })
    return
  }
  // struct rtnexthop: len u16, flags u8, hops u8, ifindex i32, then attributes.
  let at = attributes.start(RTA.MULTIPATH)
  const stop = attributes.end(RTA.MULTIPATH)
  while (at + RTNEXTHOP_BYTES <= stop) {
    const size = bytes.readUInt16LE(at)
    if (size < RTNEXTHOP_BYTES || at + size > stop) return
    hop.scan(bytes, at + RTNEXTHOP_BYTES, at + size)
    routes.push({ ...route, via: gatewayText(bytes, hop), device: nameOf(names, bytes.readUInt32LE(at + 4)) })
    at += (size + 3) & ~3
  }
}

/** The next hop, which for IPv4 may be an IPv6 one (RTA_VIA: family u16, then the address; RFC 5549). */
function gatewayText(bytes: Buffer, from: Attributes): string {
  if (from.start(RTA.VIA) !== 0) return ipText(bytes, from.start(RTA.VIA) + 2, from.size(RTA.VIA) - 2)
  return ipText(bytes, from.start(RTA.GATEWAY), from.size(RTA.GATEWAY))
}
