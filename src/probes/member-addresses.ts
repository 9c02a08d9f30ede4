import { type Family, parseIp } from '../net/ip.ts'
import type { Plan, PlannedDevice, PlannedMember } from '../plan/objects.ts'

/** The planned addresses of one member, arranged for asking. Addresses are text without prefix length. */
export type MemberAddresses = {
  readonly member: PlannedMember
  /** First address of each family, in the order of devices. */
  readonly first: ReadonlyMap<Family, string>
  /** First address of each family on each link: a link's name to its addresses. */
  readonly onLink: ReadonlyMap<string, ReadonlyMap<Family, string>>
}

/** All members of a plan by name, in plan order. */
export function addressBook(plan: Plan): ReadonlyMap<string, MemberAddresses> {
  return new Map(plan.members.map((member) => [member.name, addressesOf(member)]))
}

/** First address of each family on one device. */
export function deviceAddresses(device: PlannedDevice): ReadonlyMap<Family, string> {
  const first = new Map<Family, string>()
  for (const cidr of device.addresses) {
    const [text = ''] = cidr.split('/')
    const family = parseIp(text)?.family
    if (family !== undefined && !first.has(family)) first.set(family, text)
  }
  return first
}

/**
 * The family in which two members speak: the one that is asked for; else IPv4 where both have it, else IPv6 where both
 * do. Undefined when they have none in common.
 */
export function commonFamily(from: MemberAddresses, to: MemberAddresses, wanted?: Family): Family | undefined {
  const families: readonly Family[] = wanted === undefined ? [4, 6] : [wanted]
  return families.find((family) => from.first.has(family) && to.first.has(family))
}

/** Where `from` would ask `to`: its address on a link that both share, so that no router need be up; else its first. */
export function addressFor(from: MemberAddresses, to: MemberAddresses, family: Family): string | undefined {
  return sharedAddress(from, to, family) ?? to.first.get(family)
}

/** The address of `to` on the first link of `from` on which both have an address of `family`. */
export function sharedAddress(from: MemberAddresses, to: MemberAddresses, family: Family): string | undefined {
  for (const [link, own] of from.onLink) {
    const theirs = own.has(family) ? to.onLink.get(link)?.get(family) : undefined
    if (theirs !== undefined) return theirs
  }
  return undefined
}

function addressesOf(member: PlannedMember): MemberAddresses {
  const first = new Map<Family, string>()
  const onLink = new Map<string, Map<Family, string>>()
  for (const device of member.devices) {
    const there = onLink.get(device.link) ?? new Map<Family, string>()
    onLink.set(device.link, there)
    for (const [family, address] of deviceAddresses(device)) {
      if (!first.has(family)) first.set(family, address)
      if (!there.has(family)) there.set(family, address)
    }
  }
  return { member, first, onLink }
}
