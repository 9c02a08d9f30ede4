import type { Kernel } from '../kernel/kernel.ts'
import { OBSERVE_FIELDS, type ObservedNamespace, type ObserveField } from '../kernel/observed.ts'
import { HOST_NAMESPACE, type KernelObject, type NamespaceName, type Plan } from '../plan/objects.ts'
import { COMPARED_FIELDS } from './compare.ts'

/** What the kernel holds of one host, switch, router or uplink. */
export type ObservedMember = {
  readonly member: string
  readonly role: string
  readonly observed: ObservedNamespace
}

export type ObserveWish = {
  /** Names; absent: all members. Names that the plan does not know are left out. */
  readonly members?: readonly string[]
  /** Absent: everything but connections, which the kernel takes long to tell. */
  readonly fields?: readonly ObserveField[]
}

/** Reads members of a lab, in the plan's order. Sysctls are read as far as the plan sets them for anyone. */
export async function observeLab(
  plan: Plan,
  kernel: Pick<Kernel, 'observe'>,
  { members, fields = OBSERVE_FIELDS.filter((field) => field !== 'conntrack') }: ObserveWish = {},
): Promise<readonly ObservedMember[]> {
  const wanted = members === undefined ? undefined : new Set(members)
  const chosen = plan.members.filter(({ name }) => wanted === undefined || wanted.has(name))
  const names = chosen.map(({ namespace }) => namespace)
  const found = await kernel.observe(names, fields, keysFor(plan, fields))
  return chosen.flatMap(({ name, role }, place) => {
    const observed = found[place]
    return observed === undefined ? [] : [{ member: name, role, observed }]
  })
}

/**
 * Reads what `comparePlan` needs to judge the whole plan: every namespace that has an object, the host's own among them
 * where an uplink put something there.
 * @param fields fewer than COMPARED_FIELDS leave out what nobody can have changed yet; what was planned must be among them
 */
export async function observePlan(
  plan: Plan,
  kernel: Pick<Kernel, 'observe'>,
  fields: readonly ObserveField[] = COMPARED_FIELDS,
): Promise<readonly ObservedNamespace[]> {
  const names = new Set<NamespaceName>()
  for (const { object } of plan.steps) for (const name of namespacesOf(object)) names.add(name)
  const lab = [...names].filter((name) => name !== HOST_NAMESPACE)
  const host = names.has(HOST_NAMESPACE) ? [HOST_NAMESPACE] : []
  return kernel.observe([...lab, ...host], fields, keysFor(plan, fields))
}

function keysFor(plan: Plan, fields: readonly ObserveField[]): readonly string[] {
  if (!fields.includes('sysctls')) return []
  const seen = new Set<object>()
  const keys = new Set<string>()
  for (const { object } of plan.steps) {
    // Hosts with the same wish share one object (plan/sysctls.ts): a thousand hosts are a handful of lists.
    if (object.kind !== 'sysctls' || seen.has(object.values)) continue
    seen.add(object.values)
    for (const key of Object.keys(object.values)) keys.add(key)
  }
  return [...keys]
}

function namespacesOf(object: KernelObject): readonly NamespaceName[] {
  switch (object.kind) {
    case 'namespace':
      return [object.name]
    case 'veth':
      return object.ends.map(({ namespace }) => namespace)
    case 'sysctls':
    case 'loopback':
    case 'bridge':
    case 'address':
    case 'route':
    case 'netem':
    case 'nft-table':
      return [object.namespace]
  }
}
