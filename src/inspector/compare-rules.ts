import { type ExpectedRule, expectedExpressions } from '../kernel/nft/ruleset.ts'
import type { ObservedChain, ObservedRule } from '../kernel/observed.ts'
import { keyOf, type NftChain, type NftTableObject } from '../plan/objects.ts'
import type { Drift } from './drift.ts'
import { differs, type Sites, siteOf } from './observed-site.ts'

/**
 * Fields are named `chains.<chain>`, `chains.<chain>.policy` and `chains.<chain>.rules[2]`. A rule's drift has the rule's own
 * origin; its place is the planned one, or for one rule too many the place where it stands.
 */
export function compareNftTable(object: NftTableObject, origin: string, sites: Sites): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined || site.incomplete.has('rules')) return []
  const key = keyOf(object)
  const found = site.observed.tables.find(({ family, name }) => family === object.family && name === object.name)
  if (found === undefined) return [{ kind: 'missing', object: key, origin }]
  const expected = expectedExpressions(object)
  const planned = new Set(object.chains.map(({ name }) => name))
  return [
    ...object.chains.flatMap((chain) => {
      const observed = found.chains.find(({ name }) => name === chain.name)
      if (observed === undefined)
        return differs({ object: key, origin, field: `chains.${chain.name}` }, 'present', 'absent')
      return [
        ...compareHook(chain, observed, { object: key, origin }),
        ...compareRules(chain, observed, { object: key, expected: expected.get(chain.name) ?? [], origin }),
      ]
    }),
    ...found.chains
      .filter(({ name }) => !planned.has(name))
      .flatMap(({ name }) => differs({ object: key, origin, field: `chains.${name}` }, 'absent', 'present')),
  ]
}

type Place = { readonly object: string; readonly origin: string }

function compareHook({ name, hook }: NftChain, observed: ObservedChain, place: Place): readonly Drift[] {
  const field = (of: string) => ({ ...place, field: `chains.${name}.${of}` })
  return [
    ...differs(field('type'), hook?.type ?? '', observed.type),
    ...differs(field('hook'), hook?.hook ?? '', observed.hook),
    ...differs(field('priority'), hook?.priority ?? 0, observed.priority),
    ...differs(field('policy'), hook?.policy ?? '', observed.policy),
  ]
}

type RulesWanted = Place & { readonly expected: readonly ExpectedRule[] }

/** What is equal at the beginning and at the end is set aside, so that one rule added or taken away is one drift. */
function compareRules(
  chain: NftChain,
  { rules }: ObservedChain,
  { object, expected, origin }: RulesWanted,
): readonly Drift[] {
  let head = 0
  while (head < expected.length && head < rules.length && same(expected[head], rules[head])) head += 1
  let tail = 0
  const rest = Math.min(expected.length, rules.length) - head
  while (tail < rest && same(expected.at(-1 - tail), rules.at(-1 - tail))) tail += 1
  const wanted = expected.slice(head, expected.length - tail)
  const found = rules.slice(head, rules.length - tail)
  return Array.from({ length: Math.max(wanted.length, found.length) }, (_, n): readonly Drift[] => {
    const [planned, observed] = [wanted[n], found[n]]
    if (same(planned, observed)) return []
    const place = head + n
    return [
      {
        kind: 'different',
        object,
        origin: planned === undefined ? origin : (chain.rules[place]?.origin ?? origin),
        field: `chains.${chain.name}.rules[${place}]`,
        planned: planned === undefined ? '' : worded(planned),
        observed: observed === undefined ? '' : worded(observed),
      },
    ]
  }).flat()
}

/** Origin and effect: two rules of one effect that changed places would count for each other. */
function same(planned: ExpectedRule | undefined, observed: ObservedRule | undefined): boolean {
  return planned?.expression === observed?.expression && planned?.comment === observed?.comment
}

function worded({ text, comment }: { readonly text: string; readonly comment: string }): string {
  return comment === '' ? text : `${text} (${comment})`
}
