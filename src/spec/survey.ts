import { assignCidrs, cidrsOf } from './assign-addresses.ts'
import type { SpecFacts } from './facts.ts'
import type { Findings } from './findings.ts'
import { groupBy } from './group-by.ts'
import type { LabSpec, Link, Member, Switch } from './lab-spec.ts'
import { type HopFinder, hopFinder } from './next-hops.ts'
import { isBranch, parsePath, partAt } from './paths.ts'
import { type Network, type Plug, speaksIpv6 } from './plugs.ts'

/** A written-out spec with everything found that rules look for more than once. Made once, in time linear in the spec. */
export type Survey = {
  readonly spec: LabSpec
  readonly facts: SpecFacts
  readonly findings: Findings
  /** The document as it was given. */
  readonly data: unknown
  /** Switches and links in order; of two with one name only the first. */
  readonly networks: readonly Network[]
  readonly networkByName: ReadonlyMap<string, Network>
  readonly memberByName: ReadonlyMap<string, Member>
  /** Names of parts that were refused: what is called by them may well be right. */
  readonly lostNames: ReadonlySet<string>
  /** Interfaces of each member with their addresses. */
  readonly plugsOf: ReadonlyMap<Member, readonly Plug[]>
  readonly hops: HopFinder
}

export function surveySpec(spec: LabSpec, facts: SpecFacts, findings: Findings, data: unknown): Survey {
  const { plugsOf, networkByName } = plugAll(spec)
  const memberByName = new Map(spec.members.toReversed().map((member) => [member.name, member]))
  const uplinkNames = new Set(spec.uplinks.map(({ name }) => name))
  const isKnown = (name: string) => memberByName.has(name) || uplinkNames.has(name)
  return {
    spec,
    facts,
    findings,
    data,
    networks: [...networkByName.values()],
    networkByName,
    memberByName,
    lostNames: lostNames(spec, findings),
    plugsOf,
    hops: hopFinder({ networkByName, plugsOf, isKnown }),
  }
}

function plugAll(spec: LabSpec): Pick<Survey, 'plugsOf' | 'networkByName'> {
  const assigned = assignCidrs(spec)
  const plugsOf = new Map<Member, readonly Plug[]>()
  for (const member of spec.members) {
    const plugs = member.interfaces.map((one): Plug => {
      const { link, path } = one
      return { owner: member.name, link, path, member, interface: one, cidrs: assigned.get(path) ?? [] }
    })
    plugsOf.set(member, plugs)
  }
  const uplinks = spec.uplinks.map((uplink): Plug => {
    const { name, link, path } = uplink
    return { owner: name, link, path, uplink, cidrs: assigned.get(path) ?? [] }
  })
  const plugsByLink = groupBy([...plugsOf.values(), uplinks].flat(), ({ link }) => link)
  const networkByName = new Map<string, Network>()
  const add = (kind: Network['kind'], { name, subnets, mtuBytes, path }: Switch | Link) => {
    if (networkByName.has(name)) return
    const plugs = plugsByLink.get(name) ?? []
    const plugsByOwner = groupBy(plugs, ({ owner }) => owner)
    networkByName.set(name, { kind, name, subnets: cidrsOf(subnets), mtuBytes, path, plugs, plugsByOwner })
  }
  for (const one of spec.switches) add('switch', one)
  for (const one of spec.links) add('link', one)
  return { plugsOf, networkByName }
}

function lostNames({ members, switches, links, uplinks }: LabSpec, findings: Findings): ReadonlySet<string> {
  const lost = new Set(findings.names)
  for (const { name } of [...members, ...switches, ...links, ...uplinks]) lost.delete(name)
  return lost
}

export function plugsOf(survey: Survey, member: Member): readonly Plug[] {
  return survey.plugsOf.get(member) ?? []
}

export function mtuOf(survey: Survey, plug: Plug): number | undefined {
  return plug.interface?.mtuBytes ?? survey.networkByName.get(plug.link)?.mtuBytes
}

/** Whether IPv6 is on in the member at all: it has such an address, or wants it on by hand. */
export function hasIpv6(survey: Survey, member: Member): boolean {
  return member.sysctls.set['net.ipv6.conf.all.disable_ipv6'] === '0' || plugsOf(survey, member).some(speaksIpv6)
}

/**
 * Path of a value in the document that may have been written alone or in a list: `address` or `addresses[1]`, `subnet`
 * or `subnet[1]`.
 */
export function pathOfOne(survey: Survey, path: string, one: string, many: string, place: number): string {
  const part = partAt(survey.data, parsePath(path))
  const list = isBranch(part) && Object.hasOwn(part, many) && Array.isArray(part[many])
  return list ? `${path}.${many}[${place}]` : `${path}.${one}`
}

export function pathOfAddress(survey: Survey, path: string, place: number): string {
  return pathOfOne(survey, path, 'address', 'addresses', place)
}

export function pathOfSubnet(survey: Survey, path: string, place: number): string {
  return pathOfOne(survey, path, 'subnet', 'subnet', place)
}

/** Where the interface says what it is plugged into; for one that only an end of a link names, that end. */
export function pathOfLink(path: string): string {
  return path.startsWith('links[') ? path : `${path}.link`
}
