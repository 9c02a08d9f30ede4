import { type Cidr, contains, firstOf, formatCidr, networkOf, overlaps } from '../net/cidr.ts'
import { countHostAddresses, unusableBecause } from '../net/host-addresses.ts'
import { formatIp, type Ip } from '../net/ip.ts'
import { hasGivenAddresses, nameOfPlug, outsideAddresses, type Plug } from './plugs.ts'
import { pathOfAddress, pathOfLink, pathOfSubnet, plugsOf, type Survey } from './survey.ts'

/** Rules about addresses and subnets. */

export function subnetsAreOneOfEachFamily(survey: Survey): void {
  for (const { name, path, subnets } of survey.networks) {
    for (const [place, subnet] of subnets.entries()) {
      if (!subnets.slice(0, place).some((other) => other.ip.family === subnet.ip.family)) continue
      const because = `"${name}" has an IPv${subnet.ip.family} subnet already; it may have one of each family`
      survey.findings.add(`${path}.subnet[${place}]`, 'TOO_MANY_SUBNETS', because)
    }
  }
}

/** Subnets of different switches and links: an address must say by itself where it is. */
export function subnetsDoNotOverlap(survey: Survey): void {
  const all = survey.networks.flatMap((network) => network.subnets.map((cidr, place) => ({ cidr, network, place })))
  for (const [a, b] of overlapping(all)) {
    if (a.network === b.network) continue
    const path = pathOfSubnet(survey, b.network.path, b.place)
    const because = `${formatCidr(b.cidr)} overlaps ${formatCidr(a.cidr)} of "${a.network.name}"`
    survey.findings.add(path, 'OVERLAPPING_SUBNETS', because)
  }
}

/**
 * The same for one member, where no subnet is written down and only its addresses tell: it could not know by which
 * interface to send. Other members may use such addresses again elsewhere: that is a lab about translation.
 */
export function memberIsInEachSubnetOnce(survey: Survey): void {
  for (const member of survey.spec.members) {
    const plugs = plugsOf(survey, member)
    if (plugs.length < 2) continue
    const all = plugs.flatMap((plug) =>
      plug.cidrs.map((cidr, place) => ({
        cidr: networkOf(cidr),
        plug,
        place,
        told: hasSubnet(survey, plug.link, cidr),
      })),
    )
    for (const [a, b] of overlapping(all)) {
      if (a.plug.link === b.plug.link || (a.told && b.told)) continue
      const path = pathOfAddress(survey, b.plug.path, b.place)
      const because = `${formatCidr(b.cidr)} overlaps ${formatCidr(a.cidr)} of "${a.plug.link}", where ${member.name} is too`
      survey.findings.add(path, 'OVERLAPPING_SUBNETS', because)
    }
  }
}

function hasSubnet({ networkByName }: Survey, link: string, { ip }: Cidr): boolean {
  return networkByName.get(link)?.subnets.some((subnet) => subnet.ip.family === ip.family) ?? false
}

/**
 * Pairs of overlapping blocks, for each block at most one: with an earlier one in the list where there is one.
 * Blocks nest or are apart, so that after sorting each needs a look at the one that is still open.
 */
function overlapping<T extends { readonly cidr: Cidr }>(
  blocks: readonly T[],
): readonly (readonly [earlier: T, later: T])[] {
  const place = new Map(blocks.map((block, index) => [block, index]))
  const placeOf = (block: T) => place.get(block) ?? 0
  const sorted = blocks.toSorted((a, b) => compare(firstOf(a.cidr), firstOf(b.cidr)) || a.cidr.prefix - b.cidr.prefix)
  const pairs: (readonly [T, T])[] = []
  let open: T | undefined
  for (const block of sorted) {
    if (open !== undefined && overlaps(open.cidr, block.cidr)) {
      pairs.push(placeOf(open) < placeOf(block) ? [open, block] : [block, open])
    } else {
      open = block
    }
  }
  return pairs.toSorted(([, a], [, b]) => placeOf(a) - placeOf(b))
}

function compare(a: Ip, b: Ip): number {
  if (a.family !== b.family) return a.family - b.family
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0
}

