import { COMPARED_FIELDS, comparePlan } from '../inspector/compare.ts'
import type { Drift } from '../inspector/drift.ts'
import { observePlan } from '../inspector/observe-lab.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ObservedNamespace, ObserveField } from '../kernel/observed.ts'
import { unreadyDevices, waitsForDetection } from '../kernel/readiness.ts'
import type { Plan } from '../plan/objects.ts'

const READY_MS = 5_000
/** Listening and learning, 15 s each (IEEE 802.1D-1998, 8.5.3.14), before a port with spanning tree forwards. */
const SPANNING_TREE_MS = 30_000

/**
 * Reads a new lab back once it carries traffic: a first echo sent into a port that does not forward yet is lost, and its
 * sender waits a second before the next one. Most labs are ready when they are looked at first; only for the others is
 * there a wait and a second look.
 * @returns an empty list when the kernel holds exactly what was planned
 */
export async function readBack(plan: Plan, kernel: Kernel): Promise<readonly Drift[]> {
  const fields = fieldsToRead(plan)
  const found = await observePlan(plan, kernel, fields)
  if (found.every(isReady)) return comparePlan(plan, found)
  const namespaces = plan.members.map((member) => member.namespace)
  const readiness = await kernel.awaitReady(namespaces, readyMs(plan))
  if (!readiness.ready) return readiness.waitingFor.map(notReady)
  return comparePlan(plan, await observePlan(plan, kernel, fields))
}

/** Nobody has been in a new lab yet, so rules and qdiscs that were not planned need not be looked for. */
function fieldsToRead(plan: Plan): readonly ObserveField[] {
  const kinds = new Set(plan.steps.map((step) => step.object.kind))
  const left = new Set<ObserveField>()
  if (!kinds.has('nft-table')) left.add('rules')
  if (!kinds.has('netem')) left.add('qdiscs')
  return COMPARED_FIELDS.filter((field) => !left.has(field))
}

function isReady({ devices, addresses }: ObservedNamespace): boolean {
  return unreadyDevices(devices).length === 0 && !addresses.some(waitsForDetection)
}

/** Compares the kernel as it is now with the plan. */
export async function findDrifts(plan: Plan, kernel: Kernel): Promise<readonly Drift[]> {
  return comparePlan(plan, await observePlan(plan, kernel))
}

/** One line for people and for `not-as-planned`. */
export function wordDrift(drift: Drift): string {
  if (drift.kind !== 'different') return `${drift.kind}: ${drift.object}`
  return `${drift.object}: ${drift.field} is ${drift.observed}, planned ${drift.planned}`
}

function readyMs(plan: Plan): number {
  const stp = plan.steps.some((step) => step.object.kind === 'bridge' && step.object.stp)
  return READY_MS + (stp ? SPANNING_TREE_MS : 0)
}

function notReady(waitingFor: string): Drift {
  return { kind: 'missing', object: `readiness of ${waitingFor}`, origin: '' }
}
