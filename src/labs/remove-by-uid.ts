import { type RemoveResult, removeObjects } from '../executor/remove-plan.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { HOST_NAMESPACE, type KernelObject, type NamespaceName, type NftTableObject } from '../plan/objects.ts'

const NAMESPACE = /^nl([0-9a-f]{8})-\d+$/
/** A lab with uplinks has one table in the host's own namespace. */
const HOST_TABLE = /^nl([0-9a-f]{8})$/

/** Takes away all that carries one of `uids` in its name: for labs whose plan is not known. */
export async function removeByUids(kernel: Kernel, uids: readonly string[]): Promise<RemoveResult> {
  return removeObjects(await findByUid(kernel, (uid) => uids.includes(uid)), kernel)
}

/** Everything in the kernel whose name has the form of ours, with a uid that fits. Veths go with their namespaces. */
export async function findByUid(
  kernel: Kernel,
  fits: (uid: string) => boolean,
  present?: readonly { readonly name: NamespaceName }[],
): Promise<readonly KernelObject[]> {
  const [names, [host]] = await Promise.all([
    present ?? kernel.listNamespaces(),
    kernel.observe([HOST_NAMESPACE], ['rules']),
  ])
  const carries = (pattern: RegExp, name: string) => {
    const uid = pattern.exec(name)?.[1]
    return uid !== undefined && fits(uid)
  }
  const namespaces = names.filter(({ name }) => carries(NAMESPACE, name))
  const tables = (host?.tables ?? []).filter(({ name }) => carries(HOST_TABLE, name))
  return [
    ...namespaces.map(({ name }): KernelObject => ({ kind: 'namespace', name })),
    ...tables.map((table) => hostTable(table.family, table.name)),
  ]
}

const FAMILIES: readonly NftTableObject['family'][] = ['ip', 'ip6', 'inet', 'netdev']

function hostTable(family: string, name: string): KernelObject {
  const known = FAMILIES.find((one) => one === family) ?? 'ip'
  return { kind: 'nft-table', namespace: HOST_NAMESPACE, family: known, name, chains: [] }
}