/** On one switch or link, and for what translation answers for there. */
export function addressesAreUnique(survey: Survey): void {
  for (const network of survey.networks) {
    const owners = { 4: new Map<bigint, Plug>(), 6: new Map<bigint, Plug>() }
    const claim = (ip: Ip, plug: Plug, path: () => string) => {
      const first = owners[ip.family].get(ip.value)
      if (first === undefined) owners[ip.family].set(ip.value, plug)
      else {
        const because = `${formatIp(ip)} is the address of ${nameOfPlug(first)} already`
        survey.findings.add(path(), 'DUPLICATE_ADDRESS', because)
      }
    }
    for (const plug of network.plugs) {
      for (const [place, { ip }] of plug.cidrs.entries()) {
        claim(ip, plug, () => pathOfAddress(survey, plug.path, place))
      }
    }
    for (const plug of network.plugs) {
      // Several rules of one member may name one outside address: port forwards beside SNAT to it are usual.
      const told = new Set<bigint>()
      for (const { ip, path } of outsideAddresses(plug)) {
        if (!told.has(ip.value)) claim(ip, plug, () => path)
        told.add(ip.value)
      }
    }
  }
}

/** A wider block than the subnet would send packets for neighbours of other subnets to the wire. */
export function addressesAreInTheirSubnet(survey: Survey): void {
  for (const network of survey.networks) {
    for (const plug of network.plugs.filter(hasGivenAddresses)) {
      for (const [place, cidr] of plug.cidrs.entries()) {
        const subnets = network.subnets.filter((subnet) => subnet.ip.family === cidr.ip.family)
        if (subnets.length === 0 || subnets.some((subnet) => contains(subnet, cidr))) continue
        if (survey.findings.isDamaged(network.path)) continue
        const because = `${formatCidr(cidr)} is not inside ${subnets.map(formatCidr).join(' or ')} of "${network.name}"`
        survey.findings.add(pathOfAddress(survey, plug.path, place), 'ADDRESS_OUTSIDE_SUBNET', because)
      }
    }
  }
}

const UNUSABLE = {
  'network-address': 'is the network address of',
  'broadcast-address': 'is the broadcast address of',
  'subnet-router-anycast': 'belongs to every router (anycast) of',
} as const

/** Neither by the address's own prefix nor by that of the subnet it lies in. */
export function addressesAreUsable(survey: Survey): void {
  for (const network of survey.networks) {
    for (const plug of network.plugs.filter(hasGivenAddresses)) {
      for (const [place, cidr] of plug.cidrs.entries()) {
        const block = [cidr, ...network.subnets.filter((subnet) => contains(subnet, cidr))].find((one) =>
          unusableBecause(one, cidr.ip),
        )
        const because = block === undefined ? undefined : unusableBecause(block, cidr.ip)
        if (block === undefined || because === undefined) continue
        const message = `${formatIp(cidr.ip)} ${UNUSABLE[because]} ${formatCidr(networkOf(block))}`
        survey.findings.add(pathOfAddress(survey, plug.path, place), 'UNUSABLE_ADDRESS', message)
      }
    }
  }
}

export function automaticAddressesHaveASubnet(survey: Survey): void {
  for (const network of survey.networks) {
    if (network.subnets.length > 0 || survey.findings.isDamaged(network.path)) continue
    for (const plug of network.plugs) {
      if (hasGivenAddresses(plug) || plug.uplink !== undefined) continue
      const because = `"${network.name}" has no subnet to take an address from; give it one, or give an address here, or \`addresses: []\` for none`
      survey.findings.add(plug.path.startsWith('links[') ? plug.path : pathOfLink(plug.path), 'NO_SUBNET', because)
    }
  }
}

/** One problem for each subnet, not one for each interface that got nothing. */
export function subnetsAreLargeEnough(survey: Survey): void {
  for (const network of survey.networks) {
    const asking = network.plugs.filter((plug) => !hasGivenAddresses(plug))
    for (const [place, subnet] of network.subnets.entries()) {
      if (network.subnets.filter(({ ip }) => ip.family === subnet.ip.family).length > 1) continue
      const served = asking.filter(({ cidrs }) => cidrs.some(({ ip }) => contains(subnet, ip))).length
      const wanted = asking.filter(({ uplink }) => uplink === undefined || subnet.ip.family === 4).length
      if (served === wanted) continue
      const because = `${formatCidr(subnet)} has ${countHostAddresses(subnet)} host addresses, and ${wanted - served} of ${wanted} interfaces that ask for one get none`
      survey.findings.add(pathOfSubnet(survey, network.path, place), 'SUBNET_EXHAUSTED', because)
    }
  }
}
