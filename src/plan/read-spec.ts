import { LabError } from '../errors.ts'
import { type Cidr, formatCidr, parseCidr } from '../net/cidr.ts'
import { BITS, type Ip, parseIp } from '../net/ip.ts'
import type { Address } from './wiring.ts'

/**
 * Addresses of a LabSpec as numbers. `parseSpec` has checked every one of them, so text that cannot be read here is a
 * mistake of ours and not of the spec: LabError `internal`.
 */
export function readIp(text: string): Ip {
  return parseIp(text) ?? unreadable(text)
}

/** A bare address is the block of that one address. */
export function readCidr(text: string): Cidr {
  if (text.includes('/')) return parseCidr(text) ?? unreadable(text)
  const ip = readIp(text)
  return { ip, prefix: BITS[ip.family] }
}

export function asAddress(cidr: Cidr): Address {
  return { text: formatCidr(cidr), cidr }
}

/** What the kernel would refuse for sure: LabError `invalid-spec` naming the place. A second net under spec/rules.ts. */
export function unplannable(path: string, reason: string, message: string): LabError {
  return new LabError({ kind: 'invalid-spec', problems: [{ path, reason, message }] })
}

function unreadable(text: string): never {
  throw new LabError({ kind: 'internal', incident: 'plan' }, { cause: `not an address: ${JSON.stringify(text)}` })
}
