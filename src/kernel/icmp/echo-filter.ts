import type { Family } from '../../net/ip.ts'
import { READ_TYPES } from './echo.ts'

/**
 * Socket filters for one echo id, as the option values that the kernel takes. Every raw ICMP socket of a namespace gets
 * every ICMP message of it; with these the kernel drops what is not ours before it takes room in our buffer or wakes us.
 */

/** `struct icmp_filter` (raw(7), ICMP_FILTER) or `struct icmp6_filter` (RFC 3542 section 3.2): a set bit blocks a type. */
export function typeFilter(family: Family): Buffer {
  const filter = Buffer.alloc(family === 4 ? 4 : 32, 0xff)
  for (const type of READ_TYPES[family]) {
    const word = (type >> 5) * 4
    filter.writeUInt32LE((filter.readUInt32LE(word) & ~(1 << (type & 31))) >>> 0, word)
  }
  return filter
}

// Classic BPF (linux/filter.h): code, jump if true, jump if false, constant. Loads behind the end of a packet drop it.
const LOAD_BYTE = 0x30
const LOAD_HALF = 0x28
const LOAD_BYTE_AT_X = 0x50
const LOAD_HALF_AT_X = 0x48
/** X = 4 * (packet[k] & 0xf): the length of an IPv4 header. */
const X_FROM_HEADER_LENGTH = 0xb1
const AND = 0x54
const SHIFT_LEFT = 0x64
const ADD_X = 0x0c
const X_FROM_A = 0x07
const JUMP_IF_EQUAL = 0x15
const JUMP = 0x05
const RETURN = 0x06
const WHOLE_PACKET = 0xffff

type Line = readonly [code: number, constant: number, ifTrue?: number, ifFalse?: number]

/** IPv4 packets begin with their IP header. */
function program4(id: number): readonly Line[] {
  return [
    [X_FROM_HEADER_LENGTH, 0],
    [LOAD_BYTE_AT_X, 0],
    [JUMP_IF_EQUAL, 0, 0, 2], // an echo reply, or on to the errors
    [LOAD_HALF_AT_X, 4],
    [JUMP, 8], // to the comparison of ids
    [LOAD_BYTE_AT_X, 8 + 9], // protocol of the quoted packet
    [JUMP_IF_EQUAL, 1, 0, 8],
    [LOAD_BYTE_AT_X, 8],
    [AND, 0xf],
    [SHIFT_LEFT, 2],
    [ADD_X, 0],
    [X_FROM_A, 0],
    [LOAD_HALF_AT_X, 8 + 4], // id of the quoted echo
    [JUMP_IF_EQUAL, id, 0, 1],
    [RETURN, WHOLE_PACKET],
    [RETURN, 0],
  ]
}

/** ICMPv6 packets come without their IP header. The quoted one may have a fragment header of 8 bytes. */
function program6(id: number): readonly Line[] {
  return [
    [LOAD_BYTE, 0],
    [JUMP_IF_EQUAL, 129, 0, 2],
    [LOAD_HALF, 4],
    [JUMP, 7],
    [LOAD_BYTE, 8 + 6], // what follows the quoted IPv6 header
    [JUMP_IF_EQUAL, 58, 0, 2],
    [LOAD_HALF, 8 + 40 + 4],
    [JUMP, 3],
    [JUMP_IF_EQUAL, 44, 0, 4],
    [LOAD_BYTE, 8 + 40],
    [JUMP_IF_EQUAL, 58, 3, 2],
    [JUMP_IF_EQUAL, id, 0, 1],
    [RETURN, WHOLE_PACKET],
    [RETURN, 0],
    [LOAD_HALF, 8 + 40 + 8 + 4],
    [JUMP_IF_EQUAL, id, 0, 1],
    [RETURN, WHOLE_PACKET],
    [RETURN, 0],
  ]
}

/** `struct sock_filter` after `struct sock_filter`, for SO_ATTACH_FILTER. */
export function idFilter(family: Family, id: number): Buffer {
  const lines = family === 4 ? program4(id) : program6(id)
  const program = Buffer.alloc(lines.length * 8)
  for (const [place, [code, constant, ifTrue = 0, ifFalse = 0]] of lines.entries()) {
    program.writeUInt16LE(code, place * 8)
    program[place * 8 + 2] = ifTrue
    program[place * 8 + 3] = ifFalse
    program.writeUInt32LE(constant, place * 8 + 4)
  }
  return program
}
