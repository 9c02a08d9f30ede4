/**
 * IP addresses as numbers. Text goes in through `parseIp` and comes out through `formatIp`; in between nothing is a
 * string, so that two spellings of one address can never be taken for two addresses.
 */
export type Ip4 = { readonly family: 4; readonly value: bigint }
export type Ip6 = { readonly family: 6; readonly value: bigint }
export type Ip = Ip4 | Ip6
export type Family = Ip['family']

/** Width of an address of each family in bits. */
export const BITS = { 4: 32, 6: 128 } as const satisfies Record<Family, number>

/**
 * Reads one address, strictly: four decimal octets without leading zeros (`010.0.0.1` is octal to some and decimal to
 * others), or RFC 4291 section 2.2 text without a zone. IPv4-mapped addresses (`::ffff:0:0/96`) are refused, since
 * they are an IPv6 spelling of an IPv4 address and slip past rules written for either family.
 */
export function parseIp(text: string): Ip | undefined {
  if (text.length > 45) return undefined
  return text.includes(':') ? parseIp6(text) : parseIp4(text)
}

/** Canonical text: dotted decimal, or RFC 5952 (lower case, longest run of zeros cut, the first of equal runs). */
export function formatIp(ip: Ip): string {
  return ip.family === 4 ? formatIp4(Number(ip.value)) : formatIp6(ip.value)
}

/** Network byte order, 4 or 16 bytes. */
export function bytesOfIp(ip: Ip): Uint8Array {
  const bytes = new Uint8Array(BITS[ip.family] / 8)
  let rest = ip.value
  for (let place = bytes.length - 1; place >= 0; place--) {
    bytes[place] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** @returns undefined unless there are exactly 4 or 16 bytes */
export function ipFromBytes(bytes: Uint8Array): Ip | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return { family: bytes.length === 4 ? 4 : 6, value }
}

export function sameIp(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.value === b.value
}

/** The address `distance` places further on. The caller knows that it stays inside its family. */
export function ipPlus(ip: Ip, distance: bigint): Ip {
  return { family: ip.family, value: ip.value + distance }
}

/** What an address may be used for; only `unicast` and `link-local` can be given to an interface. */
export type IpUse = 'unicast' | 'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'reserved'

/** Blocks of the IANA special-purpose registries (RFC 6890) that Linux treats specially itself. */
export function useOf(ip: Ip): IpUse {
  if (ip.family === 4) {
    const first = Number(ip.value >> 24n)
    if (first === 0) return 'unspecified'
    if (first === 127) return 'loopback'
    if (ip.value >> 16n === 0xa9fen) return 'link-local'
    if (first >= 224 && first < 240) return 'multicast'
    return first >= 240 ? 'reserved' : 'unicast'
  }
  if (ip.value === 0n) return 'unspecified'
  if (ip.value === 1n) return 'loopback'
  if (ip.value >> 118n === 0x3fan) return 'link-local'
  if (ip.value >> 120n === 0xffn) return 'multicast'
  return isMapped(ip.value) ? 'reserved' : 'unicast'
}

function parseIp4(text: string): Ip4 | undefined {
  const octets = octetsOf(text)
  return octets === undefined ? undefined : { family: 4, value: BigInt(octets) }
}

/** The 32 bits of dotted decimal as a number, or undefined. Walks the characters: this is the parser's hottest loop. */
function octetsOf(text: string): number | undefined {
  let value = 0
  let octet = -1
  let dots = 0
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code === 0x2e) {
      if (octet < 0 || ++dots > 3) return undefined
      value = value * 256 + octet
      octet = -1
      continue
    }
    // A second digit after a zero is a leading zero.
    if (code < 0x30 || code > 0x39 || octet === 0) return undefined
    octet = (octet < 0 ? 0 : octet * 10) + (code - 0x30)
    if (octet > 255) return undefined
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined
}

function parseIp6(text: string): Ip6 | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = '', tail] = halves
  const left = groupsOf(head, tail === undefined)
  const right = tail === undefined ? [] : groupsOf(tail, true)
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  // `::` stands for at least one group of zeros (RFC 4291 section 2.2).
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  let value = 0n
  for (const group of left) value = (value << 16n) | BigInt(group)
  value <<= BigInt(missing * 16)
  for (const group of right) value = (value << 16n) | BigInt(group)
  return isMapped(value) ? undefined : { family: 6, value }
}

/** 16-bit groups of one side of `::`; the last one of an address may be dotted decimal, which makes two groups. */
function groupsOf(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [place, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const dotted = mayEndDotted && place === parts.length - 1 ? octetsOf(part) : undefined
    if (dotted === undefined) return undefined
    groups.push(Math.floor(dotted / 65536), dotted % 65536)
  }
  return groups
}

function isMapped(value: bigint): boolean {
  return value >> 32n === 0xffffn
}

function formatIp4(value: number): string {
  return `${Math.floor(value / 2 ** 24)}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

function formatIp6(value: bigint): string {
  // RFC 5952 section 5: the mapped prefix is well known, so its last 32 bits are written as IPv4.
  if (isMapped(value)) return `::ffff:${formatIp4(Number(value & 0xffffffffn))}`
  const groups: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn))
  const run = longestZeroRun(groups)
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  return run === undefined ? text(groups) : `${text(groups.slice(0, run.start))}::${text(groups.slice(run.end))}`
}

/** RFC 5952 section 4.2: a single zero group is not shortened. */
function longestZeroRun(groups: readonly number[]): { start: number; end: number } | undefined {
  let best: { start: number; end: number } | undefined
  let start = 0
  for (let place = 0; place <= groups.length; place++) {
    if (groups[place] === 0) continue
    if (place - start >= 2 && place - start > (best === undefined ? 0 : best.end - best.start))
      best = { start, end: place }
    start = place + 1
  }
  return best
}
