import { shownText } from '../netlink/attributes.ts'
import { natStatement, rejectStatement, verdictStatement } from './decode-action.ts'
import { type Masked, matchOf, rangeOf } from './decode-match.ts'
import type { Expression } from './expressions.ts'
import { ctField, type Field, fibField, headerField, hex, metaField } from './fields.ts'
import { isObject, type Json, type JsonObject, single, sortedText, textOf } from './json.ts'

/** Elements of a set that was made for one rule, first and last value of each; others are known by name alone. */
export type SetContent = {
  readonly anonymous: boolean
  readonly keyBytes: number
  readonly elements: readonly {
    readonly first: Buffer
    readonly last: Buffer
    /** Of a verdict map: what becomes of the packet. */
    readonly verdict?: { readonly code: number; readonly chain: string }
  }[]
}

export type RuleSite = {
  /** nft's word for the table's family. */
  readonly family: string
  readonly setOf: (name: string) => SetContent | undefined
}

/**
 * The statements of a rule in nft's JSON, from what the kernel holds. Knows everything that plans load and most of what
 * people write; what it does not know it shows by name and bytes. libnftables could list rules too, but it ends the
 * process over rules that it did not make itself (assertions in its exthdr and json code), and whoever has
 * CAP_NET_ADMIN inside a namespace can make such rules.
 */
export function decodeRule(expressions: readonly Expression[], site: RuleSite): readonly Json[] {
  const decoder = new RuleDecoder(site)
  for (const expression of expressions) decoder.take(expression)
  return decoder.statements
}

/** What a register holds. A header is cut into fields only when it is known what it is compared with. */
type Loaded =
  | { readonly kind: 'constant'; readonly value: Buffer }
  | { readonly kind: 'field'; readonly field: Field; readonly masked?: Masked }
  | {
      readonly kind: 'header'
      readonly header: string
      readonly offset: number
      readonly bytes: number
      readonly masked?: Masked
    }

const [EQ, NEQ] = [0, 1]
/** NFT_CMP_*. */
const OPERATORS: readonly string[] = ['==', '!=', '<', '<=', '>', '>=']
const TRANSPORT: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  58: 'icmpv6',
  132: 'sctp',
}
const NETWORK: Readonly<Record<string, string>> = { ipv4: 'ip', ipv6: 'ip6', 2048: 'ip', 34525: 'ip6', 2054: 'arp' }

class RuleDecoder {
  readonly statements: Json[] = []
  private readonly site: RuleSite
  private readonly registers = new Map<number, Loaded>()
  /** What the packet is known to be so far. */
  private network: string
  private transport = 'th'

  constructor(site: RuleSite) {
    this.site = site
    this.network = site.family === 'ip' || site.family === 'ip6' || site.family === 'arp' ? site.family : ''
  }

  take(expression: Expression): void {
    this.statements.push(...this.statementsOf(expression))
  }

  /** What an expression does to the packet; one that only fills a register is no statement. */
  private statementsOf(expression: Expression): readonly JsonObject[] {
    switch (expression.kind) {
      case 'meta':
        return this.loadOrSet(metaField(expression.key), expression)
      case 'ct':
        return this.loadOrSet(ctField(expression.key, expression.direction), expression)
      case 'fib':
        return this.load(expression.into, { kind: 'field', field: fibField(expression.result, expression.flags) })
      case 'payload': {
        const { offset, bytes, base } = expression
        return this.load(expression.into, { kind: 'header', header: this.headerAt(base), offset, bytes })
      }
      case 'value':
        return this.load(expression.into, { kind: 'constant', value: expression.value })
      case 'mask':
        return this.mask(expression)
      case 'compare':
        return this.compare(expression)
      case 'range': {
        const field = this.fieldIn(expression.from)
        const right = rangeOf(field, expression.first, expression.last)
        return [{ match: { op: expression.operator === NEQ ? '!=' : '==', left: field.left, right } }]
      }
      case 'lookup':
        return [this.lookup(expression)]
      case 'verdict':
        return [verdictStatement(expression.code, expression.chain)]
      case 'counter':
        return [{ counter: { packets: expression.packets, bytes: expression.bytes } }]
      case 'limit':
        return [{ limit: limitOf(expression) }]
      case 'nat':
      case 'masquerade':
      case 'redirect':
        return [natStatement(expression, (register) => this.constantIn(register))]
      case 'reject':
        return [rejectStatement(expression, this.network)]
      case 'other': {
        const { into, name, content } = expression
        if (into === undefined) return [{ [name]: content }]
        return this.load(into, { kind: 'field', field: unknownField(name, content) })
      }
    }
  }

