import { everything } from '../net/cidr.ts'
import { BITS, formatIp, type Ip } from '../net/ip.ts'
import type { Nat } from '../spec/lab-spec.ts'
import { addressMatch, inDevice, natChain, outDevice, portMatch, rule } from './nft-parts.ts'
import type { NftChain, NftMatch, NftRule } from './objects.ts'
import { readCidr, readIp } from './read-spec.ts'
import type { WiredMember } from './wiring.ts'

/**
 * Address translation of one member (RFC 3022). More particular rules come first: port forwards before one-to-one on
 * the way in, one-to-one before SNAT before masquerade on the way out; the first that fits translates.
 * - What is forwarded from outside is translated for the member's own connections too (hook `output`).
 * - Translation lets nothing through a firewall: under a `deny` default for `forward` a rule must allow the connection,
 *   named by its inner address, for the filter sees it translated.
 * - Hairpin (inside to inside by the outside address) is not promised: the answer would come back untranslated.
 */
export function natChains({ spec, devices, ipv6 }: WiredMember): readonly NftChain[] {
  const { nat } = spec
  const local = (device: string, family: 4 | 6) =>
    (devices.find((it) => it.device === device)?.addresses ?? []).filter(({ cidr }) => cidr.ip.family === family)
  const inward = [
    ...nat.forward.map((it) => {
      const match = destinationOfForward(it.destination)
      return rule(it.path, [inDevice(it.in), ...match, ...portOf(it)], dnat(it))
    }),
    ...nat.oneToOne.map((it) => rule(it.path, [inDevice(it.on), to(it.outside)], dnat({ to: it.inside }))),
  ]
  const ownConnections = [
    ...nat.forward.flatMap((it) => {
      if (it.destination !== undefined) return [rule(it.path, [to(it.destination), ...portOf(it)], dnat(it))]
      const { family } = readIp(it.to)
      const addresses = local(it.in, family).map(({ cidr }) => ({ ip: cidr.ip, prefix: BITS[family] }))
      if (addresses.length === 0) return []
      return [rule(it.path, [addressMatch('destination', family, addresses), ...portOf(it)], dnat(it))]
    }),
    ...nat.oneToOne.map((it) => rule(it.path, [to(it.outside)], dnat({ to: it.inside }))),
  ]
  const outward = [
    ...nat.oneToOne.map((it) => rule(it.path, [outDevice(it.on), from(it.inside)], snat(it.outside))),
    ...nat.snat.map((it) => rule(it.path, [outDevice(it.out), ...sourceOf(it.source)], snat(it.to))),
    ...nat.masquerade.map((it) => {
      // RFC 3022 is about IPv4. IPv6 is translated only for a source that is named, and asked about only where spoken.
      const source = it.source === undefined && ipv6 ? [EVERY_IPV4] : sourceOf(it.source)
      return rule(it.path, [outDevice(it.out), ...source], { kind: 'masquerade' })
    }),
  ]
  const chains: readonly (readonly ['prerouting' | 'output' | 'postrouting', readonly NftRule[]])[] = [
    ['prerouting', inward],
    ['output', ownConnections],
    ['postrouting', outward],
  ]
  return chains.filter(([, rules]) => rules.length > 0).map(([hook, rules]) => natChain(hook, rules))
}

const EVERY_IPV4 = addressMatch('source', 4, [everything(4)])

type Forward = Nat['forward'][number]

/** Without a destination: whatever address of the member was asked for, and nothing that merely passes through. */
function destinationOfForward(destination: string | undefined): readonly NftMatch[] {
  return [destination === undefined ? { kind: 'destination-is-local' } : to(destination)]
}

function portOf({ protocol, port }: Forward): readonly NftMatch[] {
  return [portMatch('destination-port', protocol, [port])]
}

function dnat({ to: inner, toPort }: Pick<Forward, 'to' | 'toPort'>): NftRule['action'] {
  const ip = readIp(inner)
  return { kind: 'dnat', family: ip.family, to: formatIp(ip), ...(toPort === undefined ? {} : { port: toPort }) }
}

function snat(outer: string): NftRule['action'] {
  const ip = readIp(outer)
  return { kind: 'snat', family: ip.family, to: formatIp(ip) }
}

function from(address: string): NftMatch {
  return single('source', readIp(address))
}

function to(address: string): NftMatch {
  return single('destination', readIp(address))
}

function single(kind: 'source' | 'destination', ip: Ip): NftMatch {
  return { kind, family: ip.family, cidrs: [formatIp(ip)] }
}

function sourceOf(source: string | undefined): readonly NftMatch[] {
  if (source === undefined) return []
  const cidr = readCidr(source)
  return [addressMatch('source', cidr.ip.family, [cidr])]
}
