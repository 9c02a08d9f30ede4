import { EDGE, RULE, type RuleRow } from './row.ts'

export const FILTERS: readonly RuleRow[] = [
  {
    rule: 'translationKeepsItsFamily',
    story: 'IPv4 translated to IPv6',
    breaks: EDGE(
      'nat: { snat: [{ out: wan0, source: 192.0.2.0/24, to: "2001:db8::1" }], forward: [{ in: wan0, destination: 203.0.113.2, port: 80, to: "[2001:db8::1]:80" }], oneToOne: [{ on: wan0, outside: 203.0.113.9, inside: "2001:db8::9" }] }',
    ),
    says: [
      'FAMILY_MISMATCH routers[0].nat.snat[0].to',
      'FAMILY_MISMATCH routers[0].nat.forward[0].to',
      'FAMILY_MISMATCH routers[0].nat.oneToOne[0].inside',
    ],
    fine: EDGE(
      'nat: { snat: [{ out: wan0, source: 192.0.2.0/24, to: 203.0.113.7 }], forward: [{ in: wan0, destination: 203.0.113.2, port: 80, to: "192.0.2.9:80" }], oneToOne: [{ on: wan0, outside: 203.0.113.9, inside: 192.0.2.9 }] }',
    ),
  },
  {
    rule: 'forwardTargetsHaveAnAddress',
    story: 'a port forwarded to a host without an address of the family',
    breaks: `${EDGE(
      'nat: { forward: [{ in: wan0, destination: 203.0.113.2, port: 80, to: web }, { in: wan0, port: 81, to: bare }] }',
    )}\nhosts: [{ name: web, link: lan, address: "2001:db8::1/64" }, { name: bare }]`,
    says: ['TARGET_HAS_NO_ADDRESS routers[0].nat.forward[0].to', 'TARGET_HAS_NO_ADDRESS routers[0].nat.forward[1].to'],
    fine:
      EDGE('nat: { forward: [{ in: wan0, port: 80, to: web }] }') +
      '\nhosts: [{ name: web, link: lan, address: "2001:db8::1/64" }]',
  },
  {
    rule: 'forwardsDoNotClash',
    story: 'one port forwarded twice',
    breaks: EDGE(
      'nat: { forward: [{ in: wan0, port: 8000-8010, to: 192.0.2.9 }, { in: wan0, port: 8010, to: 192.0.2.8 }] }',
    ),
    says: ['DUPLICATE_FORWARD routers[0].nat.forward[1].port'],
    fine: EDGE(
      'nat: { forward: [{ in: wan0, port: 8000-8010, to: 192.0.2.9 }, { in: wan0, port: 8011, to: 192.0.2.8 }, { in: wan0, port: 8010, protocol: udp, to: 192.0.2.8 }, { in: lan0, port: 8010, to: 192.0.2.8 }] }',
    ),
  },
  {
    rule: 'forwardsDoNotClash',
    story: 'the general forward before the one for a single address',
    breaks: EDGE(
      'nat: { forward: [{ in: wan0, port: 80, to: 192.0.2.9 }, { in: wan0, port: 80, destination: 203.0.113.2, to: 192.0.2.8 }] }',
    ),
    says: ['DUPLICATE_FORWARD routers[0].nat.forward[1].port'],
    fine: EDGE(
      'nat: { forward: [{ in: wan0, port: 80, destination: 203.0.113.2, to: 192.0.2.8 }, { in: wan0, port: 80, to: 192.0.2.9 }, { in: wan0, port: 80, to: "2001:db8::9" }] }',
    ),
  },
  {
    rule: 'oneToOneIsUnique',
    story: 'one outside address for two inside, one inside for two outside, and one for itself',
    breaks: EDGE(
      'nat: { oneToOne: [{ on: wan0, outside: 203.0.113.9, inside: 192.0.2.9 }, { on: wan0, outside: 203.0.113.9, inside: 192.0.2.8 }, { on: wan0, outside: 203.0.113.7, inside: 192.0.2.9 }, { on: wan0, outside: 203.0.113.6, inside: 203.0.113.6 }] }',
    ),
    says: [
      'DUPLICATE_ONE_TO_ONE routers[0].nat.oneToOne[1].outside',
      'DUPLICATE_ONE_TO_ONE routers[0].nat.oneToOne[2].inside',
      'DUPLICATE_ONE_TO_ONE routers[0].nat.oneToOne[3].inside',
    ],
    fine: EDGE(
      'nat: { oneToOne: [{ on: wan0, outside: 203.0.113.9, inside: 192.0.2.9 }, { on: wan0, outside: 203.0.113.8, inside: 192.0.2.8 }] }',
    ),
  },
  {
    rule: 'portsHaveAProtocol',
    story: 'ports of a protocol that has none',
    breaks: RULE('direction: in, protocol: icmp, ports: 80'),
    says: ['PROTOCOL_WITHOUT_PORTS hosts[0].firewall.rules[0].ports'],
    fine: RULE('direction: in, ports: 80'),
  },
  {
    rule: 'firewallRulesKeepAFamily',
    story: 'from IPv4 to IPv6',
    breaks: RULE('direction: in, from: 192.0.2.0/24, to: "2001:db8::/64"'),
    says: ['FAMILY_MISMATCH hosts[0].firewall.rules[0].to'],
    fine: RULE('direction: in, from: 192.0.2.0/24, to: [192.0.2.9, "2001:db8::/64"]'),
  },
  {
    rule: 'firewallRulesKeepAFamily',
    story: 'ICMP of one family and addresses of the other',
    breaks: RULE('direction: in, from: 192.0.2.0/24, protocol: icmpv6'),
    says: ['FAMILY_MISMATCH hosts[0].firewall.rules[0].protocol'],
    fine: RULE('direction: in, from: "2001:db8::/64", protocol: icmpv6'),
  },
  {
    rule: 'interfacesFitTheDirection',
    story: 'what goes out, by the interface it came in',
    breaks: RULE('direction: out, inInterface: eth0'),
    says: ['WRONG_DIRECTION hosts[0].firewall.rules[0].inInterface'],
    fine: RULE('direction: forward, inInterface: eth0, outInterface: eth0'),
  },
  {
    rule: 'interfacesFitTheDirection',
    story: 'what comes in, by the interface it leaves',
    breaks: RULE('direction: in, outInterface: eth0'),
    says: ['WRONG_DIRECTION hosts[0].firewall.rules[0].outInterface'],
    fine: RULE('direction: in, inInterface: eth0'),
  },
]