  private load(register: number, loaded: Loaded): readonly JsonObject[] {
    this.registers.set(register, loaded)
    return []
  }

  private loadOrSet(
    field: Field,
    { into, from = -1 }: { readonly into?: number; readonly from?: number },
  ): readonly JsonObject[] {
    if (into !== undefined) return this.load(into, { kind: 'field', field })
    const value = this.constantIn(from)
    const written = value === undefined ? this.fieldIn(from).left : field.write(value)
    return [{ mangle: { key: field.left, value: written } }]
  }

  private headerAt(base: number): string {
    return base === 0 ? 'ether' : base === 1 ? this.network : base === 2 ? this.transport : ''
  }

  private mask({ from, into, mask, xor }: Extract<Expression, { kind: 'mask' }>): readonly JsonObject[] {
    const loaded = this.registers.get(from)
    if (loaded === undefined || loaded.kind === 'constant' || loaded.masked !== undefined) {
      return this.load(into, { kind: 'field', field: unknownField('bitwise', hex(mask)) })
    }
    return this.load(into, { ...loaded, masked: { mask, xor } })
  }

  private compare({ from, operator, value }: Extract<Expression, { kind: 'compare' }>): readonly JsonObject[] {
    const loaded = this.registers.get(from)
    const word = OPERATORS[operator] ?? `op-${operator}`
    const masked = loaded === undefined || loaded.kind === 'constant' ? undefined : loaded.masked
    if (loaded?.kind === 'header' && masked === undefined && operator === EQ) return this.compareHeader(loaded, value)
    const field = this.fieldIn(from)
    if (word === '<=' && masked === undefined && this.closeRange(field, value)) return []
    if (operator === EQ && masked === undefined) this.learn(field.left, field.write(value))
    return [{ match: matchOf(field, word, value, masked) }]
  }

  /** Fields side by side are loaded and compared at once; each of them was a match of its own when it was written. */
  private compareHeader({ header, offset }: Extract<Loaded, { kind: 'header' }>, value: Buffer): readonly JsonObject[] {
    const matches: JsonObject[] = []
    for (let at = 0; at < value.length; ) {
      const field = headerField(header, offset + at, value.length - at)
      const part = value.subarray(at, at + field.bytes)
      matches.push({ match: matchOf(field, '==', part) })
      if (part.length === field.bytes) this.learn(field.left, field.write(part))
      at += field.bytes
    }
    return matches
  }

  /** Until nft 1.1 a range is two comparisons. */
  private closeRange(field: Field, last: Buffer): boolean {
    const before = single(this.statements.at(-1))
    if (before?.[0] !== 'match' || !isObject(before[1])) return false
    const { op, left = null, right } = before[1]
    if (op !== '>=' || right === undefined || sortedText(left) !== sortedText(field.left)) return false
    const range = { range: [right, field.write(last)] }
    this.statements[this.statements.length - 1] = { match: { op: '==', left: field.left, right: range } }
    return true
  }

