import type { Family } from '../../net/ip.ts'

/**
 * ICMP echo messages as bytes (RFC 792, RFC 4443). Pure: no sockets, no clock. An echo is known again by three things:
 * id, sequence number and, as far as the payload has room, the 8-byte token at its beginning.
 */
export const ICMP_HEADER_BYTES = 8
export const TOKEN_BYTES = 8
/** The number of the attempt stands behind the token where the payload has room for both. */
export const PAYLOAD_WITH_ATTEMPT_BYTES = TOKEN_BYTES + 2

const REQUEST = { 4: 8, 6: 128 } as const satisfies Record<Family, number>
const REPLY = { 4: 0, 6: 129 } as const satisfies Record<Family, number>
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const PROTOCOL_ICMP = 1
const PROTOCOL_ICMPV6 = 58
const PROTOCOL_FRAGMENT = 44

/** ICMP errors that quote the packet they are about. Redirects and source quenches are none: the echo went on. */
const ERROR_TYPES = { 4: [3, 11, 12], 6: [1, 2, 3, 4] } as const satisfies Record<Family, readonly number[]>

/** The ICMP types that are read, by family: the socket filters are made from this. */
export const READ_TYPES = { 4: [REPLY[4], ...ERROR_TYPES[4]], 6: [REPLY[6], ...ERROR_TYPES[6]] } as const

/** One request, made once and stamped before each sending, so that sending allocates nothing. */
export type Echo = {
  readonly family: Family
  readonly packet: Buffer
  /** One's complement sum of the packet with sequence, attempt and checksum 0. */
  readonly sum: number
}

/** Bytes behind token and attempt count upwards from 0x10, as ping(8) fills them. */
export function makeEcho(family: Family, id: number, token: Uint8Array, payloadBytes: number): Echo {
  const packet = Buffer.alloc(ICMP_HEADER_BYTES + payloadBytes)
  packet[0] = REQUEST[family]
  packet.writeUInt16BE(id, 4)
  packet.set(token.subarray(0, payloadBytes), ICMP_HEADER_BYTES)
  for (let at = ICMP_HEADER_BYTES + PAYLOAD_WITH_ATTEMPT_BYTES; at < packet.length; at++) packet[at] = at & 0xff
  return { family, packet, sum: sumOf(packet, 0, packet.length) }
}

/** @param attempt left out of a payload that is too short for it */
export function stampEcho(echo: Echo, sequence: number, attempt = 0): void {
  const { packet, family } = echo
  packet.writeUInt16BE(sequence, 6)
  const carriesAttempt = packet.length >= ICMP_HEADER_BYTES + PAYLOAD_WITH_ATTEMPT_BYTES
  if (carriesAttempt) packet.writeUInt16BE(attempt, ICMP_HEADER_BYTES + TOKEN_BYTES)
  // The kernel fills in the checksum of ICMPv6, which covers addresses that only it knows (RFC 3542 section 3.1).
  if (family === 4) packet.writeUInt16BE(~fold(echo.sum + sequence + (carriesAttempt ? attempt : 0)) & 0xffff, 2)
}

/** What a received packet says; the reader's own record is filled anew for each packet. */
export type Reading = {
  kind: 'reply' | 'error'
  /** Of the reply, or of our request as the error quotes it. */
  id: number
  sequence: number
  type: number
  code: number
  /** Of an error that tells one, else 0. */
  mtuBytes: number
  /** Of an IPv4 packet; for IPv6 it is not in the packet but beside it: 0. */
  ttl: number
  /** ICMP header and payload, as ping(8) counts them. */
  icmpBytes: number
  /** Where the payload begins in `bytes`, and how much of it is there: an error may quote as little as 8 bytes. */
  payloadAt: number
  payloadBytes: number
}

export function newReading(): Reading {
  return {
    kind: 'reply',
    id: 0,
    sequence: 0,
    type: 0,
    code: 0,
    mtuBytes: 0,
    ttl: 0,
    icmpBytes: 0,
    payloadAt: 0,
    payloadBytes: 0,
  }
}

/**
 * Reads what a raw socket gave: for IPv4 with its IP header, for IPv6 from the ICMPv6 header on. Anything may stand in
 * it. Raw sockets get IPv4 packets before the kernel has checked their ICMP checksum, so that is done here, where the
 * packet is there whole.
 *
 * @param start where the packet begins in `bytes`
 * @param length of the packet on the wire
 * @param present how much of it is in `bytes`
 * @returns whether it is an echo reply or an error about an echo request; only then `into` is filled
 */
