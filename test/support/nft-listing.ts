import { isList, isObject, type Json, type JsonObject, numberOf, single, textOf } from '../../src/kernel/nft/json.ts'
import { shapeOf } from '../../src/kernel/nft/ruleset.ts'
import type { ObservedChain, ObservedRule, ObservedTable } from '../../src/kernel/observed.ts'
import { plainText } from '../../src/kernel/plain-text.ts'

/** What `nft -j list ruleset` says, in our words: the oracle for what we read ourselves. */
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
