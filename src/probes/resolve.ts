import { LabError } from '../errors.ts'
import { type Family, formatIp, type Ip, parseIp, useOf } from '../net/ip.ts'
import type { Plan } from '../plan/objects.ts'
import { addressBook, addressFor, commonFamily, deviceAddresses, type MemberAddresses } from './member-addresses.ts'

/** Where to ask: an address, and the sender's device where the address alone does not say it. */
export type Target = { readonly destination: string; readonly device?: string }

export type Route = { readonly from: MemberAddresses; readonly target: Target }

type Wish = { readonly lab: string; readonly from: string; readonly to: string; readonly family?: Family }

/**
 * Finds out who asks whom. `to` is, in this order, an address (link-local IPv6 as `fe80::1%eth0`, or without the device
 * where the sender has only one), `member:device`, or a member. Addresses need not be of this lab.
 *
 * @throws LabError member-not-found with field `from` or `to`; invalid-request when the two cannot speak
 */
export function resolve(plan: Plan, wish: Wish): Route {
  const book = addressBook(plan)
  const from = memberOf(book, wish.from, 'from', wish.lab)
  if (from.first.size === 0) refuse('from', 'NO_ADDRESS', `"${wish.from}" has no address to send from`)
  const [text = '', zone] = wish.to.split('%', 2)
  const ip = parseIp(text)
  if (ip !== undefined) return { from, target: literal(ip, zone, from, wish.family) }
  return { from, target: { destination: named(book, from, wish) } }
}

/** @throws LabError member-not-found */
export function memberOf(
  book: ReadonlyMap<string, MemberAddresses>,
  name: string,
  field: string,
  lab: string,
): MemberAddresses {
  const member = book.get(name)
  if (member === undefined) throw new LabError({ kind: 'member-not-found', lab, member: name, field })
  return member
}

const UNASKABLE = new Set(['unspecified', 'multicast', 'reserved'])

function literal(ip: Ip, zone: string | undefined, from: MemberAddresses, family: Family | undefined): Target {
  const address = formatIp(ip)
  if (family !== undefined && family !== ip.family) {
    refuse('family', 'FAMILY_MISMATCH', `${address} is an IPv${ip.family} address`)
  }
  const use = useOf(ip)
  if (UNASKABLE.has(use)) refuse('to', 'INVALID_ADDRESS', `${address} is ${use}: give the address of one machine`)
  if (ip.family === 4 || use !== 'link-local') {
    if (zone !== undefined) refuse('to', 'INVALID_ADDRESS', 'only a link-local IPv6 address takes a device')
    return { destination: address }
  }
  return { destination: address, device: deviceFor(address, zone, from) }
}

function deviceFor(address: string, zone: string | undefined, from: MemberAddresses): string {
  const devices = from.member.devices.map(({ device }) => device)
  const [only] = devices
  if (zone === undefined && devices.length === 1 && only !== undefined) return only
  if (zone !== undefined && devices.includes(zone)) return zone
  const example = `${address}%${only ?? 'eth0'}`
  return refuse('to', 'NO_DEVICE', `a link-local address needs a device of the sender, e.g. ${example}`)
}

function named(book: ReadonlyMap<string, MemberAddresses>, from: MemberAddresses, wish: Wish): string {
  const colon = wish.to.indexOf(':')
  if (colon === -1) return addressOfMember(from, memberOf(book, wish.to, 'to', wish.lab), wish)
  const target = memberOf(book, wish.to.slice(0, colon), 'to', wish.lab)
  const name = wish.to.slice(colon + 1)
  const device = target.member.devices.find((candidate) => candidate.device === name)
  if (device === undefined) return refuse('to', 'NO_DEVICE', `"${target.member.name}" has no device "${name}"`)
  const there = deviceAddresses(device)
  return pick(wish.to, wish.family, (family) => (from.first.has(family) ? there.get(family) : undefined), there)
}

function addressOfMember(from: MemberAddresses, to: MemberAddresses, wish: Wish): string {
  const family = commonFamily(from, to, wish.family)
  return pick(
    wish.to,
    wish.family,
    (wanted) => (wanted === family ? addressFor(from, to, wanted) : undefined),
    to.first,
  )
}

/**
 * An address both sides can speak, else one that only the target can: the sender's own kernel then says what is wrong,
 * which is what someone who pings wants to know.
 */
function pick(
  to: string,
  wanted: Family | undefined,
  shared: (family: Family) => string | undefined,
  theirs: ReadonlyMap<Family, string>,
): string {
  const families: readonly Family[] = wanted === undefined ? [4, 6] : [wanted]
  for (const choose of [shared, (family: Family) => theirs.get(family)]) {
    for (const family of families) {
      const address = choose(family)
      if (address !== undefined) return address
    }
  }
  return refuse('to', 'NO_ADDRESS', `"${to}" has no ${wanted === undefined ? '' : `IPv${wanted} `}address`)
}

function refuse(path: string, reason: string, message: string): never {
  throw new LabError({ kind: 'invalid-request', problems: [{ path, reason, message }] })
}
