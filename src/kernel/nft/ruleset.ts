import type { NftTableObject } from '../../plan/objects.ts'
import type { ObservedChain, ObservedRule, ObservedTable } from '../observed.ts'
import { plainText } from '../plain-text.ts'
import { canonicalStatements } from './canonical.ts'
import { isList, isObject, type Json, type JsonObject, numberOf, single, sortedText, textOf } from './json.ts'
import { ruleText } from './text.ts'
import { commentOf, ruleStatements } from './translate.ts'

/** What a planned rule looks like when it is read back: compare with ObservedRule field by field. */
export type ExpectedRule = { readonly comment: string; readonly expression: string; readonly text: string }

/**
 * The rules of each chain as `observe` will read them, in order: the same text on both sides exactly when the kernel
 * holds what was planned.
 */
export function expectedExpressions(table: NftTableObject): ReadonlyMap<string, readonly ExpectedRule[]> {
  return new Map(
    table.chains.map((chain) => [
      chain.name,
      chain.rules.map((rule) => ({
        comment: commentOf(rule),
        ...shapeOf(ruleStatements(rule, table.family), table.family),
      })),
    ]),
  )
}

/**
 * Reads nft's answer to `list ruleset` or `list table`. Names and comments are whatever someone has set; sets, maps and
 * other objects are left out.
 */
export function readRuleset(text: string): readonly ObservedTable[] {
  const parsed: Json = JSON.parse(text)
  const entries = isObject(parsed) && isList(parsed.nftables) ? parsed.nftables : []
  const tables = new Map<
    string,
    { table: JsonObject; chains: Map<string, { chain: JsonObject; rules: ObservedRule[] }> }
  >()
  for (const entry of entries) {
    const [kind, body] = single(entry) ?? ['', null]
    if (!isObject(body)) continue
    if (kind === 'table') {
      tables.set(`${textOf(body.family)} ${textOf(body.name)}`, { table: body, chains: new Map() })
      continue
    }
    const chains = tables.get(`${textOf(body.family)} ${textOf(body.table)}`)?.chains
    if (kind === 'chain') chains?.set(textOf(body.name), { chain: body, rules: [] })
    if (kind === 'rule') chains?.get(textOf(body.chain))?.rules.push(readRule(body))
  }
  return [...tables.values()].map(({ table, chains }) => ({
    family: textOf(table.family),
    name: plainText(textOf(table.name)),
    chains: [...chains.values()].map(({ chain, rules }) => readChain(chain, rules)),
  }))
}

function readChain(chain: JsonObject, rules: readonly ObservedRule[]): ObservedChain {
  return {
    name: plainText(textOf(chain.name)),
    type: textOf(chain.type),
    hook: textOf(chain.hook),
    priority: numberOf(chain.prio),
    policy: textOf(chain.policy),
    rules,
  }
}

function readRule(rule: JsonObject): ObservedRule {
  const statements = isList(rule.expr) ? rule.expr : []
  const counter = statements.map(single).find((statement) => statement?.[0] === 'counter')?.[1]
  const counted = isObject(counter) ? counter : {}
  return {
    handle: numberOf(rule.handle),
    comment: plainText(textOf(rule.comment)),
    ...shapeOf(statements, textOf(rule.family)),
    packets: numberOf(counted.packets),
    bytes: numberOf(counted.bytes),
  }
}

function shapeOf(statements: readonly Json[], family: string): { expression: string; text: string } {
  const canonical = canonicalStatements(statements, family)
  return { expression: sortedText(canonical), text: plainText(ruleText(canonical)) }
}
