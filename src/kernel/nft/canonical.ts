import { isList, isObject, type Json, type JsonObject, numberOf, single, sortedText, textOf } from './json.ts'
import { ADDRESSES, PORTS, readIntervals, type Space, writeIntervals } from './values.ts'

/**
 * Brings a rule's statements, as we load them or as nft lists them, into one form, so that equal rules are equal text
 * whatever the version of libnftables: values of counters left out, sets sorted and joined, names instead of numbers, defaults
 * written out or dropped, and matches that another match of the rule implies left out (nft drops some of them itself).
 */
export function canonicalStatements(statements: readonly Json[], family: string): readonly Json[] {
  const plain = statements.map((statement) => canonicalStatement(statement, family))
  const implied = new Set(plain.flatMap(impliedBy))
  if (family === 'ip' || family === 'ip6') implied.add(`protocol ${family}`)
  return plain.filter((statement) => {
    const dependency = dependencyOf(statement)
    return dependency === undefined || !implied.has(dependency)
  })
}

/** The text by which rules are compared (ObservedRule.expression). */
export function canonicalText(statements: readonly Json[], family: string): string {
  return sortedText(canonicalStatements(statements, family))
}

function canonicalStatement(statement: Json, family: string): Json {
  const [key, body] = single(statement) ?? ['', null]
  if (key === 'counter' && isObject(body)) return { counter: null }
  if (key === 'match' && isObject(body)) return { match: canonicalMatch(body) }
  if (key === 'limit' && isObject(body)) return { limit: canonicalLimit(body) }
  if (key === 'reject' && isObject(body)) return { reject: body.expr === 'port-unreachable' ? null : body }
  if ((key === 'snat' || key === 'dnat') && isObject(body)) return { [key]: canonicalNat(body, family) }
  if (key === 'masquerade' && isObject(body) && Object.keys(body).length === 0) return { masquerade: null }
  return statement
}

function canonicalMatch({ op, left, right }: JsonObject): JsonObject {
  const [kind, of] = single(left) ?? ['', null]
  const field = isObject(of) ? of : {}
  // ct state is a bit mask of which exactly one bit is set: "one of" and "equal" say the same.
  if (kind === 'ct' && field.key === 'state') {
    const states = named(right, CONNECTION_STATES)
    return { op: op === '!=' ? '!=' : 'in', left: { ct: { key: 'state' } }, right: single(states)?.[1] ?? states }
  }
  // Of a field of a packet one value or a set of them: "one of" and "equal" say the same there too.
  const operator = op === 'in' && (kind === 'payload' || kind === 'meta') ? '==' : textOf(op) || '=='
  if (kind === 'fib')
    return { op: operator, left: { fib: { ...field, flags: sortedList(field.flags) } }, right: right ?? null }
  if (kind === 'meta' && textOf(field.key) === 'l4proto') {
    return { op: operator, left: { meta: { key: 'l4proto' } }, right: named(right, PROTOCOLS) }
  }
  if (isEtherType(kind, field)) {
    return { op: operator, left: { meta: { key: 'protocol' } }, right: named(right, ETHER_TYPES) }
  }
  if (kind === 'payload' && (field.protocol === 'icmp' || field.protocol === 'icmpv6') && field.field === 'type') {
    const names = field.protocol === 'icmp' ? ICMP_TYPES : ICMPV6_TYPES
    return { op: operator, left: left ?? null, right: named(right, names) }
  }
  const space = kind === 'payload' ? spaceOf(field) : undefined
  const intervals = space === undefined ? undefined : readIntervals(right ?? null, space)
  const value = space === undefined || intervals === undefined ? (right ?? null) : writeIntervals(intervals, space)
  return { op: operator, left: left ?? null, right: value }
}

/** Three ways in which nft speaks of the same thing, by family and version. */
function isEtherType(kind: string, field: JsonObject): boolean {
  if (kind === 'meta') return field.key === 'protocol' || field.key === 'nfproto'
  return kind === 'payload' && field.protocol === 'ether' && field.field === 'type'
}

function spaceOf({ protocol, field }: JsonObject): Space | undefined {
  const name = textOf(field)
  if ((protocol === 'tcp' || protocol === 'udp') && (name === 'sport' || name === 'dport')) return PORTS
  if (protocol === 'ip' && (name === 'saddr' || name === 'daddr')) return ADDRESSES[4]
  if (protocol === 'ip6' && (name === 'saddr' || name === 'daddr')) return ADDRESSES[6]
  return protocol === 'arp' && name.endsWith(' ip') ? ADDRESSES[4] : undefined
}

