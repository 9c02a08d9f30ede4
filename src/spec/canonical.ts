import { formatCidr, parseCidr } from '../net/cidr.ts'
import { BITS, formatIp, parseIp } from '../net/ip.ts'

/** One spelling for each thing, so that equal texts are equal things. What cannot be read stays as it is. */

export function canonicalCidr(text: string): string {
  const cidr = parseCidr(text)
  return cidr === undefined ? text : formatCidr(cidr)
}

/** Also the names of members, which stay as they are. */
export function canonicalIp(text: string): string {
  const ip = parseIp(text)
  return ip === undefined ? text : formatIp(ip)
}

/** A bare address is the block of that one address. */
export function canonicalBlock(text: string): string {
  const ip = parseIp(text)
  return ip === undefined ? canonicalCidr(text) : `${formatIp(ip)}/${BITS[ip.family]}`
}
