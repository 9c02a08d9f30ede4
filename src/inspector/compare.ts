import type { ObservedNamespace, ObservedRoute, ObserveField } from '../kernel/observed.ts'
import { keyOf, type NamespaceObject, type Plan, type Step } from '../plan/objects.ts'
import { compareBridge, compareLoopback, compareNetem, compareVeth } from './compare-devices.ts'
import { compareAddress, compareRoute, compareSysctls } from './compare-routes.ts'
import { compareNftTable } from './compare-rules.ts'
import type { Drift } from './drift.ts'
import { arrange, type Sites } from './observed-site.ts'
import { findUnexpected } from './unexpected.ts'

/** What has to be read for a plan to be judged whole. */
export const COMPARED_FIELDS = [
  'devices',
  'addresses',
  'routes',
  'qdiscs',
  'rules',
  'sysctls',
] as const satisfies readonly ObserveField[]

/**
 * Every difference between a plan and what the kernel holds: first the planned objects in the plan's order, missing or
 * different, then what is there and was not planned.
 *
 * Only namespaces that are in `observed` are judged. Of a namespace that is gone, itself is missing and nothing in it is
 * named besides. A list that could not be read whole is a difference of its namespace, and nothing is called missing
 * from it. Pure, and linear in the size of both.
 */
export function comparePlan(plan: Plan, observed: readonly ObservedNamespace[]): readonly Drift[] {
  const sites = arrange(observed)
  const used = new Set<ObservedRoute>()
  const drifts = plan.steps.flatMap((step) => compareStep(step, sites, used))
  return [...drifts, ...findUnexpected(plan, sites, used)]
}

function compareStep({ object, origin }: Step, sites: Sites, used: Set<ObservedRoute>): readonly Drift[] {
  switch (object.kind) {
    case 'namespace':
      return compareNamespace(object, origin, sites)
    case 'sysctls':
      return compareSysctls(object, origin, sites)
    case 'loopback':
      return compareLoopback(object, origin, sites)
    case 'bridge':
      return compareBridge(object, origin, sites)
    case 'veth':
      return compareVeth(object, origin, sites)
    case 'address':
      return compareAddress(object, origin, sites)
    case 'route':
      return compareRoute(object, origin, { sites, used })
    case 'netem':
      return compareNetem(object, origin, sites)
    case 'nft-table':
      return compareNftTable(object, origin, sites)
  }
}

function compareNamespace(object: NamespaceObject, origin: string, sites: Sites): readonly Drift[] {
  const site = sites.get(object.name)
  if (site === undefined) return []
  if (!site.observed.exists) return [{ kind: 'missing', object: keyOf(object), origin }]
  return [...site.incomplete].map((field) => ({
    kind: 'different',
    object: keyOf(object),
    origin,
    field,
    planned: 'readable',
    observed: 'not read whole',
  }))
}
