import { Attributes, rawText } from '../netlink/attributes.ts'
import { hex } from './fields.ts'

/**
 * What a rule is made of in the kernel: small steps over registers (linux/netfilter/nf_tables.h). Register numbers are
 * turned into offsets of bytes, so that the old 16-byte registers and the new 4-byte ones mean the same place.
 */
export type Expression =
  | { readonly kind: 'meta'; readonly key: number; readonly into?: number; readonly from?: number }
  | {
      readonly kind: 'ct'
      readonly key: number
      readonly direction?: number
      readonly into?: number
      readonly from?: number
    }
  | {
      readonly kind: 'payload'
      readonly base: number
      readonly offset: number
      readonly bytes: number
      readonly into: number
    }
  | { readonly kind: 'fib'; readonly result: number; readonly flags: number; readonly into: number }
  | { readonly kind: 'value'; readonly value: Buffer; readonly into: number }
  | { readonly kind: 'mask'; readonly from: number; readonly into: number; readonly mask: Buffer; readonly xor: Buffer }
  | { readonly kind: 'compare'; readonly from: number; readonly operator: number; readonly value: Buffer }
  | {
      readonly kind: 'range'
      readonly from: number
      readonly operator: number
      readonly first: Buffer
      readonly last: Buffer
    }
  | {
      readonly kind: 'lookup'
      readonly from: number
      readonly set: string
      readonly not: boolean
      readonly maps: boolean
    }
  | { readonly kind: 'verdict'; readonly code: number; readonly chain: string }
  | { readonly kind: 'counter'; readonly packets: number; readonly bytes: number }
  | {
      readonly kind: 'limit'
      readonly rate: number
      readonly seconds: number
      readonly burst: number
      readonly unit: number
      readonly over: boolean
    }
  | {
      readonly kind: 'nat'
      readonly type: number
      readonly family: number
      readonly address?: number
      readonly lastAddress?: number
      readonly port?: number
      readonly lastPort?: number
      readonly flags: number
    }
  | {
      readonly kind: 'masquerade' | 'redirect'
      readonly port?: number
      readonly lastPort?: number
      readonly flags: number
    }
  | { readonly kind: 'reject'; readonly type: number; readonly code: number }
  /** One that is shown as it is. `into`: it fills a register, and does nothing else. */
  | { readonly kind: 'other'; readonly name: string; readonly content: string; readonly into?: number }

const element = new Attributes(2)
const inner = new Attributes(10)
const data = new Attributes(2)
const verdict = new Attributes(2)

/** NFTA_LIST_ELEM holding NFTA_EXPR_NAME and NFTA_EXPR_DATA. */
const [LIST_ELEM, EXPR_NAME, EXPR_DATA] = [1, 1, 2]
/** More than any rule of nft's own has. */
const MAX_EXPRESSIONS = 128

/** The expressions of one rule; `start` and `end` are those of NFTA_RULE_EXPRESSIONS. */
export function readExpressions(bytes: Buffer, start: number, end: number): readonly Expression[] {
  const expressions: Expression[] = []
  let at = start
  while (at + 4 <= end && expressions.length < MAX_EXPRESSIONS) {
    const size = bytes.readUInt16LE(at)
    if (size < 4 || at + size > end) break
    if ((bytes.readUInt16LE(at + 2) & 0x3fff) === LIST_ELEM) {
      element.scan(bytes, at + 4, at + size)
      const name = element.text(bytes, EXPR_NAME)
      expressions.push(readExpression(name, bytes, element.start(EXPR_DATA), element.end(EXPR_DATA)))
    }
    at += (size + 3) & ~3
  }
  return expressions
}