  private lookup({ from, set, not, maps }: Extract<Expression, { kind: 'lookup' }>): JsonObject {
    const content = this.site.setOf(set)
    const fields = this.fieldsIn(from, content?.keyBytes ?? 0)
    const [only, second] = fields
    const one = second === undefined ? only : undefined
    const left = one === undefined ? { concat: fields.map((field) => field.left) } : one.left
    const name = `@${shownText(set)}`
    if (!content?.anonymous) return maps ? { vmap: { key: left, data: name } } : matchSet(left, name, not)
    const values = content.elements.map(({ first, last, verdict }): Json => {
      const value = one === undefined ? { concat: partsOf(first, fields) } : rangeOf(one, first, last)
      return maps ? [value, verdict === undefined ? name : verdictStatement(verdict.code, verdict.chain)] : value
    })
    return maps ? { vmap: { key: left, data: { set: values } } } : matchSet(left, { set: values }, not)
  }

  /** The fields that a key of so many bytes is made of: one, or several one behind the other, each padded to four bytes. */
  private fieldsIn(from: number, bytes: number): readonly Field[] {
    const fields = [this.fieldIn(from)]
    for (let at = roundUp(fields[0]?.bytes ?? 4); at < bytes; ) {
      const field = this.fieldIn(from + at)
      fields.push(field)
      at += roundUp(field.bytes)
    }
    return fields
  }

  private fieldIn(register: number): Field {
    const loaded = this.registers.get(register)
    if (loaded === undefined) return unknownField('register', String(register))
    if (loaded.kind === 'constant') return unknownField('immediate', hex(loaded.value))
    if (loaded.kind === 'field') return loaded.field
    const field = headerField(loaded.header, loaded.offset, loaded.bytes)
    // More than one field at once can only be shown as bytes; less than one is the beginning of an address.
    const fits = loaded.bytes === field.bytes || (loaded.bytes < field.bytes && field.address)
    return fits ? field : headerField('', loaded.offset, loaded.bytes)
  }

  private constantIn(register: number): Buffer | undefined {
    const loaded = this.registers.get(register)
    return loaded?.kind === 'constant' ? loaded.value : undefined
  }

  /** Which header follows is known from what a packet was found equal to. */
  private learn(left: Json, value: Json): void {
    const [kind, of] = single(left) ?? ['', null]
    if (!isObject(of)) return
    const about =
      kind === 'meta' ? textOf(of.key) : kind === 'payload' ? `${textOf(of.protocol)} ${textOf(of.field)}` : ''
    const known = typeof value === 'string' || typeof value === 'number' ? value : ''
    if (about === 'nfproto' || about === 'protocol' || about === 'ether type') {
      this.network = NETWORK[known] ?? this.network
    }
    if (about === 'l4proto' || about === 'ip protocol' || about === 'ip6 nexthdr') {
      this.transport = TRANSPORT[Number(known)] ?? 'th'
    }
  }
}

function matchSet(left: Json, right: Json, not: boolean): JsonObject {
  return { match: { op: not ? '!=' : '==', left, right } }
}

function partsOf(key: Buffer, fields: readonly Field[]): readonly Json[] {
  let at = 0
  return fields.map((field) => {
    const part = key.subarray(at, at + field.bytes)
    at += roundUp(field.bytes)
    return field.write(part)
  })
}

function unknownField(name: string, content: string): Field {
  return { left: { [name]: content }, bytes: 4, write: hex, address: false }
}

function roundUp(bytes: number): number {
  return Math.max(4, (bytes + 3) & ~3)
}

const PERIODS: Readonly<Record<number, string>> = {
  1: 'second',
  60: 'minute',
  3600: 'hour',
  86400: 'day',
  604800: 'week',
}

function limitOf({ rate, seconds, burst, unit, over }: Extract<Expression, { kind: 'limit' }>): JsonObject {
  return {
    rate,
    burst,
    per: PERIODS[seconds] ?? `${seconds} seconds`,
    inv: over,
    ...(unit === 1 && { rate_unit: 'bytes', burst_unit: 'bytes' }),
  }
}
