import { kernelText, shownText } from '../netlink/attributes.ts'
import type { DumpOutcome, DumpSocket } from '../netlink/dump.ts'
import {
  dumpChains,
  dumpElements,
  dumpRules,
  dumpSets,
  dumpTableNames,
  type RawChain,
  type RawElement,
  type RawRule,
  type RawSet,
  type TableName,
} from '../netlink/dump-tables.ts'
import type { ObservedChain, ObservedRule, ObservedTable } from '../observed.ts'
import { decodeRule, type SetContent } from './decode-rule.ts'
import { readExpressions } from './expressions.ts'
import { shapeOf } from './ruleset.ts'

/** Of rules, chains, tables, sets, and elements of sets: all that students can make as many of as they like. */
const MAX_ENTRIES = 5_000

export type TablesRead = { readonly tables: readonly ObservedTable[]; readonly outcome: DumpOutcome }

/**
 * Every table of the namespace that `socket` (NETLINK_NETFILTER) stands in, or those that `wanted` lets through, as the
 * kernel holds them. Rules that cannot be understood are shown as far as they can.
 */
export function observeTables(socket: DumpSocket, wanted: (name: string) => boolean = () => true): TablesRead {
  const all = dumpTableNames(socket, MAX_ENTRIES)
  const tables = all.entries.filter(({ name }) => wanted(name))
  if (tables.length === 0) return { tables: [], outcome: all.outcome }
  const chains = dumpChains(socket, MAX_ENTRIES)
  const rules = dumpRules(socket, MAX_ENTRIES)
  const sets = new AnonymousSets(socket)
  const here = new Set(tables.map(keyOfTable))
  const rulesOf = new Map<string, ObservedRule[]>()
  for (const rule of rules.entries) {
    if (!here.has(`${rule.family} ${rule.table}`)) continue
    const key = `${rule.family} ${rule.table} ${rule.chain}`
    const list = rulesOf.get(key) ?? []
    list.push(observedRule(rule, sets))
    rulesOf.set(key, list)
  }
  const outcomes = [all.outcome, chains.outcome, rules.outcome, sets.outcome]
  return {
    tables: tables.map((table) => ({
      family: table.family,
      name: shownText(table.name),
      chains: chains.entries
        .filter((chain) => chain.family === table.family && chain.table === table.name)
        .map((chain) => observedChain(chain, rulesOf.get(`${keyOfTable(table)} ${chain.name}`) ?? [])),
    })),
    outcome: outcomes.find((outcome) => outcome !== 'whole') ?? 'whole',
  }
}

function keyOfTable({ family, name }: TableName): string {
  return `${family} ${name}`
}

/** Names of the hooks by number (NF_INET_*, NF_NETDEV_*, NF_ARP_*); `bridge` counts as `inet` does. */
const INET_HOOKS: readonly string[] = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress']
const HOOKS: Readonly<Record<string, readonly string[]>> = { netdev: ['ingress', 'egress'], arp: ['input', 'output'] }

function observedChain({ family, name, hook, type, policy }: RawChain, rules: readonly ObservedRule[]): ObservedChain {
  const head = { name: shownText(name), rules }
  if (hook === undefined) return { ...head, type: '', hook: '', priority: 0, policy: '' }
  return {
    ...head,
    type: shownText(type),
    hook: (HOOKS[family] ?? INET_HOOKS)[hook.number] ?? String(hook.number),
    priority: hook.priority,
    policy: policy === 1 ? 'accept' : 'drop',
  }
}

function observedRule(rule: RawRule, sets: AnonymousSets): ObservedRule {
  const expressions = readExpressions(rule.expressions, 0, rule.expressions.length)
  const setOf = (name: string) => sets.contentOf(rule.family, rule.table, name)
  const statements = decodeRule(expressions, { family: rule.family, setOf })
  const counter = expressions.find((expression) => expression.kind === 'counter')
  return {
    handle: rule.handle,
    comment: commentOf(rule.userData),
    ...shapeOf(statements, rule.family),
    packets: counter?.packets ?? 0,
    bytes: counter?.bytes ?? 0,
  }
}

