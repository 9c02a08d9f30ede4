import type { Kernel } from '../kernel/kernel.ts'
import type { NamespaceName } from '../plan/objects.ts'

const OURS = /^nl([0-9a-f]{8})-\d+$/

/** The uid in a namespace name of our form, else undefined. */
export function uidOfNamespace(name: NamespaceName): string | undefined {
  return OURS.exec(name)?.[1]
}

/** Takes away every namespace that carries one of `uids`: for labs whose plan is not known. */
export async function removeByUids(
  kernel: Kernel,
  uids: readonly string[],
): Promise<{ readonly removed: number; readonly leftovers: readonly string[] }> {
  const present = await kernel.listNamespaces()
  const names = present.map(({ name }) => name).filter((name) => uids.includes(uidOfNamespace(name) ?? ''))
  return removeNamespaces(kernel, names)
}

export async function removeNamespaces(
  kernel: Kernel,
  names: readonly NamespaceName[],
): Promise<{ readonly removed: number; readonly leftovers: readonly string[] }> {
  if (names.length === 0) return { removed: 0, leftovers: [] }
  const { leftovers } = await kernel.remove(names.map((name) => ({ kind: 'namespace', name })))
  return { removed: names.length - leftovers.length, leftovers: leftovers.map(({ key }) => key) }
}
