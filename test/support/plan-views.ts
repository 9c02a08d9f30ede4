import { ruleText } from '../../src/plan/nft-text.ts'
import type { KernelObject, NftTableObject, ObjectKind, ObjectOf, Plan } from '../../src/plan/objects.ts'

/** A plan as tests like to read it. */

export function objectsOf<K extends ObjectKind>(plan: Plan, kind: K): readonly ObjectOf<K>[] {
  const is = (object: KernelObject): object is ObjectOf<K> => object.kind === kind
  return plan.steps.map(({ object }) => object).filter(is)
}

/** The namespace of a member by its name. */
export function namespaceOf(plan: Plan, member: string): string {
  return plan.members.find(({ name }) => name === member)?.namespace ?? `no member ${member}`
}

export function tableOf(plan: Plan, member: string, name = 'netns-lab'): NftTableObject | undefined {
  const namespace = namespaceOf(plan, member)
  return objectsOf(plan, 'nft-table').find((table) => table.namespace === namespace && table.name === name)
}

/** Each chain with its rules in nft's words, without counters and comments. */
export function chainsOf(table: NftTableObject | undefined): Readonly<Record<string, readonly string[]>> {
  const chains = (table?.chains ?? []).map(({ name, hook, rules }) => [
    hook?.policy === 'drop' ? `${name}, else drop` : name,
    rules.map((rule) =>
      ruleText(rule, table?.family ?? 'inet')
        .replace(/ ?counter /, ' ')
        .replace(/ comment ".*"$/, '')
        .trim(),
    ),
  ])
  return Object.fromEntries(chains)
}
