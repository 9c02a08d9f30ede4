import { Attributes, rawText } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'

/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GET…, linux/netfilter/nf_tables.h. Numbers in attributes are in network byte order. */
const SUBSYSTEM = 10 << 8
const GETTABLE = SUBSYSTEM | 1
const GETCHAIN = SUBSYSTEM | 4
const GETRULE = SUBSYSTEM | 7
const GETSET = SUBSYSTEM | 10
const GETSETELEM = SUBSYSTEM | 13
const NFGENMSG_BYTES = 4

/** NFPROTO_* of linux/netfilter.h, as nft names them. */
const FAMILIES: Readonly<Record<number, string>> = { 1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6' }

const everyOf = (type: number): Buffer => dumpRequest(type, (message) => message.header([1, 0], [1, 0], [2, 0]))
const TABLES = everyOf(GETTABLE)
const CHAINS = everyOf(GETCHAIN)
const RULES = everyOf(GETRULE)
const SETS = everyOf(GETSET)

/** Names are raw: one character for each byte, as the kernel wants them back. They are made presentable at the very end. */
export type TableName = { readonly family: string; readonly name: string }

export type RawChain = TableName & {
  readonly table: string
  /** Absent for a chain that packets reach only by a jump. */
  readonly hook?: { readonly number: number; readonly priority: number }
  readonly type: string
  readonly policy: number
}

export type RawRule = {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly handle: number
  /** NFTA_RULE_EXPRESSIONS, copied out of the datagram. */
  readonly expressions: Buffer
  readonly userData: Buffer
}

export type RawSet = TableName & {
  readonly table: string
  readonly familyNumber: number
  readonly anonymous: boolean
  readonly intervals: boolean
  readonly keyBytes: number
}

export type RawElement = {
  readonly key: Buffer
  readonly keyEnd: Buffer | undefined
  readonly endsInterval: boolean
  readonly verdict: { readonly code: number; readonly chain: string } | undefined
}

type Listed<T> = { readonly entries: readonly T[]; readonly outcome: DumpOutcome }

const attributes = new Attributes(12)
const nested = new Attributes(10)
const value = new Attributes(2)
const verdict = new Attributes(2)

function u32(bytes: Buffer, from: Attributes, type: number): number {
  return from.size(type) >= 4 ? bytes.readUInt32BE(from.start(type)) : 0
}

function raw(bytes: Buffer, type: number): string {
  return rawText(bytes, attributes.start(type), attributes.end(type))
}

/** Asked first, since most namespaces have none. */
export function dumpTableNames(socket: DumpSocket, limit: number): Listed<TableName> {
  return list(socket, TABLES, limit, (bytes, family) => ({ family, name: raw(bytes, 1) }))
}

export function dumpChains(socket: DumpSocket, limit: number): Listed<RawChain> {
  return list(socket, CHAINS, limit, (bytes, family) => {
    const [table, name, type, policy] = [raw(bytes, 1), raw(bytes, 3), raw(bytes, 7), u32(bytes, attributes, 5)]
    if (attributes.start(4) === 0) return { family, table, name, type: '', policy: -1 }
    nested.scan(bytes, attributes.start(4), attributes.end(4))
    const hook = { number: u32(bytes, nested, 1), priority: u32(bytes, nested, 2) | 0 }
    return { family, table, name, type, policy, hook }
  })
}

/** Most that all rules together may take; nft's own take 0.2 to 1 KiB each, hand-made ones up to 64. */
const MAX_RULE_BYTES = 8 * 1024 * 1024

export function dumpRules(socket: DumpSocket, limit: number): Listed<RawRule> {
  let left = MAX_RULE_BYTES
  const { entries, outcome } = list(socket, RULES, limit, (bytes, family): RawRule => {
    const [expressions, userData] = [attributes.size(4), attributes.size(7)]
    left -= expressions + userData
    return {
      family,
      table: raw(bytes, 1),
      chain: raw(bytes, 2),
      // Handles count up from 1; the upper half of the 64 bits is never reached.
      handle: attributes.size(3) >= 8 ? bytes.readUInt32BE(attributes.start(3) + 4) : 0,
      expressions: left < 0 ? NOTHING : copy(bytes, attributes.start(4), attributes.end(4)),
      userData: left < 0 ? NOTHING : copy(bytes, attributes.start(7), attributes.end(7)),
    }
  })
  return { entries, outcome: left < 0 ? 'capped' : outcome }
}

const NOTHING = Buffer.alloc(0)

const [SET_ANONYMOUS, SET_INTERVAL] = [0x1, 0x4]

export function dumpSets(socket: DumpSocket, limit: number): Listed<RawSet> {
  return list(socket, SETS, limit, (bytes, family, familyNumber) => {
    const flags = u32(bytes, attributes, 3)
    return {
      family,
      familyNumber,
      table: raw(bytes, 1),
      name: raw(bytes, 2),
      anonymous: (flags & SET_ANONYMOUS) !== 0,
      intervals: (flags & SET_INTERVAL) !== 0,
      keyBytes: u32(bytes, attributes, 5),
    }
  })
}

const INTERVAL_END = 0x1

/** Elements of one set. @param limit of elements; many come in one message, so it may be passed by a messageful */
export function dumpElements(socket: DumpSocket, set: RawSet, limit: number): Listed<RawElement> {
  const request = dumpRequest(GETSETELEM, (message) =>
    message
      .header([1, set.familyNumber], [1, 0], [2, 0])
      .data(1, Buffer.from(`${set.table}\0`, 'latin1'))
      .data(2, Buffer.from(`${set.name}\0`, 'latin1')),
  )
  const entries: RawElement[] = []
  const outcome = socket.dump(
    request,
    Math.ceil(limit / ELEMENTS_PER_MESSAGE),
    (bytes, start, end) => {
      attributes.scan(bytes, start + NFGENMSG_BYTES, end)
      readElements(bytes, attributes.start(3), attributes.end(3), entries)
    },
    () => {
      entries.length = 0
    },
  )
  return { entries, outcome }
}

/** At least: the smallest element takes 16 bytes of a datagram of at most 32 KiB. */
const ELEMENTS_PER_MESSAGE = 2048

function readElements(bytes: Buffer, start: number, end: number, into: RawElement[]): void {
  let at = start
  while (at + 4 <= end) {
    const size = bytes.readUInt16LE(at)
    if (size < 4 || at + size > end) return
    nested.scan(bytes, at + 4, at + size)
    const keyEnd = nested.start(10) === 0 ? undefined : dataOf(bytes, nested.start(10), nested.end(10))
    const endsInterval = (u32(bytes, nested, 3) & INTERVAL_END) !== 0
    const key = dataOf(bytes, nested.start(1), nested.end(1))
    into.push({ key, keyEnd, endsInterval, verdict: verdictOf(bytes, nested.start(2), nested.end(2)) })
    at += (size + 3) & ~3
  }
}

function dataOf(bytes: Buffer, start: number, end: number): Buffer {
  value.scan(bytes, start, end)
  return copy(bytes, value.start(1), value.end(1))
}

function verdictOf(bytes: Buffer, start: number, end: number): RawElement['verdict'] {
  value.scan(bytes, start, end)
  if (value.start(2) === 0) return undefined
  verdict.scan(bytes, value.start(2), value.end(2))
  return { code: u32(bytes, verdict, 1) | 0, chain: verdict.text(bytes, 2) }
}

function copy(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.from(bytes.subarray(start, end))
}

function list<T>(
  socket: DumpSocket,
  request: Buffer,
  limit: number,
  read: (bytes: Buffer, family: string, familyNumber: number) => T,
): Listed<T> {
  const entries: T[] = []
  const outcome = socket.dump(
    request,
    limit,
    (bytes, start, end) => {
      attributes.scan(bytes, start + NFGENMSG_BYTES, end)
      const family = bytes[start] ?? 0
      entries.push(read(bytes, FAMILIES[family] ?? String(family), family))
    },
    () => {
      entries.length = 0
    },
  )
  return { entries, outcome }
}
