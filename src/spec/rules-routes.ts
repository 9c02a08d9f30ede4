import { type Cidr, everything, formatCidr, networkOf, parseCidr } from '../net/cidr.ts'
import type { Family } from '../net/ip.ts'
import { groupBy } from './group-by.ts'
import type { Member, Via } from './lab-spec.ts'
import { DEFAULT_METRIC, metricOf } from './next-hops.ts'
import { viasOf } from './rules-names.ts'
import { hasIpv6, mtuOf, plugsOf, type Survey } from './survey.ts'

/** Rules about gateways and routes: what the kernel would refuse, and what could never carry a packet. */

/** Asked last: next hops and targets by name are searched for among the addresses of both, which may be very many. */
export function nextHopsCanBeFound({ hops, findings }: Survey): void {
  if (!hops.isExhausted()) return
  const because = 'it takes too long to find the addresses behind names: give next hops by address, or fewer addresses'
  findings.add('', 'LIMIT_EXCEEDED', because)
}

/** A gateway by name stands for every family that both have on a link they share; here it must be one at least. */
export function nextHopsAreOnLink(survey: Survey): void {
  for (const member of survey.spec.members) {
    const vias = viasOf(member)
    if (vias.length === 0) continue
    for (const [path, ofOneField] of groupBy(vias, (via) => via.path)) {
      const [first, ...others] = ofOneField.map((via) => survey.hops.find(member, via))
      if (first === undefined || first.ok || others.some(({ ok }) => ok)) continue
      // Unknown members are another rule's.
      if (first.reason === 'UNKNOWN_MEMBER') continue
      const isAbsent = first.reason === 'NEXT_HOP_NOT_ON_LINK'
      if (isAbsent && (survey.hops.isExhausted() || isUncertain(survey, member))) continue
      survey.findings.add(path, first.reason, first.because)
    }
  }
}

/** Where parts are missing, or an interface is plugged into nothing, the next hop may be there. */
function isUncertain(survey: Survey, member: Member): boolean {
  if (survey.findings.isDamaged(member.path, 'switches', 'links', 'routers')) return true
  return plugsOf(survey, member).some(({ link }) => !survey.networkByName.has(link))
}

/** The gateways that there is a way to: what a name stands for in a family without a way is left out. */
export function reachableGateways({ hops }: Survey, member: Member): readonly Via[] {
  if (member.gateways.length === 0) return member.gateways
  return member.gateways.filter((via) => hops.find(member, via).ok)
}

/** One default route for each family: which of two would be taken is nobody's decision. */
export function gatewaysAreOneOfEachFamily(survey: Survey): void {
  for (const member of survey.spec.members) {
    if (member.gateways.length < 2) continue
    const first = new Map<Family, string>()
    for (const { family, path } of reachableGateways(survey, member)) {
      const known = first.get(family)
      if (known === undefined) first.set(family, path)
      else survey.findings.add(path, 'DUPLICATE_GATEWAY', `${known} is the default route of IPv${family} already`)
    }
  }
}

/** Two routes to one destination need different metrics; subnets of interfaces have routes of the kernel's own. */
export function routesAreUnique(survey: Survey): void {
  for (const member of survey.spec.members) {
    if (member.routes.length === 0) continue
    const known = new Map<string, string>()
    const keyOf = (to: Cidr, metric: number) => `${formatCidr(to)} metric ${metric}`
    for (const { kind, to, metric } of survey.hops.waysOf(member)) {
      if (kind === 'subnet') known.set(keyOf(networkOf(to), metric), 'the one to its own subnet')
    }
    for (const { family, path } of reachableGateways(survey, member)) {
      known.set(keyOf(everything(family), DEFAULT_METRIC[family]), path)
    }
    for (const { to: text, metric, path } of member.routes) {
      const to = parseCidr(text)
      if (to === undefined) continue
      const key = keyOf(to, metricOf(to.ip.family, metric))
      const first = known.get(key)
      if (first === undefined) known.set(key, path)
      else survey.findings.add(path, 'DUPLICATE_ROUTE', `there is a route to ${key} already: ${first}`)
    }
  }
}

export function routesKeepTheirFamily(survey: Survey): void {
  for (const member of survey.spec.members) {
    if (member.routes.length === 0) continue
    const isIpv6On = hasIpv6(survey, member)
    for (const { to: text, target, path } of member.routes) {
      const family = parseCidr(text)?.ip.family
      if (target.kind === 'via' && target.via.family !== family) {
        survey.findings.add(target.via.path, 'FAMILY_MISMATCH', `a route to ${text} needs an IPv${family} next hop`)
      } else if (target.kind !== 'via' && family === 6 && !isIpv6On) {
        if (isUncertain(survey, member)) continue
        const because = `${member.name} has no IPv6 address, so that IPv6 is off there`
        survey.findings.add(`${path}.to`, 'FAMILY_MISMATCH', because)
      }
    }
  }
}

/** Below 1,280 bytes the kernel takes IPv6 off a device, routes included. */
export function ipv6RoutesHaveAFitDevice(survey: Survey): void {
  for (const member of survey.spec.members) {
    for (const { to, target, path } of member.routes) {
      if (target.kind !== 'interface' || parseCidr(to)?.ip.family !== 6) continue
      const plug = plugsOf(survey, member).find((one) => one.interface?.name === target.interface)
      const mtuBytes = plug === undefined ? undefined : mtuOf(survey, plug)
      if (mtuBytes === undefined || mtuBytes >= 1280) continue
      const because = `"${target.interface}" has an MTU of ${mtuBytes} bytes, and IPv6 needs at least 1280 (RFC 8200)`
      survey.findings.add(`${path}.interface`, 'MTU_TOO_SMALL_FOR_IPV6', because)
    }
  }
}
