import { contains } from '../net/cidr.ts'
import { BITS, type Ip, sameIp } from '../net/ip.ts'
import type { Member } from '../spec/lab-spec.ts'
import { asAddress, readIp } from './read-spec.ts'
import type { Address, WiredDevice } from './wiring.ts'

/**
 * Addresses that translation makes a member answer for and that none of its interfaces has are added to the outside
 * device as /32 (or /128): the neighbours there ask for them by ARP, and the kernel answers for its own only.
 * A port forward's `destination` that lies in no subnet of its device is left alone: it arrives by routing and needs
 * no ARP, and as an address of ours it would hide the real one from this member.
 */
export function withOutsideAddresses(member: Member, devices: readonly WiredDevice[]): readonly WiredDevice[] {
  const { snat, forward, oneToOne } = member.nat
  if (snat.length + forward.length + oneToOne.length === 0) return devices
  const added = new Map<string, Address[]>()
  const isOwn = (ip: Ip) =>
    devices.some(({ addresses }) => addresses.some(({ cidr }) => sameIp(cidr.ip, ip))) ||
    [...added.values()].some((addresses) => addresses.some(({ cidr }) => sameIp(cidr.ip, ip)))
  const answerFor = (device: string, ip: Ip) => {
    if (isOwn(ip)) return
    added.set(device, [...(added.get(device) ?? []), asAddress({ ip, prefix: BITS[ip.family] })])
  }
  for (const { on, outside } of oneToOne) answerFor(on, readIp(outside))
  for (const { out, to } of snat) answerFor(out, readIp(to))
  for (const { in: device, destination } of forward) {
    if (destination === undefined) continue
    const ip = readIp(destination)
    const onLink = devices.some((it) => it.device === device && it.addresses.some(({ cidr }) => contains(cidr, ip)))
    if (onLink) answerFor(device, ip)
  }
  return devices.map((it) => {
    const more = added.get(it.device)
    return more === undefined ? it : { ...it, addresses: [...it.addresses, ...more] }
  })
}
