import type { NftTableObject } from '../../plan/objects.ts'
import { plainText } from '../plain-text.ts'
import { canonicalStatements } from './canonical.ts'
import { type Json, sortedText } from './json.ts'
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

/** How a rule is compared and how it is read by people. */
export function shapeOf(statements: readonly Json[], family: string): { expression: string; text: string } {
  const canonical = canonicalStatements(statements, family)
  return { expression: sortedText(canonical), text: plainText(ruleText(canonical)) }
}
