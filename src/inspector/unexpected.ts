import type { ObservedAddress, ObservedDevice, ObservedRoute } from '../kernel/observed.ts'
import { HOST_NAMESPACE, keyOf, type Plan, type Step } from '../plan/objects.ts'
import { isForeignQdisc } from './compare-devices.ts'
import type { Drift } from './drift.ts'
import { addressKey, plannedMetric, type Site, type Sites } from './observed-site.ts'

/** Most drifts of one list in one namespace that are told one by one; a student may have set thousands. */
const MAX_TOLD = 100

/** Devices that modules such as ipip or gre put into every new namespace by themselves, and never raise. */
const FALLBACK_DEVICES: ReadonlySet<string> = new Set([
  'tunl0',
  'sit0',
  'gre0',
  'gretap0',
  'erspan0',
  'ip_vti0',
  'ip6_vti0',
  'ip6tnl0',
  'ip6gre0',
])

/**
 * What is there and nobody planned, except for what the kernel makes by itself: `lo` and its addresses, link-local IPv6
 * addresses, and routes to the networks of the addresses that are there. In the host's own namespace nothing is
 * unexpected: it is not ours.
 * @param used routes that were compared with a planned one
 */
export function findUnexpected(plan: Plan, sites: Sites, used: ReadonlySet<ObservedRoute>): readonly Drift[] {
  const planned = plannedByNamespace(plan.steps)
  return [...sites.values()].flatMap((site) => {
    const { namespace, exists } = site.observed
    if (!exists || namespace === HOST_NAMESPACE) return []
    const here = planned.get(namespace)
    // A namespace that the plan does not know has not been asked for by it either.
    if (here === undefined) return []
    return [
      ...told('device', namespace, unexpectedDevices(site, here)),
      ...told('address', namespace, unexpectedAddresses(site, here)),
      ...told('route', namespace, unexpectedRoutes(site, used)),
      ...told('qdisc', namespace, unexpectedQdiscs(site, here)),
      ...told('nft-table', namespace, unexpectedTables(site, here)),
    ]
  })
}

type Planned = {
  readonly devices: Set<string>
  readonly addresses: Set<string>
  readonly netem: Set<string>
  readonly tables: Set<string>
}

function plannedByNamespace(steps: readonly Step[]): ReadonlyMap<string, Planned> {
  const all = new Map<string, Planned>()
  const at = (namespace: string): Planned => {
    const known = all.get(namespace)
    if (known !== undefined) return known
    const fresh: Planned = { devices: new Set(['lo']), addresses: new Set(), netem: new Set(), tables: new Set() }
    all.set(namespace, fresh)
    return fresh
  }
  for (const { object } of steps) {
    if (object.kind === 'namespace') at(object.name)
    else if (object.kind === 'bridge') at(object.namespace).devices.add(object.device)
    else if (object.kind === 'veth') for (const end of object.ends) at(end.namespace).devices.add(end.device)
    else if (object.kind === 'address') at(object.namespace).addresses.add(addressKey(object.device, object.address))
    else if (object.kind === 'netem') at(object.namespace).netem.add(object.device)
    else if (object.kind === 'nft-table') at(object.namespace).tables.add(`${object.family} ${object.name}`)
  }
  return all
}

function unexpectedDevices({ observed: { namespace, devices } }: Site, planned: Planned): readonly string[] {
  return devices
    .filter((device) => !planned.devices.has(device.device) && !isFallback(device))
    .map(({ device }) => `device ${namespace}:${device}`)
}

function isFallback({ device, up }: ObservedDevice): boolean {
  return FALLBACK_DEVICES.has(device) && !up
}

function unexpectedAddresses({ observed: { namespace, addresses } }: Site, planned: Planned): readonly string[] {
  return addresses
    .filter((address) => !planned.addresses.has(addressKey(address.device, address.address)) && !isKernelsOwn(address))
    .map(({ device, address }) => keyOf({ kind: 'address', namespace, device, address, dad: false }))
}

function isKernelsOwn({ device, address, scope }: ObservedAddress): boolean {
  if (device === 'lo') return address === '127.0.0.1/8' || address === '::1/128'
  // fe80::/10 (RFC 4291 section 2.5.6)
  return scope === 'link' && /^fe[89ab][0-9a-f]:/.test(address)
}

function unexpectedRoutes(site: Site, used: ReadonlySet<ObservedRoute>): readonly string[] {
  const { namespace, routes } = site.observed
  return routes
    .filter((route) => !used.has(route) && !isKernelsRoute(route, site))
    .map(({ to, metric }) =>
      keyOf({
        kind: 'route',
        namespace,
        to,
        metric: plannedMetric(to, metric),
        target: { kind: 'device', device: '' },
      }),
    )
}

/** Only because a route says that the kernel made it (`proto kernel`), it did not: it must fit an address. */
function isKernelsRoute({ to, device, protocol, via, type, metric }: ObservedRoute, { networks }: Site): boolean {
  if (protocol !== 'kernel' || via !== '') return false
  // Older kernels end the IPv6 table with an entry of their own that leads nowhere.
  if (type === 'unreachable') return to === '::/0' && metric === 0xffffffff
  return networks.has(`${to} ${device}`) || to === 'fe80::/64' || to === 'ff00::/8'
}

function unexpectedQdiscs({ observed: { namespace, qdiscs } }: Site, planned: Planned): readonly string[] {
  return qdiscs
    .filter((qdisc) => isForeignQdisc(qdisc) && !(qdisc.kind === 'netem' && planned.netem.has(qdisc.device)))
    .map(
      ({ device, kind }) =>
        `${kind === 'netem' ? 'netem' : 'qdisc'} ${namespace}:${device}${kind === 'netem' ? '' : ` ${kind}`}`,
    )
}

function unexpectedTables({ observed: { namespace, tables } }: Site, planned: Planned): readonly string[] {
  return tables
    .filter(({ family, name }) => !planned.tables.has(`${family} ${name}`))
    .map(({ family, name }) => `nft-table ${namespace} ${family} ${name}`)
}

function told(what: string, namespace: string, objects: readonly string[]): readonly Drift[] {
  const unexpected = (object: string): Drift => ({ kind: 'unexpected', object })
  const some = objects.slice(0, MAX_TOLD).map(unexpected)
  const more = objects.length - some.length
  return more === 0 ? some : [...some, unexpected(`${what} ${namespace} and ${more} more`)]
}
