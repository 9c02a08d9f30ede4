import { contains, formatCidr, hasHostBits, networkOf, parseCidr } from '../net/cidr.ts'
import { BITS, type Ip, parseIp, useOf } from '../net/ip.ts'
import { parseMac } from '../net/mac.ts'
import { isDeviceName, isName, RESERVED_DEVICES } from '../net/names.ts'
import type { PortRange } from './lab-spec.ts'

/** Each `…Fault` says what is wrong with one text of a document, as the end of a sentence; undefined when it is right. */

export function nameFault(text: string): string | undefined {
  if (isName(text)) return undefined
  return "is not a name: 1 to 31 of a-z, 0-9 and '-', beginning with a letter and not ending with '-'"
}

export function deviceFault(text: string): string | undefined {
  if (isDeviceName(text)) return undefined
  if (RESERVED_DEVICES.has(text)) return 'is a name that the kernel keeps for itself'
  return "is not an interface name: 1 to 15 of a-z, 0-9, '.', '_' and '-', beginning with a letter"
}

/** `edge:wan0`. */
export function endFault(text: string): string | undefined {
  const { member, device } = parseEnd(text)
  return isName(member) && isDeviceName(device)
    ? undefined
    : 'is not an end: write member:interface, for example edge:wan0'
}

export function parseEnd(text: string): { readonly member: string; readonly device: string } {
  const colon = text.indexOf(':')
  return colon < 0 ? { member: text, device: '' } : { member: text.slice(0, colon), device: text.slice(colon + 1) }
}

const SHORTEST_PREFIX = { 4: 8, 6: 16 } as const

/** An address of an interface, with prefix length and host bits. */
export function interfaceAddressFault(text: string): string | undefined {
  const cidr = parseCidr(text)
  if (cidr === undefined) {
    return parseIp(text) === undefined
      ? 'is not an address with prefix length, for example 192.0.2.10/24'
      : `has no prefix length; write for example ${text}/${text.includes(':') ? 64 : 24}`
  }
  return prefixFault(cidr.ip, cidr.prefix) ?? hostUseFault(cidr.ip)
}

/** A subnet that interfaces get addresses from: host bits zero. */
export function subnetFault(text: string): string | undefined {
  const cidr = parseCidr(text)
  if (cidr === undefined) return 'is not a subnet, for example 192.0.2.0/24 or 2001:db8::/64'
  if (hasHostBits(cidr)) return `has host bits set; the subnet is ${formatCidr(networkOf(cidr))}`
  return prefixFault(cidr.ip, cidr.prefix) ?? hostUseFault(cidr.ip)
}

/** Where a route goes: host bits zero, any prefix length. */
export function destinationFault(text: string): string | undefined {
  const cidr = parseCidr(text)
  if (cidr === undefined) return 'is not a destination, for example 10.0.0.0/8, or 0.0.0.0/0 for all of IPv4'
  if (hasHostBits(cidr)) return `has host bits set; the destination is ${formatCidr(networkOf(cidr))}`
  // Only blocks that lie wholly inside: 0.0.0.0/1 is one half of everything and a fine destination.
  const local = LOCAL_BLOCKS.find((block) => contains(block, cidr))
  return local === undefined ? undefined : `lies in ${formatCidr(local)}, which is never routed`
}

const LOCAL_BLOCKS = ['0.0.0.0/8', '127.0.0.0/8', '::/128', '::1/128', 'fe80::/10', 'ff00::/8'].flatMap(
  (text) => parseCidr(text) ?? [],
)

/** A bare unicast address. */
export function addressFault(text: string): string | undefined {
  const ip = parseIp(text)
  if (ip !== undefined) return hostUseFault(ip)
  return parseCidr(text) === undefined
    ? 'is not an address, for example 192.0.2.10'
    : 'must be an address without prefix length'
}

/** What a rule matches: an address, or a block with host bits zero. */
export function blockFault(text: string): string | undefined {
  if (parseIp(text) !== undefined) return undefined
  const cidr = parseCidr(text)
  if (cidr === undefined) return 'is not an address or block, for example 192.0.2.10 or 192.0.2.0/24'
  return hasHostBits(cidr) ? `has host bits set; the block is ${formatCidr(networkOf(cidr))}` : undefined
}

/** A next hop: an address, or the name of a member. */
export function nextHopFault(text: string): string | undefined {
  if (isName(text)) return undefined
  return parseIp(text) === undefined ? 'is neither an address nor the name of a member' : addressFault(text)
}

/** `192.0.2.10:80`, `[2001:db8::a]:80`, `web:80`, each also without the port. */
export function forwardTargetFault(text: string): string | undefined {
  const target = parseForwardTarget(text)
  if (target === undefined) return 'is not a target: write 192.0.2.10:80, [2001:db8::a]:80 or member:80'
  return isName(target.to) ? undefined : addressFault(target.to)
}

export function parseForwardTarget(text: string): { readonly to: string; readonly port?: number } | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([a-z0-9.-]+))(?::([1-9][0-9]{0,4}))?$/.exec(text)
  const bare = parts === null ? text : (parts[1] ?? parts[2] ?? '')
  if (!isName(bare) && parseIp(bare) === undefined) return undefined
  const port = parts?.[3] === undefined ? undefined : Number(parts[3])
  if (port === undefined) return { to: bare }
  return port > 65535 ? undefined : { to: bare, port }
}

export function macFault(text: string): string | undefined {
  if (parseMac(text) === undefined) return 'is not a MAC address, for example 02:00:00:00:00:0a'
  return /^[0:]+$/.test(text) ? 'is no address of a device' : undefined
}

export function portsFault(text: string): string | undefined {
  const ports = parsePorts(text)
  if (ports === undefined) return 'is not a port or range of ports, for example 80 or 8000-8010'
  return ports.first > ports.last ? 'ends before it begins' : undefined
}

/** `80` or `8000-8010`, each from 1 to 65535. */
export function parsePorts(text: string): PortRange | undefined {
  const parts = /^([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?$/.exec(text)
  if (parts === null) return undefined
  const [first, last] = [Number(parts[1]), Number(parts[2] ?? parts[1])]
  return first > 65535 || last > 65535 ? undefined : { first, last }
}

/** What an address of an interface, or of anything that is spoken to, may not be. */
function hostUseFault(ip: Ip): string | undefined {
  const use = useOf(ip)
  switch (use) {
    case 'unicast':
      return undefined
    case 'link-local':
      // IPv4 has no other way to such an address; for IPv6 the kernel gives each interface its own from its MAC.
      return ip.family === 4 ? undefined : 'is link-local; the kernel gives every interface such an address by itself'
    case 'unspecified':
    case 'loopback':
    case 'multicast':
    case 'reserved':
      return `is a ${use} address, which no interface can have`
  }
}

function prefixFault(ip: Ip, prefix: number): string | undefined {
  const shortest = SHORTEST_PREFIX[ip.family]
  return prefix < shortest ? `is too wide: /${shortest} to /${BITS[ip.family]} may be used` : undefined
}
