import { ipText, kernelText, macText } from '../netlink/attributes.ts'
import type { Json } from './json.ts'

/** What a register of a rule holds: something of a packet, in nft's JSON, and how its bytes are written. */
export type Field = {
  readonly left: Json
  readonly bytes: number
  readonly write: (value: Buffer) => Json
  /** The space is addresses: a mask of leading ones is a prefix. */
  readonly address: boolean
}

type Writer = (value: Buffer) => Json

const number: Writer = (value) =>
  value.length <= 6 && value.length > 0 ? value.readUIntBE(0, value.length) : hex(value)
/** Values that the kernel keeps in the machine's byte order. */
const hostNumber: Writer = (value) =>
  value.length <= 6 && value.length > 0 ? value.readUIntLE(0, value.length) : hex(value)
const ip: Writer = (value) => ipText(value, 0, value.length) || hex(value)
const mac: Writer = (value) => macText(value, 0, value.length)
const named =
  (names: Readonly<Record<number, string>>, read: Writer): Writer =>
  (value) => {
    const plain = read(value)
    return typeof plain === 'number' ? (names[plain] ?? plain) : plain
  }
/** A name shorter than its field and without an end is the beginning of names: nft's `eth*`. */
const name: Writer = (value) => {
  const text = kernelText(value, 0, value.length)
  return value.includes(0) || value.length >= 16 ? text : `${text}*`
}

export function hex(value: Uint8Array): string {
  return `0x${Buffer.from(value).toString('hex')}`
}

type Part = readonly [name: string, offset: number, bytes: number, write: Writer]

const PORTS: readonly Part[] = [
  ['sport', 0, 2, number],
  ['dport', 2, 2, number],
]
const ICMP: readonly Part[] = [
  ['type', 0, 1, number],
  ['code', 1, 1, number],
]

/** Headers as RFC 791, 8200, 826, 9293, 768, 792 and 4443 lay them out; fields that nft names and that people match on. */
const HEADERS: Readonly<Record<string, readonly Part[]>> = {
  ether: [
    ['daddr', 0, 6, mac],
    ['saddr', 6, 6, mac],
    ['type', 12, 2, number],
  ],
  ip: [
    ['dscp', 1, 1, number],
    ['length', 2, 2, number],
    ['id', 4, 2, number],
    ['ttl', 8, 1, number],
    ['protocol', 9, 1, number],
    ['saddr', 12, 4, ip],
    ['daddr', 16, 4, ip],
  ],
  ip6: [
    ['length', 4, 2, number],
    ['nexthdr', 6, 1, number],
    ['hoplimit', 7, 1, number],
    ['saddr', 8, 16, ip],
    ['daddr', 24, 16, ip],
  ],
  arp: [
    ['htype', 0, 2, number],
    ['ptype', 2, 2, number],
    ['operation', 6, 2, number],
    ['saddr ether', 8, 6, mac],
    ['saddr ip', 14, 4, ip],
    ['daddr ether', 18, 6, mac],
    ['daddr ip', 24, 4, ip],
  ],
  tcp: [
    ...PORTS,
    ['sequence', 4, 4, number],
    ['ackseq', 8, 4, number],
    ['flags', 13, 1, number],
    ['window', 14, 2, number],
  ],
  udp: [...PORTS, ['length', 4, 2, number]],
  sctp: PORTS,
  dccp: PORTS,
  th: PORTS,
  icmp: ICMP,
  icmpv6: ICMP,
}

/** The field of a header that begins at an offset; where none does, the bytes themselves. */
export function headerField(header: string, offset: number, bytes: number): Field {
  const part = HEADERS[header]?.find(([, at]) => at === offset)
  if (part === undefined || header === '') {
    return {
      left: { payload: { base: header, offset: offset * 8, len: bytes * 8 } },
      bytes,
      write: hex,
      address: false,
    }
  }
  const [field, , width, write] = part
  return { left: { payload: { protocol: header, field } }, bytes: width, write, address: write === ip }
}

/** NFT_META_* of linux/netfilter/nf_tables.h, by number. */
const META: readonly (readonly [name: string, bytes: number, write: Writer])[] = [
  ['length', 4, hostNumber],
  ['protocol', 2, number],
  ['priority', 4, hostNumber],
  ['mark', 4, hostNumber],
  ['iif', 4, hostNumber],
  ['oif', 4, hostNumber],
  ['iifname', 16, name],
  ['oifname', 16, name],
  ['iiftype', 2, named({ 1: 'ether', 772: 'loopback' }, hostNumber)],
  ['oiftype', 2, named({ 1: 'ether', 772: 'loopback' }, hostNumber)],
  ['skuid', 4, hostNumber],
  ['skgid', 4, hostNumber],
  ['nftrace', 1, hostNumber],
  ['rtclassid', 4, hostNumber],
  ['secmark', 4, hostNumber],
  ['nfproto', 1, named({ 2: 'ipv4', 10: 'ipv6' }, number)],
  ['l4proto', 1, number],
  ['ibrname', 16, name],
  ['obrname', 16, name],
  ['pkttype', 1, named({ 0: 'host', 1: 'broadcast', 2: 'multicast', 3: 'other' }, number)],
  ['cpu', 4, hostNumber],
  ['iifgroup', 4, hostNumber],
  ['oifgroup', 4, hostNumber],
  ['cgroup', 4, hostNumber],
  ['random', 4, hostNumber],
]

export function metaField(key: number): Field {
  const [name, bytes, write] = META[key] ?? [`key-${key}`, 16, hex]
  return { left: { meta: { key: name } }, bytes, write, address: false }
}

/** NFT_CT_*, by number. */
const CT: readonly (readonly [name: string, bytes: number])[] = [
  ['state', 4],
  ['direction', 1],
  ['status', 4],
  ['mark', 4],
  ['secmark', 4],
  ['expiration', 4],
  ['helper', 16],
]

export function ctField(key: number, direction: number | undefined): Field {
  const [name, bytes] = CT[key] ?? [`key-${key}`, 16]
  const dir = direction === undefined ? {} : { dir: direction === 0 ? 'original' : 'reply' }
  const write = bytes === 16 ? hex : hostNumber
  return { left: { ct: { key: name, ...dir } }, bytes, write, address: false }
}

const FIB_RESULTS: readonly string[] = ['', 'oif', 'oifname', 'type']
const FIB_FLAGS = [
  [1, 'saddr'],
  [2, 'daddr'],
  [4, 'mark'],
  [8, 'iif'],
  [16, 'oif'],
] as const
/** RTN_* of linux/rtnetlink.h. */
const ADDRESS_TYPES = {
  1: 'unicast',
  2: 'local',
  3: 'broadcast',
  4: 'anycast',
  5: 'multicast',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
}

export function fibField(result: number, flags: number): Field {
  const set = FIB_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, flag]) => flag)
  const kind = FIB_RESULTS[result] ?? String(result)
  const write = kind === 'type' ? named(ADDRESS_TYPES, hostNumber) : kind === 'oifname' ? name : hostNumber
  return { left: { fib: { result: kind, flags: set } }, bytes: kind === 'oifname' ? 16 : 4, write, address: false }
}
