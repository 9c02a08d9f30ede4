import type { ObservedFlow } from '../observed.ts'
import { Attributes, bitNames, ipText } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest, singleRequest } from './dump.ts'

/** NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET. */
const GET = (1 << 8) | 1
const NFGENMSG_BYTES = 4
/** linux/netfilter/nfnetlink_conntrack.h. Numbers in these attributes are in network byte order. */
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, STATUS: 3, PROTOINFO: 4, TIMEOUT: 7 }
const CTA_TUPLE = { IP: 1, PROTO: 2 }
const CTA_IP = { V4_SRC: 1, V4_DST: 2, V6_SRC: 3, V6_DST: 4 }
const CTA_PROTO = { NUM: 1, SRC_PORT: 2, DST_PORT: 3, ICMP_ID: 4, ICMPV6_ID: 7 }
const CTA_PROTOINFO_TCP = 1
const CTA_PROTOINFO_TCP_STATE = 1

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  47: 'gre',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
}

/** enum tcp_conntrack. */
const TCP_STATES = [
  'none',
  'syn-sent',
  'syn-recv',
  'established',
  'fin-wait',
  'close-wait',
  'last-ack',
  'time-wait',
  'close',
  'syn-sent2',
]

/** enum ip_conntrack_status, without the bits that only say how far the kernel has got. */
const STATUS = [
  [1 << 0, 'expected'],
  [1 << 1, 'seen-reply'],
  [1 << 2, 'assured'],
  [1 << 4, 'snat'],
  [1 << 5, 'dnat'],
  [1 << 9, 'dying'],
  [1 << 10, 'fixed-timeout'],
  [1 << 14, 'offload'],
] as const

/** NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS. */
const GET_STATS = (1 << 8) | 5
const CTA_STATS_GLOBAL_ENTRIES = 1

const REQUEST = dumpRequest(GET, (message) => message.header([1, 0], [1, 0], [2, 0]))
const COUNT = singleRequest(GET_STATS, (message) => message.header([1, 0], [1, 0], [2, 0]))

const flow = new Attributes(CTA.TIMEOUT)
const tuple = new Attributes(CTA_TUPLE.PROTO)
const ip = new Attributes(CTA_IP.V6_DST)
const proto = new Attributes(CTA_PROTO.ICMPV6_ID)
const info = new Attributes(CTA_PROTOINFO_TCP)
const stats = new Attributes(CTA_STATS_GLOBAL_ENTRIES)
const tcp = new Attributes(CTA_PROTOINFO_TCP_STATE)

/**
 * Connections that the namespace keeps track of; there are some only where a rule needs it. For a list the kernel walks
 * its one table of all namespaces (9 ms with 262,144 buckets), so it is first asked whether there is anything to list.
 */
export function dumpConntrack(
  socket: DumpSocket,
  limit: number,
): { readonly flows: readonly ObservedFlow[]; readonly outcome: DumpOutcome } {
  const flows: ObservedFlow[] = []
  if (countFlows(socket) === 0) return { flows, outcome: 'whole' }
  const outcome = socket.dump(
    REQUEST,
    limit,
    (bytes, start, end) => flows.push(readFlow(bytes, start, end)),
    () => {
      flows.length = 0
    },
  )
  return { flows, outcome }
}

function countFlows(socket: DumpSocket): number {
  let count = 0
  socket.dump(
    COUNT,
    1,
    (bytes, start, end) => {
      stats.scan(bytes, start + NFGENMSG_BYTES, end)
      count = networkU32(bytes, stats, CTA_STATS_GLOBAL_ENTRIES)
    },
    () => {},
  )
  return count
}

/** One IPCTNL_MSG_CT_NEW; `start` is that of struct nfgenmsg. For ICMP the source port is the echo identifier. */
export function readFlow(bytes: Buffer, start: number, end: number): ObservedFlow {
  flow.scan(bytes, start + NFGENMSG_BYTES, end)
  const original = readTuple(bytes, flow.start(CTA.TUPLE_ORIG), flow.end(CTA.TUPLE_ORIG))
  const reply = readTuple(bytes, flow.start(CTA.TUPLE_REPLY), flow.end(CTA.TUPLE_REPLY))
  return {
    protocol: original.protocol,
    source: original.source,
    destination: original.destination,
    sourcePort: original.sourcePort,
    destinationPort: original.destinationPort,
    replySource: reply.source,
    replyDestination: reply.destination,
    replySourcePort: reply.sourcePort,
    replyDestinationPort: reply.destinationPort,
    state: readState(bytes),
    status: bitNames(networkU32(bytes, flow, CTA.STATUS), STATUS),
    timeoutSeconds: networkU32(bytes, flow, CTA.TIMEOUT),
  }
}

function readTuple(bytes: Buffer, start: number, end: number) {
  tuple.scan(bytes, start, end)
  ip.scan(bytes, tuple.start(CTA_TUPLE.IP), tuple.end(CTA_TUPLE.IP))
  proto.scan(bytes, tuple.start(CTA_TUPLE.PROTO), tuple.end(CTA_TUPLE.PROTO))
  const [source, destination] =
    ip.start(CTA_IP.V4_SRC) === 0 ? [CTA_IP.V6_SRC, CTA_IP.V6_DST] : [CTA_IP.V4_SRC, CTA_IP.V4_DST]
  const number = proto.u8(bytes, CTA_PROTO.NUM)
  return {
    protocol: PROTOCOLS[number] ?? String(number),
    source: ipText(bytes, ip.start(source), ip.size(source)),
    destination: ipText(bytes, ip.start(destination), ip.size(destination)),
    sourcePort:
      networkU16(bytes, CTA_PROTO.SRC_PORT) ||
      networkU16(bytes, CTA_PROTO.ICMP_ID) ||
      networkU16(bytes, CTA_PROTO.ICMPV6_ID),
    destinationPort: networkU16(bytes, CTA_PROTO.DST_PORT),
  }
}

function readState(bytes: Buffer): string {
  if (flow.start(CTA.PROTOINFO) === 0) return ''
  info.scan(bytes, flow.start(CTA.PROTOINFO), flow.end(CTA.PROTOINFO))
  if (info.start(CTA_PROTOINFO_TCP) === 0) return ''
  tcp.scan(bytes, info.start(CTA_PROTOINFO_TCP), info.end(CTA_PROTOINFO_TCP))
  return TCP_STATES[tcp.u8(bytes, CTA_PROTOINFO_TCP_STATE)] ?? ''
}

function networkU16(bytes: Buffer, type: number): number {
  return proto.size(type) >= 2 ? bytes.readUInt16BE(proto.start(type)) : 0
}

function networkU32(bytes: Buffer, from: Attributes, type: number): number {
  return from.size(type) >= 4 ? bytes.readUInt32BE(from.start(type)) : 0
}
