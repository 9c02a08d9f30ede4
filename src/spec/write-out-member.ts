import { parseCidr } from '../net/cidr.ts'
import { formatIp, parseIp } from '../net/ip.ts'
import { parseMac } from '../net/mac.ts'
import { canonicalCidr } from './canonical.ts'
import type { InterfaceDocument, MemberDocument, RouteDocument } from './document-member.ts'
import type { Context, Findings } from './findings.ts'
import type { Firewall, Member, Nat, StaticRoute, SysctlWish, Via } from './lab-spec.ts'
import { joinPath } from './paths.ts'
import { ALLOWED_SYSCTLS, describeSysctl, readSysctl } from './sysctls.ts'
import { writeOutFirewall, writeOutNat } from './write-out-filters.ts'

/** An interface whose link may still have to be told by an end of a link. */
export type OpenInterface = Omit<Member['interfaces'][number], 'link'> & { link: string | undefined }

/** A member whose interfaces may still grow by those that only ends of links name. */
export type OpenMember = Omit<Member, 'interfaces'> & { readonly interfaces: OpenInterface[] }

/** Shared by all who have none: most of a thousand hosts. */
const NO_NAT: Nat = Object.freeze({ masquerade: [], snat: [], forward: [], oneToOne: [] })
const NO_FIREWALL: Firewall = Object.freeze({
  defaults: Object.freeze({ in: 'allow', out: 'allow', forward: 'allow' }),
  rules: [],
})

/** A host or router with its short forms written out and its texts in canonical form. */
export function writeOutMember(
  role: Member['role'],
  given: MemberDocument,
  path: string,
  context: Context,
): OpenMember {
  const { findings } = context
  return {
    role,
    name: given.name,
    interfaces: writeOutInterfaces(given, path, context),
    gateways: writeOutGateways(given, path, context),
    routes: context
      .entries(given.routes)
      .flatMap(([place, route]) => writeOutRoute(route, `${path}.routes[${place}]`, findings)),
    sysctls: writeOutSysctls(role, given.sysctls, `${path}.sysctls`, findings),
    nat: given.nat === undefined ? NO_NAT : writeOutNat(given.nat, `${path}.nat`, context),
    firewall:
      given.firewall === undefined ? NO_FIREWALL : writeOutFirewall(given.firewall, `${path}.firewall`, context),
    path,
  }
}

function writeOutInterfaces(given: MemberDocument, path: string, { findings, entries }: Context): OpenInterface[] {
  const { link, address, interfaces } = given
  if (link !== undefined && interfaces !== undefined) {
    findings.add(`${path}.link`, 'CONFLICTING_FIELDS', '`link` is the short form of `interfaces`; use one of them')
  } else if (address !== undefined && link === undefined && !findings.isDamaged(`${path}.link`)) {
    findings.add(
      `${path}.address`,
      'CONFLICTING_FIELDS',
      '`address` goes with `link`; put it into `interfaces` otherwise',
    )
  }
  if (link !== undefined && interfaces === undefined) {
    const addresses = addressesOf(address, undefined, findings.isDamaged(`${path}.address`))
    return [{ name: 'eth0', link, addresses, dad: false, path }]
  }
  return entries(interfaces).map(([place, one]) => writeOutInterface(one, `${path}.interfaces[${place}]`, findings))
}

function writeOutInterface(given: InterfaceDocument, path: string, findings: Findings): OpenInterface {
  const { name, link, address, addresses, mac, mtu, dad } = given
  if (address !== undefined && addresses !== undefined) {
    findings.add(`${path}.address`, 'CONFLICTING_FIELDS', 'use `address` or `addresses`, not both')
  }
  return {
    name,
    link,
    addresses: addressesOf(address, addresses, findings.isDamaged(`${path}.address`, `${path}.addresses`)),
    ...(mac === undefined ? {} : { mac: parseMac(mac) ?? mac }),
    ...(mtu === undefined ? {} : { mtuBytes: mtu }),
    dad: dad ?? false,
    path,
  }
}

/** An address that was refused does not make the interface an automatic one. */
function addressesOf(
  one: string | undefined,
  many: readonly string[] | undefined,
  damaged: boolean,
): readonly string[] | 'auto' {
  const given = many ?? (one === undefined ? undefined : [one])
  return given?.map(canonicalCidr) ?? (damaged ? [] : 'auto')
}

/** A member's name stands for both families here; those in which there is no way are taken out when all is known. */
function writeOutGateways({ gateway, gateways }: MemberDocument, path: string, { findings, entries }: Context): Via[] {
  if (gateway !== undefined && gateways !== undefined) {
    findings.add(`${path}.gateway`, 'CONFLICTING_FIELDS', 'use `gateway` or `gateways`, not both')
  }
  const given =
    gateways === undefined
      ? []
      : entries(gateways).map(([place, text]) => ({ text, path: `${path}.gateways[${place}]` }))
  if (gateway !== undefined) given.push({ text: gateway, path: `${path}.gateway` })
  return given.flatMap(({ text, path: at }) => {
    const ip = parseIp(text)
    if (ip !== undefined) return [viaOf(text, ip.family, at)]
    return [viaOf(text, 4, at), viaOf(text, 6, at)]
  })
}

function viaOf(text: string, family: 4 | 6, path: string): Via {
  const ip = parseIp(text)
  return {
    family,
    via: ip === undefined ? { kind: 'member', member: text } : { kind: 'address', address: formatIp(ip) },
    path,
  }
}

function writeOutRoute(given: RouteDocument, path: string, findings: Findings): readonly StaticRoute[] {
  const { to, via, interface: device, type, metric } = given
  const ways = [via, device, type].filter((way) => way !== undefined)
  if (ways.length !== 1 && !findings.isDamaged(path)) {
    findings.add(
      path,
      ways.length === 0 ? 'MISSING_FIELD' : 'CONFLICTING_FIELDS',
      'a route needs exactly one of `via`, `interface` and `type`',
    )
  }
  if (ways.length !== 1) return []
  const destination = parseCidr(to)
  const target: StaticRoute['target'] =
    via !== undefined
      ? { kind: 'via', via: viaOf(via, parseIp(via)?.family ?? destination?.ip.family ?? 4, `${path}.via`) }
      : type === undefined
        ? { kind: 'interface', interface: device ?? '' }
        : { kind: type }
  return [{ to: canonicalCidr(to), target, ...(metric === undefined ? {} : { metric }), path }]
}

function writeOutSysctls(
  role: Member['role'],
  given: MemberDocument['sysctls'],
  path: string,
  findings: Findings,
): SysctlWish {
  if (given === undefined) return { profile: role, set: {} }
  const set = Object.entries(given.set ?? {}).flatMap(([key, value]): [string, string][] => {
    const form = ALLOWED_SYSCTLS.get(key)
    const place = joinPath(`${path}.set`, key)
    if (form === undefined) {
      findings.add(
        place,
        'SYSCTL_NOT_ALLOWED',
        `this setting cannot be made${findings.didYouMean(key, ALLOWED_SYSCTLS.keys())}`,
      )
      return []
    }
    const text = readSysctl(form, value)
    if (text === undefined) findings.add(place, 'INVALID_SYSCTL_VALUE', `must be ${describeSysctl(form)}`)
    return text === undefined ? [] : [[key, text]]
  })
  // In order of the keys, so that `all` comes before `default`: for IPv6 the kernel copies the one to the other.
  return { profile: given.profile ?? role, set: Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1))) }
}
