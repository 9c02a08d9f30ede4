import type { Failpoint, Kernel } from '../kernel/kernel.ts'
import { HOST_NAMESPACE, type KernelObject, type Plan } from '../plan/objects.ts'

export type RemoveResult = {
  /** Objects that were asked for and are gone; what was absent already counts. */
  readonly removed: number
  /** Keys of objects that are still there. */
  readonly leftovers: readonly string[]
  /** Why, one line for each leftover: for the log. */
  readonly details: readonly string[]
}

/**
 * Takes a lab away and answers when all of it is gone, verified. Removing what is absent succeeds, so it can be repeated.
 *
 * @param options.failpoint for tests: a step is an index into `removalOf(plan)`
 */
export async function removePlan(
  plan: Plan,
  kernel: Pick<Kernel, 'remove'>,
  options: { readonly failpoint?: Failpoint } = {},
): Promise<RemoveResult> {
  return removeObjects(removalOf(plan), kernel, options)
}

export async function removeObjects(
  objects: readonly KernelObject[],
  kernel: Pick<Kernel, 'remove'>,
  options: { readonly failpoint?: Failpoint } = {},
): Promise<RemoveResult> {
  const { leftovers } = await kernel.remove(objects, options)
  return {
    removed: objects.length - leftovers.length,
    leftovers: leftovers.map(({ key }) => key),
    details: leftovers.map(({ key, detail }) => `${key}: ${detail}`),
  }
}

/** What has to be named for everything to go, in reverse order of creation: namespaces take along all that is in them. */
export function removalOf(plan: Plan): readonly KernelObject[] {
  return plan.steps
    .map((step) => step.object)
    .filter(needsNaming)
    .reverse()
}

export function needsNaming(object: KernelObject): boolean {
  switch (object.kind) {
    case 'namespace':
      return true
    case 'veth':
      return object.ends.some((end) => end.namespace === HOST_NAMESPACE)
    case 'nft-table':
      return object.namespace === HOST_NAMESPACE
    // On the host these hang on a veth's end and go with it.
    case 'sysctls':
    case 'loopback':
    case 'bridge':
    case 'address':
    case 'route':
    case 'netem':
      return false
  }
}
