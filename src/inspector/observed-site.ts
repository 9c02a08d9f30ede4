import type {
  ObservedAddress,
  ObservedDevice,
  ObservedNamespace,
  ObservedRoute,
  ObserveField,
} from '../kernel/observed.ts'
import { formatCidr, networkOf, parseCidr } from '../net/cidr.ts'
import type { NamespaceName } from '../plan/objects.ts'
import type { Drift } from './drift.ts'

/** One namespace as it was read, arranged for looking things up. */
export type Site = {
  readonly observed: ObservedNamespace
  readonly devices: ReadonlyMap<string, ObservedDevice>
  /** By `addressKey`. */
  readonly addresses: ReadonlyMap<string, ObservedAddress>
  /** By `routeKey`; several where a route has several next hops. */
  readonly routes: ReadonlyMap<string, readonly ObservedRoute[]>
  /** `<network> <device>` of every address that is there. */
  readonly networks: ReadonlySet<string>
  readonly incomplete: ReadonlySet<ObserveField>
}

export type Sites = ReadonlyMap<NamespaceName, Site>

/** IPv6 routes without a metric get this one (IP6_RT_PRIO_USER). */
const IPV6_DEFAULT_METRIC = 1024

export function arrange(observed: readonly ObservedNamespace[]): Sites {
  return new Map(observed.map((namespace): [NamespaceName, Site] => [namespace.namespace, arrangeOne(namespace)]))
}

/** Undefined where the namespace was not read or is not there: then nothing in it can be judged. */
export function siteOf(sites: Sites, namespace: NamespaceName): Site | undefined {
  const site = sites.get(namespace)
  return site?.observed.exists ? site : undefined
}

export function addressKey(device: string, address: string): string {
  return `${device} ${address}`
}

/** `metric` as it was planned or read: 0 stands for the kernel's default of the family. */
export function routeKey(to: string, metric: number): string {
  return `${to} ${plannedMetric(to, metric)}`
}

/** A metric in the words of a plan: 0 where it is the kernel's default. */
export function plannedMetric(to: string, metric: number): number {
  return to.includes(':') && metric === IPV6_DEFAULT_METRIC ? 0 : metric
}

/** The block that an address with prefix length stands in. */
export function networkText(address: string): string {
  const cidr = parseCidr(address)
  return cidr === undefined ? address : formatCidr(networkOf(cidr))
}

type Fact = string | number | boolean

/** A drift where the two are not the same. */
export function differs(
  where: { readonly object: string; readonly origin: string; readonly field: string },
  planned: Fact,
  observed: Fact,
): readonly Drift[] {
  if (planned === observed) return []
  return [{ kind: 'different', ...where, planned: String(planned), observed: String(observed) }]
}

function arrangeOne(observed: ObservedNamespace): Site {
  const routes = new Map<string, ObservedRoute[]>()
  for (const route of observed.routes) {
    const key = routeKey(route.to, route.metric)
    const same = routes.get(key)
    if (same === undefined) routes.set(key, [route])
    else same.push(route)
  }
  return {
    observed,
    devices: new Map(observed.devices.map((device) => [device.device, device])),
    addresses: new Map(observed.addresses.map((address) => [addressKey(address.device, address.address), address])),
    routes,
    networks: new Set(observed.addresses.map(({ address, device }) => `${networkText(address)} ${device}`)),
    incomplete: new Set(observed.incomplete),
  }
}
