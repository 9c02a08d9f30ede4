import { parseCidr } from '../net/cidr.ts'
import { type Family, type Ip, parseIp } from '../net/ip.ts'
import type { FirewallRule, Member, Nat, PortRange } from './lab-spec.ts'
import { plugsOf, type Survey } from './survey.ts'

/** Rules about address translation and packet filters. */

type Forward = Nat['forward'][number]

export function translationKeepsItsFamily({ spec, findings }: Survey): void {
  const compare = (a: string | undefined, b: string, path: string) => {
    const [first, second] = [familyOf(a), familyOf(b)]
    if (first === undefined || second === undefined || first === second) return
    findings.add(path, 'FAMILY_MISMATCH', `IPv${first} cannot be translated to IPv${second}`)
  }
  for (const { nat } of spec.members) {
    for (const { source, to, path } of nat.snat) compare(source, to, `${path}.to`)
    for (const { destination, to, path } of nat.forward) compare(destination, to, `${path}.to`)
    for (const { outside, inside, path } of nat.oneToOne) compare(outside, inside, `${path}.inside`)
  }
}

/** Of an address or block; undefined for names. */
function familyOf(text: string | undefined): Family | undefined {
  return text === undefined ? undefined : (parseIp(text) ?? parseCidr(text)?.ip)?.family
}

/** A member that is forwarded to by name has an address of a family that fits. */
export function forwardTargetsHaveAnAddress(survey: Survey): void {
  for (const member of survey.spec.members) {
    for (const forward of member.nat.forward) {
      const target = survey.memberByName.get(forward.to)
      if (target === undefined || addressOfTarget(survey, member, forward) !== undefined) continue
      if (survey.hops.isExhausted() || survey.findings.isDamaged(target.path, 'switches', 'links')) continue
      const family = familyOf(forward.destination)
      const what = family === undefined ? 'address' : `IPv${family} address`
      survey.findings.add(`${forward.path}.to`, 'TARGET_HAS_NO_ADDRESS', `${forward.to} has no ${what}`)
    }
  }
}

/**
 * The address that a forward's target stands for: of the destination's family, else IPv4 before IPv6; one on a link
 * that both share before any other. undefined when there is none, or the target is no member's name.
 */
export function addressOfTarget(survey: Survey, router: Member, { to, destination }: Forward): Ip | undefined {
  const target = survey.memberByName.get(to)
  if (target === undefined) return undefined
  const wanted = familyOf(destination)
  const families = wanted === undefined ? ([4, 6] as const) : [wanted]
  const ips = plugsOf(survey, target).flatMap(({ cidrs }) => cidrs.map(({ ip }) => ip))
  for (const family of families) {
    const found = survey.hops.sharedAddress(router, to, family) ?? ips.find((ip) => ip.family === family)
    if (found !== undefined) return found
  }
  return undefined
}

/** Of two forwards for one port only the first would ever be used. */
export function forwardsDoNotClash(survey: Survey): void {
  for (const member of survey.spec.members) {
    const { forward: forwards } = member.nat
    for (const [place, later] of forwards.entries()) {
      const earlier = forwards.slice(0, place).find((one) => hides(survey, member, one, later))
      if (earlier === undefined) continue
      const because = `${earlier.path} forwards ${later.protocol} ports ${formatPorts(earlier.port)} of "${later.in}" already`
      survey.findings.add(`${later.path}.port`, 'DUPLICATE_FORWARD', because)
    }
  }
}

function hides(survey: Survey, member: Member, earlier: Forward, later: Forward): boolean {
  if (earlier.in !== later.in || earlier.protocol !== later.protocol) return false
  if (earlier.port.first > later.port.last || later.port.first > earlier.port.last) return false
  // A forward for one address may come before the one for all the rest.
  if (earlier.destination !== undefined && earlier.destination !== later.destination) return false
  return targetFamily(survey, member, earlier) === targetFamily(survey, member, later)
}

function targetFamily(survey: Survey, member: Member, forward: Forward): Family | undefined {
  return familyOf(forward.to) ?? addressOfTarget(survey, member, forward)?.family
}

function formatPorts({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`
}

/** Each address stands in one pair only. */
export function oneToOneIsUnique({ spec, findings }: Survey): void {
  for (const { nat } of spec.members) {
    const outsides = new Map<string, string>()
    const insides = new Map<string, string>()
    for (const { outside, inside, path } of nat.oneToOne) {
      const add = (seen: Map<string, string>, address: string, field: string) => {
        const first = seen.get(address)
        if (first === undefined) seen.set(address, path)
        else findings.add(`${path}.${field}`, 'DUPLICATE_ONE_TO_ONE', `${first} stands for ${address} already`)
      }
      add(outsides, outside, 'outside')
      add(insides, inside, 'inside')
      if (outside === inside) {
        findings.add(`${path}.inside`, 'DUPLICATE_ONE_TO_ONE', 'outside and inside are the same address')
      }
    }
  }
}

export function portsHaveAProtocol(survey: Survey): void {
  for (const { ports, sourcePorts, protocol, path } of firewallRules(survey)) {
    if (ports.length + sourcePorts.length === 0 || (protocol !== 'icmp' && protocol !== 'icmpv6')) continue
    const field = ports.length > 0 ? 'ports' : 'sourcePorts'
    survey.findings.add(`${path}.${field}`, 'PROTOCOL_WITHOUT_PORTS', `${protocol} has no ports`)
  }
}

/** A rule whose addresses and protocol are of different families would never fit a packet. */
export function firewallRulesKeepAFamily(survey: Survey): void {
  for (const { from, to, protocol, path } of firewallRules(survey)) {
    const sources = familiesOf(from)
    const destinations = familiesOf(to)
    if (![...sources].some((family) => destinations.has(family))) {
      survey.findings.add(
        `${path}.to`,
        'FAMILY_MISMATCH',
        'no packet has an IPv4 address at one end and an IPv6 one at the other',
      )
      continue
    }
    const family = protocol === 'icmp' ? 4 : protocol === 'icmpv6' ? 6 : undefined
    if (family === undefined || (sources.has(family) && destinations.has(family))) continue
    survey.findings.add(
      `${path}.protocol`,
      'FAMILY_MISMATCH',
      `${protocol} is of IPv${family}, and the addresses are not`,
    )
  }
}

/** No address means any. */
function familiesOf(texts: readonly string[]): ReadonlySet<Family> {
  const families = texts.flatMap((text) => familyOf(text) ?? [])
  return new Set(families.length === 0 ? [4, 6] : families)
}

/** What comes in has no interface to leave by yet, what goes out has none it came in by. */
export function interfacesFitTheDirection(survey: Survey): void {
  for (const { direction, inInterface, outInterface, path } of firewallRules(survey)) {
    if (direction === 'out' && inInterface !== undefined) {
      survey.findings.add(`${path}.inInterface`, 'WRONG_DIRECTION', 'a packet from this member came in by no interface')
    }
    if (direction === 'in' && outInterface !== undefined) {
      survey.findings.add(`${path}.outInterface`, 'WRONG_DIRECTION', 'a packet to this member leaves by no interface')
    }
  }
}

function firewallRules({ spec }: Survey): readonly FirewallRule[] {
  return spec.members.flatMap(({ firewall }) => firewall.rules)
}
