import type { Cidr } from '../net/cidr.ts'
import { BITS, formatIp } from '../net/ip.ts'
import type { LabIdentity } from './identity.ts'
import {
  ACCEPT,
  addressMatch,
  DROP,
  ESTABLISHED,
  filterChain,
  INVALID,
  inDevice,
  natChain,
  outDevice,
  portMatch,
  rule,
} from './nft-parts.ts'
import { HOST_NAMESPACE, type NftMatch, type NftRule, type NftTableObject } from './objects.ts'
import { readCidr } from './read-spec.ts'
import { type Address, UPLINK_LAB_DEVICE, UPLINK_OUTER_DEVICE, type WiredDevice, type WiredUplink } from './wiring.ts'

/**
 * Never reached through an uplink, whatever a spec allows: this network, private and shared address space, loopback,
 * link-local (cloud metadata), multicast and reserved (RFC 6890). An operator's own prefixes are added by the identity.
 */
export const ALWAYS_DENIED: readonly Cidr[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
].map(readCidr)

const MASQUERADE = { kind: 'masquerade' } as const
const SMTP = { first: 25, last: 25 }
const NEW_FLOWS_PER_SECOND = 200
const ECHOES_PER_SECOND = 20
/** Before everything else that could look at a frame. */
const FIRST = -500

/**
 * What comes from the switch must carry the MAC and an IPv4 address that the plan gave to a member on that switch, and
 * ARP must say the same inside; all else is dropped, other protocols too. What lies behind a router has to be
 * translated by that router first. Hooked at ingress, because rules that accept elsewhere never get to see the frame.
 */
export function guardTable({ spec, namespace }: WiredUplink, neighbours: readonly WiredDevice[]): NftTableObject {
  const rules = neighbours.flatMap(({ mac, addresses, path }): readonly NftRule[] => {
    const ipv4 = addresses.map(({ cidr }) => cidr.ip).filter(({ family }) => family === 4)
    if (ipv4.length === 0) return []
    const fromMac: NftMatch = { kind: 'source-mac', mac }
    const blocks = ipv4.map((ip) => ({ ip, prefix: BITS[4] }))
    return [
      rule(path, [fromMac, addressMatch('source', 4, blocks)], ACCEPT),
      ...ipv4.map((ip) => rule(path, [fromMac, { kind: 'arp-sender', mac, address: formatIp(ip) }], ACCEPT)),
    ]
  })
  const hook = { type: 'filter', hook: 'ingress', priority: FIRST, policy: 'drop', device: UPLINK_LAB_DEVICE } as const
  const chains = [{ name: 'from-lab', hook, rules: [...rules, rule(spec.path, [], DROP)] }]
  return { kind: 'nft-table', namespace, family: 'netdev', name: 'guard', chains }
}

/** What the gateway does for the lab: pass new flows outward, at a limited rate, and answer a ping or two itself. */
export function edgeTable({ spec, namespace, lab }: WiredUplink, identity: LabIdentity): NftTableObject {
  const { path } = spec
  const fromLab = inDevice(UPLINK_LAB_DEVICE)
  const toOutside = outDevice(UPLINK_OUTER_DEVICE)
  const ping: readonly NftMatch[] = [
    fromLab,
    addressMatch('destination', 4, lab.addresses.map(single)),
    { kind: 'icmp-type', family: 4, type: 'echo-request' },
  ]
  const tooMany = (perSecond: number): NftMatch => ({ kind: 'rate-over', perSecond })
  const allowed = spec.allow.length === 0 ? [] : [addressMatch('destination', 4, spec.allow.map(readCidr))]
  const input = [
    rule(path, [...ping, tooMany(ECHOES_PER_SECOND)], DROP),
    rule(path, ping, ACCEPT),
    rule(path, [], DROP),
  ]
  const forward = [
    rule(path, [ESTABLISHED], ACCEPT),
    rule(path, [INVALID], DROP),
    // Before what is allowed: a spec's wish does not open what the operator's deny-list closes.
    rule(path, [fromLab, denied(identity)], DROP),
    // Mail straight from a lab is spam more often than homework.
    rule(path, [fromLab, portMatch('destination-port', 'tcp', [SMTP])], DROP),
    rule(path, [fromLab, { kind: 'state', states: ['new'] }, tooMany(NEW_FLOWS_PER_SECOND)], DROP),
    rule(path, [fromLab, toOutside, ...allowed], ACCEPT),
    rule(path, [], DROP),
  ]
  const chains = [
    natChain('postrouting', [rule(path, [toOutside], MASQUERADE)]),
    filterChain('input', 'drop', input),
    filterChain('forward', 'drop', forward),
  ]
  return { kind: 'nft-table', namespace, family: 'inet', name: 'edge', chains }
}

/**
 * On the host: only the gateway's own address comes in, nothing reaches the host itself or the deny-list even if the
 * gateway were overcome, nothing starts a connection towards a lab, and what leaves bears the host's address. Every
 * rule names an uplink's device or address, and every policy is to accept: nobody else's packets are decided here.
 * For both families: the host may speak IPv6 on every device, ours too, and nothing of it passes.
 */
export function hostTable(uplinks: readonly WiredUplink[], identity: LabIdentity): NftTableObject {
  const input = uplinks.map(({ spec, host }) => rule(spec.path, [inDevice(host.device)], DROP))
  const forward = uplinks.flatMap(({ spec: { path }, host, outer }) => {
    const fromUplink = inDevice(host.device)
    const towards = outDevice(host.device)
    return [
      rule(path, [fromUplink, denied(identity)], DROP),
      rule(path, [fromUplink, addressMatch('source', 4, outer.addresses.map(single))], ACCEPT),
      rule(path, [fromUplink], DROP),
      rule(path, [towards, ESTABLISHED], ACCEPT),
      rule(path, [towards], DROP),
    ]
  })
  const postrouting = uplinks.map(({ spec, outer }) =>
    rule(spec.path, [addressMatch('source', 4, outer.addresses.map(single))], MASQUERADE),
  )
  const chains = [
    natChain('postrouting', postrouting),
    filterChain('input', 'accept', input),
    filterChain('forward', 'accept', forward),
  ]
  return { kind: 'nft-table', namespace: HOST_NAMESPACE, family: 'inet', name: `nl${identity.uid}`, chains }
}

function denied({ deniedSubnets = [] }: LabIdentity): NftMatch {
  return addressMatch('destination', 4, [...ALWAYS_DENIED, ...deniedSubnets.map(readCidr)])
}

function single({ cidr }: Address) {
  return { ip: cidr.ip, prefix: BITS[cidr.ip.family] }
}
