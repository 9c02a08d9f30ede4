import { EDGE, HOST, LAN, many, type RuleRow, TWO_LANS } from './row.ts'

export const NAMES: readonly RuleRow[] = [
  {
    rule: 'labIsNotEmpty',
    story: 'a lab of nothing',
    breaks: 'labels: { course: net1 }',
    says: ['EMPTY_LAB'],
    fine: 'switches: [{ name: lan }]',
  },
  {
    rule: 'namesAreUnique',
    story: 'a host and a switch of one name',
    breaks: 'switches: [{ name: web }]\nhosts: [{ name: web }]',
    says: ['DUPLICATE_NAME hosts[0].name'],
    fine: 'switches: [{ name: web }]\nhosts: [{ name: web-1 }]',
  },
  {
    rule: 'namesAreUnique',
    story: 'an uplink with the name of a router',
    breaks: `${LAN}\nrouters: [{ name: out }]\nuplinks: [{ name: out, link: lan }]`,
    says: ['DUPLICATE_NAME uplinks[0].name'],
    fine: `${LAN}\nrouters: [{ name: in }]\nuplinks: [{ name: out, link: lan }]`,
  },
  {
    rule: 'interfaceNamesAreUnique',
    story: 'two interfaces of one name at one host',
    breaks: `${TWO_LANS}\nhosts: [{ name: a, interfaces: [{ name: eth0, link: lan }, { name: eth0, link: wan }] }]`,
    says: ['DUPLICATE_INTERFACE hosts[0].interfaces[1].name'],
    fine: `${LAN}\nhosts: [{ name: a, interfaces: [{ name: eth0, link: lan }] }, { name: b, interfaces: [{ name: eth0, link: lan }] }]`,
  },
  {
    rule: 'linksOfInterfacesExist',
    story: 'a host on a switch that is not there',
    breaks: `${LAN}\nhosts: [{ name: a, link: lam }]`,
    says: ['UNKNOWN_LINK hosts[0].link'],
    fine: `${LAN}\nhosts: [{ name: a, link: lan }]`,
  },
  {
    rule: 'linksOfInterfacesExist',
    story: 'a host plugged into a host',
    breaks: 'hosts: [{ name: a }, { name: b, link: a }]',
    says: ['UNKNOWN_LINK hosts[1].link'],
    fine: 'hosts: [{ name: a }, { name: b }]',
  },
  {
    rule: 'namedMembersExist',
    story: 'a gateway that nobody is called',
    breaks: `${HOST('gateway: rooter')}\nrouters: [{ name: router, link: lan }]`,
    says: ['UNKNOWN_MEMBER hosts[0].gateway'],
    fine: `${HOST('gateway: router')}\nrouters: [{ name: router, link: lan }]`,
  },
  {
    rule: 'namedMembersExist',
    story: 'a next hop that is a switch',
    breaks: HOST('routes: [{ to: 10.0.0.0/8, via: lan }]'),
    says: ['UNKNOWN_MEMBER hosts[0].routes[0].via'],
    fine: `${HOST('routes: [{ to: 10.0.0.0/8, via: b }]')}\nrouters: [{ name: b, link: lan }]`,
  },
  {
    rule: 'namedMembersExist',
    story: 'a port forwarded to nobody',
    breaks: EDGE('nat: { forward: [{ in: wan0, port: 80, to: "web:80" }] }'),
    says: ['UNKNOWN_MEMBER routers[0].nat.forward[0].to'],
    fine: `${EDGE('nat: { forward: [{ in: wan0, port: 80, to: "web:80" }] }')}\nhosts: [{ name: web, link: lan }]`,
  },
  {
    rule: 'namedInterfacesExist',
    story: 'masquerade on an interface that is not there',
    breaks: EDGE('nat: { masquerade: [{ out: wan1 }] }'),
    says: ['UNKNOWN_INTERFACE routers[0].nat.masquerade[0].out'],
    fine: EDGE('nat: { masquerade: [{ out: wan0 }] }'),
  },
  {
    rule: 'namedInterfacesExist',
    story: 'a route and a filter that name interfaces of others',
    breaks: EDGE(
      'routes: [{ to: 10.0.0.0/8, interface: eth0 }], firewall: { rules: [{ action: deny, direction: in, inInterface: eth0 }] }',
    ),
    says: [
      'UNKNOWN_INTERFACE routers[0].routes[0].interface',
      'UNKNOWN_INTERFACE routers[0].firewall.rules[0].inInterface',
    ],
    fine: EDGE(
      'routes: [{ to: 10.0.0.0/8, interface: wan0 }], firewall: { rules: [{ action: deny, direction: in, inInterface: wan0 }] }',
    ),
  },
  {
    rule: 'linksHaveTwoEnds',
    story: 'three interfaces on one cable',
    breaks: `links: [{ name: c, subnet: 192.0.2.0/24 }]\nhosts: ${many(3, (k) => `{ name: h${k}, link: c }`)}`,
    says: ['LINK_ENDS links[0]'],
    fine: `links: [{ name: c, subnet: 192.0.2.0/24 }]\nhosts: ${many(2, (k) => `{ name: h${k}, link: c }`)}`,
  },
  {
    rule: 'linksHaveTwoEnds',
    story: 'a cable from a host to itself',
    breaks: 'links: [{ name: c, ends: ["a:eth0", "a:eth1"], subnet: 192.0.2.0/24 }]\nhosts: [{ name: a }]',
    says: ['SELF_LINK links[0]'],
    fine: 'links: [{ name: c, ends: ["a:eth0", "b:eth0"], subnet: 192.0.2.0/24 }]\nhosts: [{ name: a }, { name: b }]',
  },
]
