import { type RemoveResult, removeObjects } from '../executor/remove-plan.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { HOST_NAMESPACE, type KernelObject, type NamespaceName, type NftTableObject } from '../plan/objects.ts'

const NAMESPACE = /^nl([0-9a-f]{8})-\d+$/
/** A lab with uplinks has one table in the host's own namespace, and one end of a veth for each of them. */
const HOST_TABLE = /^nl([0-9a-f]{8})$/
const HOST_DEVICE = /^nl([0-9a-f]{8})u\d{1,4}$/
/** What macFromText gives; whoever else uses names of our form gives other ones, or leaves them to chance. */
const OUR_MAC = /^06:/

/** Takes away all that carries one of `uids` in its name: for labs whose plan is not known. */
export async function removeByUids(kernel: Kernel, uids: readonly string[]): Promise<RemoveResult> {
  return removeObjects(await findByUid(kernel, (uid) => uids.includes(uid)), kernel)
}

/**
 * Everything in the kernel whose name has the form of ours, with a uid that fits. Veths go with their namespaces; those
 * ends that uplinks have in the host are named all the same, for a namespace that lost its name may still be held.
 */
export async function findByUid(
  kernel: Kernel,
  fits: (uid: string) => boolean,
  present?: readonly { readonly name: NamespaceName }[],
): Promise<readonly KernelObject[]> {
  const [names, [host]] = await Promise.all([
    present ?? kernel.listNamespaces(),
    kernel.observe([HOST_NAMESPACE], ['rules', 'devices']),
  ])
  const carries = (pattern: RegExp, name: string) => {
    const uid = pattern.exec(name)?.[1]
    return uid !== undefined && fits(uid)
  }
  const namespaces = names.filter(({ name }) => carries(NAMESPACE, name))
  const tables = (host?.tables ?? []).filter(({ name }) => carries(HOST_TABLE, name))
  const ends = (host?.devices ?? []).filter(
    ({ device, kind, mac }) => kind === 'veth' && OUR_MAC.test(mac) && carries(HOST_DEVICE, device),
  )
  return [
    ...ends.map(({ device, mac }) => hostEnd(device, mac)),
    ...namespaces.map(({ name }): KernelObject => ({ kind: 'namespace', name })),
    ...tables.map((table) => hostTable(table.family, table.name)),
  ]
}

/** Its other end goes with it, in whatever namespace that is. */
function hostEnd(device: string, mac: string): KernelObject {
  const end = { namespace: HOST_NAMESPACE, device, index: 0, mac }
  return { kind: 'veth', ends: [end, end], mtuBytes: 0 }
}

const FAMILIES: readonly NftTableObject['family'][] = ['ip', 'ip6', 'inet', 'netdev']

function hostTable(family: string, name: string): KernelObject {
  const known = FAMILIES.find((one) => one === family) ?? 'ip'
  return { kind: 'nft-table', namespace: HOST_NAMESPACE, family: known, name, chains: [] }
}
