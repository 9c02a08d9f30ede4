import { type Cidr, firstOf, lastOf } from './cidr.ts'
import { BITS, type Ip, ipPlus, sameIp } from './ip.ts'

/**
 * Addresses of a subnet that may be given to interfaces, lowest first, made one at a time: an IPv6 /64 is never listed
 * whole. Left out are
 * - IPv4 up to /30: network and broadcast address (RFC 1122 section 3.2.1.3); a /31 has two hosts (RFC 3021);
 * - IPv6 up to /126: the all-zeros interface id, which every router of the subnet answers for (RFC 4291 section 2.6.1);
 *   a /127 has two hosts (RFC 6164).
 */
export function* hostAddresses(subnet: Cidr): Generator<Ip, void, undefined> {
  const { first, last } = hostRange(subnet)
  for (let ip = first; ip.value <= last.value; ip = ipPlus(ip, 1n)) yield ip
}

/** How many addresses `hostAddresses` would give. */
export function countHostAddresses(subnet: Cidr): bigint {
  const { first, last } = hostRange(subnet)
  return last.value - first.value + 1n
}

/** Why an address of the subnet may not be given to an interface; undefined when it may. */
export function unusableBecause(
  subnet: Cidr,
  ip: Ip,
): 'network-address' | 'broadcast-address' | 'subnet-router-anycast' | undefined {
  if (isTiny(subnet)) return undefined
  if (sameIp(ip, firstOf(subnet))) return ip.family === 4 ? 'network-address' : 'subnet-router-anycast'
  return ip.family === 4 && sameIp(ip, lastOf(subnet)) ? 'broadcast-address' : undefined
}

/**
 * Addresses of `subnet` for those who gave none: the lowest that are not `taken`, in order. The iterator remembers its
 * place, so taking n of them costs n steps and not n squared.
 */
export function* freeAddresses(subnet: Cidr, taken: ReadonlySet<bigint>): Generator<Ip, void, undefined> {
  for (const ip of hostAddresses(subnet)) if (!taken.has(ip.value)) yield ip
}

function hostRange(subnet: Cidr): { first: Ip; last: Ip } {
  const [first, last] = [firstOf(subnet), lastOf(subnet)]
  if (isTiny(subnet)) return { first, last }
  return { first: ipPlus(first, 1n), last: subnet.ip.family === 4 ? ipPlus(last, -1n) : last }
}

/** At most two addresses: all of them are hosts. */
function isTiny(subnet: Cidr): boolean {
  return BITS[subnet.ip.family] - subnet.prefix <= 1
}