export function readEcho(
  family: Family,
  bytes: Buffer,
  start: number,
  length: number,
  present: number,
  into: Reading,
): boolean {
  const end = start + Math.min(length, present)
  let at = start
  into.ttl = 0
  if (family === 4) {
    at = behindIpv4(bytes, start, end)
    if (at === -1) return false
    into.ttl = byteAt(bytes, start + 8)
  }
  if (at + ICMP_HEADER_BYTES > end) return false
  if (family === 4 && length <= present && fold(sumOf(bytes, at, end)) !== 0xffff) return false
  const type = byteAt(bytes, at)
  into.type = type
  into.code = byteAt(bytes, at + 1)
  into.icmpBytes = length - (at - start)
  into.mtuBytes = 0
  if (type === REPLY[family]) {
    into.kind = 'reply'
    return readIdentity(bytes, at, end, into)
  }
  into.kind = 'error'
  return readQuoted(family, bytes, at, end, into)
}

/** Whether the payload begins with `token`, as far as both the payload that was sent and what came back reach. */
export function carriesToken(bytes: Buffer, reading: Reading, token: Uint8Array, sentPayloadBytes: number): boolean {
  const reach = Math.min(TOKEN_BYTES, sentPayloadBytes)
  // A reply gives all of it back; an error may have been cut short.
  if (reading.kind === 'reply' && reading.payloadBytes < reach) return false
  const compared = Math.min(reach, reading.payloadBytes)
  for (let place = 0; place < compared; place++) {
    if (bytes[reading.payloadAt + place] !== token[place]) return false
  }
  return true
}

/** 0 where the attempt was not carried. */
export function attemptOf(bytes: Buffer, reading: Reading): number {
  return reading.payloadBytes < PAYLOAD_WITH_ATTEMPT_BYTES ? 0 : bytes.readUInt16BE(reading.payloadAt + TOKEN_BYTES)
}

function readIdentity(bytes: Buffer, at: number, end: number, into: Reading): boolean {
  if (at + ICMP_HEADER_BYTES > end) return false
  into.id = bytes.readUInt16BE(at + 4)
  into.sequence = bytes.readUInt16BE(at + 6)
  into.payloadAt = at + ICMP_HEADER_BYTES
  into.payloadBytes = end - into.payloadAt
  return true
}

function readQuoted(family: Family, bytes: Buffer, at: number, end: number, into: Reading): boolean {
  if (!(ERROR_TYPES[family] as readonly number[]).includes(into.type)) return false
  // RFC 1191 section 4 and RFC 4443 section 3.2.
  if (family === 4 && into.type === 3 && into.code === 4) into.mtuBytes = bytes.readUInt16BE(at + 6)
  if (family === 6 && into.type === 2) into.mtuBytes = bytes.readUInt32BE(at + 4)
  const quoted = at + ICMP_HEADER_BYTES
  const inner = family === 4 ? behindIpv4(bytes, quoted, end) : behindIpv6(bytes, quoted, end)
  if (inner === -1 || inner + ICMP_HEADER_BYTES > end || bytes[inner] !== REQUEST[family]) return false
  return readIdentity(bytes, inner, end, into)
}

/** Where the ICMP message begins, or -1: not ICMP, cut off, or a later fragment, which has no ICMP header. */
function behindIpv4(bytes: Buffer, at: number, end: number): number {
  if (at + IPV4_BYTES > end) return -1
  const first = byteAt(bytes, at)
  const headerBytes = (first & 0xf) * 4
  if (first >> 4 !== 4 || headerBytes < IPV4_BYTES || byteAt(bytes, at + 9) !== PROTOCOL_ICMP) return -1
  if ((bytes.readUInt16BE(at + 6) & 0x1fff) !== 0) return -1
  return at + headerBytes
}

/** As above. Of extension headers only the fragment header is walked over: our requests carry no other. */
function behindIpv6(bytes: Buffer, at: number, end: number): number {
  if (at + IPV6_BYTES + 8 > end || byteAt(bytes, at) >> 4 !== 6) return -1
  const next = byteAt(bytes, at + 6)
  const behind = at + IPV6_BYTES
  if (next === PROTOCOL_ICMPV6) return behind
  const isFirstFragment = next === PROTOCOL_FRAGMENT && (bytes.readUInt16BE(behind + 2) & 0xfff8) === 0
  return isFirstFragment && byteAt(bytes, behind) === PROTOCOL_ICMPV6 ? behind + 8 : -1
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0
}

/** RFC 1071, without the last complement; an odd last byte counts as if a zero followed. */
function sumOf(bytes: Buffer, from: number, to: number): number {
  let sum = 0
  for (let at = from; at + 1 < to; at += 2) sum += (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1)
  return (to - from) % 2 === 1 ? sum + (byteAt(bytes, to - 1) << 8) : sum
}

function fold(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return folded
}
