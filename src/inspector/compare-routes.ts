import type { ObservedRoute } from '../kernel/observed.ts'
import { type AddressObject, keyOf, type RouteObject, type SysctlsObject } from '../plan/objects.ts'
import type { Drift } from './drift.ts'
import { addressKey, differs, networkText, routeKey, type Site, type Sites, siteOf } from './observed-site.ts'

/**
 * An address, what duplicate detection made of it, and the route to its network, which the kernel adds with the address and
 * anybody can take away.
 */
export function compareAddress(object: AddressObject, origin: string, sites: Sites): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined) return []
  const key = keyOf(object)
  const found = site.addresses.get(addressKey(object.device, object.address))
  if (found === undefined) return site.incomplete.has('addresses') ? [] : [{ kind: 'missing', object: key, origin }]
  const unusable = found.flags.includes('dadfailed')
    ? 'dadfailed'
    : !object.dad && found.flags.includes('tentative')
      ? 'tentative'
      : ''
  return [
    ...differs({ object: key, origin, field: 'state' }, '', unusable),
    ...(hasConnectedRoute(object, site)
      ? []
      : differs({ object: key, origin, field: 'connected route' }, networkText(object.address), '')),
  ]
}

/** True as well where there should be none, or where it would say nothing: the device is down. */
function hasConnectedRoute({ device, address }: AddressObject, site: Site): boolean {
  // A single address is its whole network and lies in the table `local`.
  if (address.endsWith(address.includes(':') ? '/128' : '/32')) return true
  const state = site.devices.get(device)
  if (state === undefined || !state.up || state.operstate !== 'up' || site.incomplete.has('routes')) return true
  const to = networkText(address)
  return site.observed.routes.some((route) => route.to === to && route.device === device && route.protocol === 'kernel')
}

/** @param used observed routes that a planned one was compared with; the others are looked at by `unexpectedRoutes` */
export function compareRoute(
  object: RouteObject,
  origin: string,
  { sites, used }: { readonly sites: Sites; readonly used: Set<ObservedRoute> },
): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined) return []
  const key = keyOf(object)
  const wanted = wantedRoute(object)
  const candidates = (site.routes.get(routeKey(object.to, object.metric)) ?? []).filter((route) => !used.has(route))
  const exact = candidates.find(
    (route) =>
      route.type === wanted.type &&
      route.via === wanted.via &&
      (wanted.device === '' || route.device === wanted.device),
  )
  const found = exact ?? candidates[0]
  if (found === undefined) return site.incomplete.has('routes') ? [] : [{ kind: 'missing', object: key, origin }]
  used.add(found)
  const field = (name: string) => ({ object: key, origin, field: name })
  return [
    ...differs(field('type'), wanted.type, found.type),
    ...differs(field('via'), wanted.via, found.via),
    ...(wanted.device === '' ? [] : differs(field('device'), wanted.device, found.device)),
  ]
}

/** `device` '' is any: IPv6 hangs routes that lead nowhere on `lo`, IPv4 on nothing. */
function wantedRoute({ target }: RouteObject): {
  readonly type: string
  readonly via: string
  readonly device: string
} {
  switch (target.kind) {
    case 'via':
      return { type: 'unicast', via: target.address, device: target.device }
    case 'device':
      return { type: 'unicast', via: '', device: target.device }
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return { type: target.kind, via: '', device: '' }
  }
}

export function compareSysctls(object: SysctlsObject, origin: string, sites: Sites): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined || site.incomplete.has('sysctls')) return []
  return Object.entries(object.values).flatMap(([key, planned]) =>
    differs({ object: keyOf(object), origin, field: key }, plain(planned), plain(site.observed.sysctls[key] ?? '')),
  )
}

/** Lists are read with tabs between their numbers and may be written with any space. */
function plain(value: string): string {
  return value.trim().replace(/\s+/g, ' ')
}
