import { type Cidr, firstOf, lastOf, parseCidr } from '../../net/cidr.ts'
import { BITS, type Family, formatIp, parseIp } from '../../net/ip.ts'
import { isList, isObject, type Json, single } from './json.ts'

/** Both ends belong to it. */
export type Interval = { readonly first: bigint; readonly last: bigint }

/** What the right side of a match holds: how text becomes a number and back, and how wide the space is. */
export type Space = {
  readonly bits: number
  readonly read: (value: Json) => bigint | undefined
  readonly write: (value: bigint) => Json
}

export const ADDRESSES: { readonly [F in Family]: Space } = {
  4: addressSpace(4),
  6: addressSpace(6),
}

export const PORTS: Space = {
  bits: 16,
  read: (value) => (typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined),
  write: Number,
}

function addressSpace(family: Family): Space {
  return {
    bits: BITS[family],
    read: (value) => {
      const ip = typeof value === 'string' ? parseIp(value) : undefined
      return ip?.family === family ? ip.value : undefined
    },
    write: (value) => formatIp({ family, value }),
  }
}

/** Addresses of blocks or of single addresses. @throws RangeError for text that is neither, or of the other family */
export function intervalsOfCidrs(cidrs: readonly string[], family: Family): readonly Interval[] {
  return cidrs.map((text) => {
    const cidr = parseCidr(text) ?? singleAddress(text)
    if (cidr === undefined || cidr.ip.family !== family) throw new RangeError(`not an IPv${family} block: ${text}`)
    return { first: firstOf(cidr).value, last: lastOf(cidr).value }
  })
}

function singleAddress(text: string): Cidr | undefined {
  const ip = parseIp(text)
  return ip === undefined ? undefined : { ip, prefix: BITS[ip.family] }
}

/**
 * Sorted, without overlap, neighbours joined. nft refuses overlapping elements in some versions and joins them in others;
 * what is joined here first is the same in all.
 */
export function merge(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = []
  for (const next of intervals.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const last = merged.at(-1)
    if (last === undefined || next.first > last.last + 1n) merged.push(next)
    else if (next.last > last.last) merged[merged.length - 1] = { first: last.first, last: next.last }
  }
  return merged
}

export function coversAll(intervals: readonly Interval[], space: Space): boolean {
  const [only, second] = intervals
  return (
    only !== undefined && second === undefined && only.first === 0n && only.last === (1n << BigInt(space.bits)) - 1n
  )
}

/** The right side of a match: one value, one prefix, one range, or a set of them. */
export function writeIntervals(intervals: readonly Interval[], space: Space): Json {
  const written = intervals.map((interval) => writeInterval(interval, space))
  const [only, second] = written
  return only !== undefined && second === undefined ? only : { set: written }
}

function writeInterval({ first, last }: Interval, space: Space): Json {
  if (first === last) return space.write(first)
  const size = last - first + 1n
  const isBlock = space !== PORTS && (size & (size - 1n)) === 0n && first % size === 0n
  if (!isBlock) return { range: [space.write(first), space.write(last)] }
  return { prefix: { addr: space.write(first), len: space.bits - (size.toString(2).length - 1) } }
}

/** The same from nft's JSON; undefined where something else stands there: a set reference, an element with a timeout … */
export function readIntervals(right: Json, space: Space): readonly Interval[] | undefined {
  const body = single(right)
  const members = body?.[0] === 'set' ? body[1] : right
  const intervals = (isList(members) ? members : [members]).map((member) => readInterval(member, space))
  const known = intervals.filter((interval) => interval !== undefined)
  return known.length === intervals.length ? merge(known) : undefined
}

function readInterval(value: Json, space: Space): Interval | undefined {
  const body = single(value)
  if (body?.[0] === 'prefix' && isObject(body[1])) return readPrefix(body[1].addr, body[1].len, space)
  const [from, to] = body?.[0] === 'range' && isList(body[1]) ? body[1] : [value, value]
  const first = from === undefined ? undefined : space.read(from)
  const last = to === undefined ? undefined : space.read(to)
  return first === undefined || last === undefined || last < first ? undefined : { first, last }
}

function readPrefix(address: Json | undefined, length: Json | undefined, space: Space): Interval | undefined {
  const value = address === undefined ? undefined : space.read(address)
  if (value === undefined || typeof length !== 'number' || !Number.isInteger(length)) return undefined
  if (length < 0 || length > space.bits) return undefined
  const size = 1n << BigInt(space.bits - length)
  const first = value - (value % size)
  return { first, last: first + size - 1n }
}