const UDATA_COMMENT = 0

/** libnftnl keeps a rule's comment among its user data: type u8, length u8, then as many bytes. */
function commentOf(userData: Buffer): string {
  for (let at = 0; at + 2 <= userData.length; ) {
    const [type, length] = [userData[at], userData[at + 1] ?? 0]
    if (type === UDATA_COMMENT) return kernelText(userData, at + 2, Math.min(at + 2 + length, userData.length))
    at += 2 + length
  }
  return ''
}

/** Sets that nft made for `{ … }` inside rules; read when the first rule asks for one. */
class AnonymousSets {
  outcome: DumpOutcome = 'whole'
  private readonly socket: DumpSocket
  private sets: ReadonlyMap<string, RawSet> | undefined
  private left = MAX_ENTRIES

  constructor(socket: DumpSocket) {
    this.socket = socket
  }

  contentOf(family: string, table: string, name: string): SetContent | undefined {
    const set = this.listed().get(`${family} ${table} ${name}`)
    if (set === undefined) return undefined
    const { anonymous, keyBytes } = set
    return { anonymous, keyBytes, elements: anonymous ? this.elementsOf(set) : [] }
  }

  private listed(): ReadonlyMap<string, RawSet> {
    if (this.sets === undefined) {
      const { entries, outcome } = dumpSets(this.socket, MAX_ENTRIES)
      this.note(outcome)
      this.sets = new Map(entries.map((set) => [`${set.family} ${set.table} ${set.name}`, set]))
    }
    return this.sets
  }

  private elementsOf(set: RawSet): SetContent['elements'] {
    if (this.left <= 0) {
      this.note('capped')
      return []
    }
    const { entries, outcome } = dumpElements(this.socket, set, this.left)
    this.note(outcome)
    this.left -= entries.length
    if (set.intervals) return intervalsOf(entries, set.keyBytes)
    // The kernel hashes them; nft shows them in order, and equal sets must be equal text.
    const sorted = entries.toSorted((a, b) => a.key.compare(b.key))
    return sorted.map((element) => spanOf(element, element.key))
  }

  private note(outcome: DumpOutcome): void {
    if (outcome !== 'whole') this.outcome = outcome
  }
}

/**
 * An interval is an element where it begins and one, marked, behind its last value; the last interval of the space has no
 * end. Sets of several fields keep both ends in one element.
 */
export function intervalsOf(elements: readonly RawElement[], keyBytes: number): SetContent['elements'] {
  const intervals: SetContent['elements'][number][] = []
  let open: RawElement | undefined
  // Where one interval ends and the next begins, the end comes first.
  const order = (a: RawElement, b: RawElement) =>
    a.key.compare(b.key) || Number(b.endsInterval) - Number(a.endsInterval)
  for (const element of elements.toSorted(order)) {
    const { key, keyEnd, endsInterval } = element
    if (keyEnd !== undefined) intervals.push({ first: key, last: keyEnd })
    else if (!endsInterval) open ??= element
    else if (open !== undefined) {
      intervals.push(spanOf(open, before(key)))
      open = undefined
    }
  }
  if (open !== undefined) intervals.push(spanOf(open, Buffer.alloc(keyBytes, 0xff)))
  return intervals
}

function spanOf({ key, verdict }: RawElement, last: Buffer): SetContent['elements'][number] {
  return { first: key, last, ...(verdict && { verdict }) }
}

/** The number one less, in network byte order. */
function before(key: Buffer): Buffer {
  const less = Buffer.from(key)
  for (let place = less.length - 1; place >= 0; place -= 1) {
    const byte = less[place] ?? 0
    less[place] = (byte + 255) & 255
    if (byte !== 0) break
  }
  return less
}