/** One name, or a set of them: known ones in the order of their numbers, then the others. */
function named(right: Json | undefined, names: Readonly<Record<string, string>>): Json {
  const body = single(right)
  const members = body?.[0] === 'set' ? body[1] : right
  const values = (isList(members) ? members : [members ?? null]).map((value) =>
    typeof value === 'number' || typeof value === 'string' ? (names[value] ?? value) : value,
  )
  const [only, second] = values
  if (only !== undefined && second === undefined) return only
  const order = [...new Set(Object.values(names))]
  const rank = (value: Json): string => {
    const place = typeof value === 'string' ? order.indexOf(value) : -1
    return place < 0 ? `~${sortedText(value)}` : String(place).padStart(4, '0')
  }
  return { set: [...new Set(values)].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)) }
}

function sortedList(value: Json | undefined): Json {
  const byText = (a: Json, b: Json) => (sortedText(a) < sortedText(b) ? -1 : 1)
  return (isList(value) ? [...value] : [value ?? null]).sort(byText)
}

function canonicalLimit(limit: JsonObject): JsonObject {
  const unit = textOf(limit.rate_unit) || 'packets'
  return {
    rate: limit.rate ?? 0,
    per: textOf(limit.per) || 'second',
    // The kernel's default for packets (NFT_LIMIT_PKT_BURST_DEFAULT).
    burst: numberOf(limit.burst) || (unit === 'packets' ? 5 : 0),
    inv: limit.inv === true,
    ...(unit === 'packets' ? {} : { rate_unit: unit, burst_unit: textOf(limit.burst_unit) || 'bytes' }),
  }
}

/** The family of an address is written only in tables of both families. */
function canonicalNat({ family: given, ...rest }: JsonObject, family: string): JsonObject {
  if (family === 'ip' || family === 'ip6') return rest
  return { family: given ?? (textOf(rest.addr).includes(':') ? 'ip6' : 'ip'), ...rest }
}

/** What a statement takes for granted about the packet, in the words of `dependencyOf`. */
function impliedBy(statement: Json): readonly string[] {
  const [key, body] = single(statement) ?? ['', null]
  if (!isObject(body)) return []
  return key === 'match' ? headersIn(body.left) : key === 'vmap' ? headersIn(body.key) : []
}

/** A field stands alone, under a mask, or beside others. */
function headersIn(left: Json | undefined): readonly string[] {
  const [kind, of] = single(left) ?? ['', null]
  if ((kind === 'concat' || kind === '&' || kind === '^') && isList(of)) return of.flatMap(headersIn)
  return kind === 'payload' && isObject(of) ? (IMPLIED[textOf(of.protocol)] ?? []) : []
}

const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  ether: ['iiftype ether'],
  ip: ['protocol ip'],
  ip6: ['protocol ip6'],
  arp: ['protocol arp'],
  icmp: ['protocol ip', 'l4proto icmp'],
  icmpv6: ['protocol ip6', 'l4proto ipv6-icmp'],
  tcp: ['l4proto tcp'],
  udp: ['l4proto udp'],
}

/** `protocol ip`, `l4proto tcp` … when the statement only says which protocol it is. */
function dependencyOf(statement: Json): string | undefined {
  const [key, body] = single(statement) ?? ['', null]
  if (key !== 'match' || !isObject(body) || body.op !== '==' || typeof body.right !== 'string') return undefined
  const [kind, of] = single(body.left) ?? ['', null]
  return kind === 'meta' && isObject(of) && (of.key === 'protocol' || of.key === 'l4proto' || of.key === 'iiftype')
    ? `${of.key} ${body.right}`
    : undefined
}

/** Bits of the mask (enum ip_conntrack_info in the kernel). */
const CONNECTION_STATES: Readonly<Record<string, string>> = { 1: 'invalid', 2: 'established', 4: 'related', 8: 'new' }

const PROTOCOLS: Readonly<Record<string, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  icmpv6: 'ipv6-icmp',
}

const ETHER_TYPES: Readonly<Record<string, string>> = {
  2048: 'ip',
  2054: 'arp',
  34525: 'ip6',
  ipv4: 'ip',
  ipv6: 'ip6',
}

/** RFC 792 and RFC 4443/4861, as nft names them. */
const ICMP_TYPES: Readonly<Record<string, string>> = {
  0: 'echo-reply',
  3: 'destination-unreachable',
  8: 'echo-request',
}
const ICMPV6_TYPES: Readonly<Record<string, string>> = {
  128: 'echo-request',
  129: 'echo-reply',
  133: 'nd-router-solicit',
  134: 'nd-router-advert',
  135: 'nd-neighbor-solicit',
  136: 'nd-neighbor-advert',
  137: 'nd-redirect',
}
