import { FACTS } from '../spec-facts.ts'
import { EDGE, HOST, LAN, LAN6, limited, many, type RuleRow, without } from './row.ts'

export const ON_HOST: readonly RuleRow[] = [
  {
    rule: 'limitsAreKept',
    story: 'more machines and cables than allowed',
    breaks: `${LAN}\nhosts: ${many(4, (k) => `{ name: h${k}, link: lan }`)}`,
    says: ['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED'],
    fine: `${LAN}\nhosts: ${many(3, (k) => `{ name: h${k}, link: lan }`)}`,
    facts: limited({ maxMembers: 4, maxLinks: 3 }),
  },
  {
    rule: 'limitsAreKept',
    story: 'more of everything at one router than allowed',
    breaks: EDGE(
      'routes: [{ to: 10.0.0.0/8, type: blackhole }], nat: { masquerade: [{ out: wan0 }] }, firewall: { rules: [{ action: deny, direction: in }] }',
    ).replace('address: 192.0.2.1/24', 'addresses: [192.0.2.1/24, 192.0.2.2/24]'),
    says: [
      'LIMIT_EXCEEDED routers[0].interfaces',
      'LIMIT_EXCEEDED routers[0].interfaces[0].addresses',
      'LIMIT_EXCEEDED routers[0].routes',
      'LIMIT_EXCEEDED routers[0].firewall',
    ],
    fine: HOST('gateway: 192.0.2.1, firewall: { rules: [{ action: deny, direction: in }] }'),
    facts: limited({
      maxInterfacesPerMember: 1,
      maxAddressesPerInterface: 1,
      maxRoutesPerMember: 0,
      maxRulesPerMember: 1,
    }),
  },
  {
    rule: 'kernelHasTheFeatures',
    story: 'an impaired link without netem',
    breaks:
      'links: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.2.0/24, delay: 5ms, rate: 1mbit }]\nhosts: [{ name: a }, { name: b }]',
    says: ['UNSUPPORTED_BY_KERNEL links[0].delay', 'UNSUPPORTED_BY_KERNEL links[0].rate'],
    fine: 'links: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.2.0/24, delay: 0ms, loss: 0% }]\nhosts: [{ name: a }, { name: b }]',
    facts: without('netem'),
  },
  {
    rule: 'kernelHasTheFeatures',
    story: 'translation and a filter without nftables',
    breaks: EDGE('nat: { masquerade: [{ out: wan0 }] }, firewall: { defaults: { in: deny } }'),
    says: ['UNSUPPORTED_BY_KERNEL routers[0].nat', 'UNSUPPORTED_BY_KERNEL routers[0].firewall'],
    fine: EDGE('nat: {}, firewall: { defaults: { in: allow } }'),
    facts: without('nft-nat', 'nft-filter'),
  },
  {
    rule: 'uplinksAreAllowed',
    story: 'an uplink where the operator allows none',
    breaks: `${LAN}\nuplinks: [{ name: net, link: lan }]`,
    says: ['UPLINK_NOT_ALLOWED uplinks[0]'],
    fine: LAN,
    facts: { ...FACTS, uplink: { allowed: false, maxPerLab: 1 } },
  },
  {
    rule: 'uplinksAreAllowed',
    story: 'a second uplink where one is allowed',
    breaks: `${LAN}\nuplinks: [{ name: net, link: lan }, { name: net-2, link: lan }]`,
    says: ['TOO_MANY_UPLINKS uplinks[1]'],
    fine: `${LAN}\nuplinks: [{ name: net, link: lan }]`,
  },
  {
    rule: 'uplinksStandOnASwitch',
    story: 'an uplink on a cable',
    breaks:
      'links: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.2.0/24 }]\nhosts: [{ name: a }, { name: b }]\nuplinks: [{ name: net, link: c }]',
    says: ['UPLINK_NEEDS_SWITCH uplinks[0].link'],
    fine: `${LAN}\nuplinks: [{ name: net, link: lan }]`,
  },
  {
    rule: 'uplinksStandOnASwitch',
    story: 'an uplink without IPv4',
    breaks:
      'switches: [{ name: lan, subnet: "2001:db8::/64" }]\nuplinks: [{ name: net, link: lan, allow: ["2001:db8:9::/48"] }]',
    says: ['UPLINK_NEEDS_IPV4 uplinks[0].link', 'UPLINK_NEEDS_IPV4 uplinks[0].allow[0]'],
    fine: 'switches: [{ name: lan, subnet: "2001:db8::/64" }]\nuplinks: [{ name: net, link: lan, address: 192.0.2.1/24, allow: [198.51.100.0/24] }]',
  },
  {
    rule: 'uplinksStandOnASwitch',
    story: 'an uplink with an IPv6 address',
    breaks: `${LAN6}\nuplinks: [{ name: net, link: lan, address: "2001:db8::1/64" }]`,
    says: ['UPLINK_NEEDS_IPV4 uplinks[0].address'],
    fine: `${LAN6}\nuplinks: [{ name: net, link: lan, address: 192.0.2.1/24 }]`,
  },
]
