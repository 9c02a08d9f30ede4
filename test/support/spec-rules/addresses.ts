import { EDGE, HOST, LAN, LAN6, many, type RuleRow } from './row.ts'

export const ADDRESSES: readonly RuleRow[] = [
  {
    rule: 'subnetsAreOneOfEachFamily',
    story: 'two IPv4 subnets on one switch',
    breaks: 'switches: [{ name: lan, subnet: [192.0.2.0/24, 203.0.113.0/24] }]',
    says: ['TOO_MANY_SUBNETS switches[0].subnet[1]'],
    fine: LAN6,
  },
  {
    rule: 'subnetsDoNotOverlap',
    story: 'a cable whose subnet lies inside that of a switch',
    breaks: `${LAN}\nlinks: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.2.128/25 }]\nhosts: [{ name: a }, { name: b }]`,
    says: ['OVERLAPPING_SUBNETS links[0].subnet'],
    fine: `${LAN}\nlinks: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.3.0/25 }]\nhosts: [{ name: a }, { name: b }]`,
  },
  {
    rule: 'memberIsInEachSubnetOnce',
    story: 'a host twice in one network, on two switches without a subnet',
    breaks:
      'switches: [{ name: x }, { name: y }]\nhosts: [{ name: a, interfaces: [{ name: e0, link: x, address: 10.0.0.1/24 }, { name: e1, link: y, addresses: [10.0.1.1/24, 10.0.0.9/16] }] }]',
    says: ['OVERLAPPING_SUBNETS hosts[0].interfaces[1].addresses[1]'],
    fine: 'switches: [{ name: x }, { name: y }]\nhosts: [{ name: a, link: x, address: 10.0.0.1/24 }, { name: b, link: y, address: 10.0.0.1/24 }]',
  },
  {
    rule: 'addressesAreInTheirSubnet',
    story: 'an address of another subnet',
    breaks: HOST('address: 192.0.3.10/24'),
    says: ['ADDRESS_OUTSIDE_SUBNET hosts[0].address'],
    fine: HOST('address: 192.0.2.10/24'),
  },
  {
    rule: 'addressesAreInTheirSubnet',
    story: 'a mask that is wider than the subnet',
    breaks: HOST('address: 192.0.2.10/16'),
    says: ['ADDRESS_OUTSIDE_SUBNET hosts[0].address'],
    fine: HOST('address: 192.0.2.10/28'),
  },
  {
    rule: 'addressesAreUsable',
    story: 'the broadcast address',
    breaks: HOST('address: 192.0.2.255/24'),
    says: ['UNUSABLE_ADDRESS hosts[0].address'],
    fine: HOST('address: 192.0.2.254/24'),
  },
  {
    rule: 'addressesAreUsable',
    story: 'the network address of the subnet, with a mask by which it is none',
    breaks: HOST('address: 192.0.2.0/31'),
    says: ['UNUSABLE_ADDRESS hosts[0].address'],
    fine: 'switches: [{ name: lan, subnet: 192.0.2.0/31 }]\nhosts: [{ name: a, link: lan, address: 192.0.2.0/31 }]',
  },
  {
    rule: 'addressesAreUsable',
    story: 'the anycast address of an IPv6 subnet',
    breaks: HOST('address: "2001:db8::/64"', LAN6),
    says: ['UNUSABLE_ADDRESS hosts[0].address'],
    fine: HOST('address: "2001:db8::1/64"', LAN6),
  },
  {
    rule: 'addressesAreUnique',
    story: 'two hosts with one address, differently written',
    breaks: `${LAN6}\nhosts: [{ name: a, link: lan, address: "2001:db8::a/64" }, { name: b, link: lan, address: "2001:DB8:0:0::A/64" }]`,
    says: ['DUPLICATE_ADDRESS hosts[1].address'],
    fine: `${LAN6}\nhosts: [{ name: a, link: lan, address: "2001:db8::a/64" }, { name: b, link: lan, address: "2001:db8::b/64" }]`,
  },
  {
    rule: 'addressesAreUnique',
    story: 'translation that answers for the address of a neighbour',
    breaks:
      EDGE('nat: { snat: [{ out: wan0, to: 203.0.113.9 }] }') +
      '\nhosts: [{ name: isp, link: wan, address: 203.0.113.9/24 }]',
    says: ['DUPLICATE_ADDRESS routers[0].nat.snat[0].to'],
    fine: `${EDGE(
      'nat: { snat: [{ out: wan0, to: 203.0.113.2 }, { out: wan0, to: 203.0.113.8 }, { out: wan0, to: 203.0.113.8 }] }',
    )}\nhosts: [{ name: isp, link: wan, address: 203.0.113.9/24 }]`,
  },
  {
    rule: 'automaticAddressesHaveASubnet',
    story: 'an interface without an address on a switch without a subnet',
    breaks: 'switches: [{ name: lan }]\nhosts: [{ name: a, link: lan }]',
    says: ['NO_SUBNET hosts[0].link'],
    fine: 'switches: [{ name: lan }]\nhosts: [{ name: a, interfaces: [{ name: eth0, link: lan, addresses: [] }] }]',
  },
  {
    rule: 'subnetsAreLargeEnough',
    story: 'three hosts and room for two',
    breaks: `switches: [{ name: lan, subnet: 192.0.2.0/30 }]\nhosts: ${many(3, (k) => `{ name: h${k}, link: lan }`)}`,
    says: ['SUBNET_EXHAUSTED switches[0].subnet'],
    fine: `switches: [{ name: lan, subnet: 192.0.2.0/30 }]\nhosts: ${many(2, (k) => `{ name: h${k}, link: lan }`)}`,
  },
  {
    rule: 'subnetsAreLargeEnough',
    story: 'two hosts and room for two, one of them taken by a next hop',
    breaks: `switches: [{ name: lan, subnet: 192.0.2.0/30 }]\nhosts: [{ name: a, link: lan, gateway: 192.0.2.1 }, { name: b, link: lan }]`,
    says: ['SUBNET_EXHAUSTED switches[0].subnet'],
    fine: `switches: [{ name: lan, subnet: 192.0.2.0/30 }]\nhosts: [{ name: a, link: lan, gateway: 192.0.2.1 }]`,
  },
]