function readExpression(name: string, bytes: Buffer, start: number, end: number): Expression {
  inner.scan(bytes, start, end)
  const u32 = (type: number): number => (inner.size(type) >= 4 ? bytes.readUInt32BE(inner.start(type)) : 0)
  const u64 = (type: number): number => (inner.size(type) >= 8 ? networkU64(bytes, inner.start(type)) : 0)
  const u8 = (type: number): number => inner.u8(bytes, type)
  const has = (type: number): boolean => inner.start(type) !== 0
  const register = (type: number): number => registerOffset(u32(type))
  const value = (type: number): Buffer => dataValue(bytes, inner.start(type), inner.end(type))
  switch (name) {
    case 'meta':
      return { kind: 'meta', key: u32(2), ...(has(1) && { into: register(1) }), ...(has(3) && { from: register(3) }) }
    case 'ct': {
      const direction = has(3) ? { direction: u8(3) } : {}
      return {
        kind: 'ct',
        key: u32(2),
        ...direction,
        ...(has(1) && { into: register(1) }),
        ...(has(4) && { from: register(4) }),
      }
    }
    case 'payload':
      if (has(5)) break
      return { kind: 'payload', base: u32(2), offset: u32(3), bytes: u32(4), into: register(1) }
    case 'fib':
      return { kind: 'fib', result: u32(2), flags: u32(3), into: register(1) }
    case 'immediate':
      return readImmediate(bytes, register(1), inner.start(2), inner.end(2))
    case 'bitwise':
      // Shifts, and newer kernels' operations on two registers, have no mask.
      if (u32(6) !== 0 || !has(4)) return { ...other(name, bytes, start, end), into: register(2) }
      return { kind: 'mask', from: register(1), into: register(2), mask: value(4), xor: value(5) }
    case 'cmp':
      return { kind: 'compare', from: register(1), operator: u32(2), value: value(3) }
    case 'range':
      return { kind: 'range', from: register(1), operator: u32(2), first: value(3), last: value(4) }
    case 'lookup':
      return {
        kind: 'lookup',
        from: register(2),
        set: rawText(bytes, inner.start(1), inner.end(1)),
        not: (u32(5) & 1) === 1,
        maps: has(3),
      }
    case 'counter':
      return { kind: 'counter', bytes: u64(1), packets: u64(2) }
    case 'limit':
      return {
        kind: 'limit',
        rate: u64(1),
        seconds: u64(2),
        burst: u32(3),
        unit: u32(4),
        over: (u32(5) & 1) === 1,
      }
    case 'nat': {
      const address = { ...(has(3) && { address: register(3) }), ...(has(4) && { lastAddress: register(4) }) }
      return {
        kind: 'nat',
        type: u32(1),
        family: u32(2),
        ...address,
        ...(has(5) && { port: register(5) }),
        ...(has(6) && { lastPort: register(6) }),
        flags: u32(7),
      }
    }
    case 'masq':
      return {
        kind: 'masquerade',
        flags: u32(1),
        ...(has(2) && { port: register(2) }),
        ...(has(3) && { lastPort: register(3) }),
      }
    case 'redir':
      return {
        kind: 'redirect',
        ...(has(1) && { port: register(1) }),
        ...(has(2) && { lastPort: register(2) }),
        flags: u32(3),
      }
    case 'reject':
      return { kind: 'reject', type: u32(1), code: u8(2) }
  }
  const fills = FILLS[name]
  return { ...other(name, bytes, start, end), ...(fills !== undefined && has(fills) && { into: register(fills) }) }
}

/** Expressions that only fill a register, and which attribute names it. */
const FILLS: Readonly<Record<string, number | undefined>> = {
  exthdr: 1,
  rt: 1,
  osf: 1,
  numgen: 1,
  xfrm: 1,
  socket: 2,
  tunnel: 2,
  hash: 2,
  byteorder: 2,
}

const MAX_CONTENT_BYTES = 64

function other(name: string, bytes: Buffer, start: number, end: number): Extract<Expression, { kind: 'other' }> {
  return { kind: 'other', name, content: hex(bytes.subarray(start, Math.min(end, start + MAX_CONTENT_BYTES))) }
}

/** Into register 0 goes what becomes of the packet, into others a constant. */
function readImmediate(bytes: Buffer, into: number, start: number, end: number): Expression {
  data.scan(bytes, start, end)
  if (data.start(2) === 0) return { kind: 'value', value: copyOf(bytes, data.start(1), data.end(1)), into }
  verdict.scan(bytes, data.start(2), data.end(2))
  const code = verdict.size(1) >= 4 ? bytes.readInt32BE(verdict.start(1)) : 0
  return { kind: 'verdict', code, chain: verdict.text(bytes, 2) }
}

function dataValue(bytes: Buffer, start: number, end: number): Buffer {
  data.scan(bytes, start, end)
  return copyOf(bytes, data.start(1), data.end(1))
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.from(bytes.subarray(start, end))
}

/** NFT_REG_1 to NFT_REG_4 are 1 to 4, of 16 bytes; NFT_REG32_00 and on are 8 and on, of 4. The verdict's is -1. */
function registerOffset(register: number): number {
  if (register === 0) return -1
  return register < 8 ? (register - 1) * 16 : (register - 8) * 4
}

/** Exact up to 2^53. */
function networkU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}
