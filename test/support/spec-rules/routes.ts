import { HOST, LAN6, type RuleRow, TWO_LANS } from './row.ts'

export const ROUTES: readonly RuleRow[] = [
  {
    rule: 'nextHopsAreOnLink',
    story: 'a gateway in another subnet',
    breaks: HOST('gateway: 192.0.3.1'),
    says: ['NEXT_HOP_NOT_ON_LINK hosts[0].gateway'],
    fine: HOST('gateway: 192.0.2.1'),
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'a router by name that is on no shared link',
    breaks: `${TWO_LANS}\nhosts: [{ name: a, link: lan, gateway: r }]\nrouters: [{ name: r, link: wan }]`,
    says: ['NEXT_HOP_NOT_ON_LINK hosts[0].gateway'],
    fine: `${TWO_LANS}\nhosts: [{ name: a, link: lan, gateway: r }]\nrouters: [{ name: r, link: lan }]`,
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'an IPv6 route by a neighbour that has IPv4 only',
    breaks: `${LAN6}\nhosts: [{ name: a, link: lan, routes: [{ to: "2001:db8:9::/48", via: r }] }]\nrouters: [{ name: r, link: lan, address: 192.0.2.1/24 }]`,
    says: ['NEXT_HOP_NOT_ON_LINK hosts[0].routes[0].via'],
    fine: `${LAN6}\nhosts: [{ name: a, link: lan, gateway: r }]\nrouters: [{ name: r, link: lan, address: 192.0.2.1/24 }]`,
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'a host that is its own gateway',
    breaks: HOST('address: 192.0.2.1/24, gateway: 192.0.2.1'),
    says: ['NEXT_HOP_IS_SELF hosts[0].gateway'],
    fine: HOST('address: 192.0.2.1/24, gateway: 192.0.2.2'),
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'a host that names itself',
    breaks: HOST('gateway: a'),
    says: ['NEXT_HOP_IS_SELF hosts[0].gateway'],
    fine: `${HOST('gateway: b')}\nrouters: [{ name: b, link: lan }]`,
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'the broadcast address as gateway',
    breaks: HOST('gateway: 192.0.2.255'),
    says: ['UNUSABLE_ADDRESS hosts[0].gateway'],
    fine: HOST('gateway: 192.0.2.254'),
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'a gateway that a route of the same host swallows',
    breaks: HOST('gateway: 192.0.2.1, routes: [{ to: 192.0.2.0/28, type: blackhole }]'),
    says: ['NEXT_HOP_NOT_ON_LINK hosts[0].gateway'],
    fine: HOST('gateway: 192.0.2.1, routes: [{ to: 192.0.2.16/28, type: blackhole }]'),
  },
  {
    rule: 'nextHopsAreOnLink',
    story: 'a next hop behind a device route, and one that is not',
    breaks: HOST('routes: [{ to: 198.51.100.1/32, interface: eth0 }, { to: 10.0.0.0/8, via: 198.51.100.2 }]'),
    says: ['NEXT_HOP_NOT_ON_LINK hosts[0].routes[1].via'],
    fine: HOST('routes: [{ to: 198.51.100.1/32, interface: eth0 }, { to: 10.0.0.0/8, via: 198.51.100.1 }]'),
  },
  {
    rule: 'gatewaysAreOneOfEachFamily',
    story: 'two default routes of one family',
    breaks: HOST('gateways: [192.0.2.1, 192.0.2.2]'),
    says: ['DUPLICATE_GATEWAY hosts[0].gateways[1]'],
    fine: HOST('gateways: [192.0.2.1, "2001:db8::1"]', LAN6),
  },
  {
    rule: 'routesAreUnique',
    story: 'two routes to one destination',
    breaks: HOST('routes: [{ to: 10.0.0.0/8, via: 192.0.2.1 }, { to: 10.0.0.0/8, interface: eth0 }]'),
    says: ['DUPLICATE_ROUTE hosts[0].routes[1]'],
    fine: HOST('routes: [{ to: 10.0.0.0/8, via: 192.0.2.1 }, { to: 10.0.0.0/8, interface: eth0, metric: 5 }]'),
  },
  {
    rule: 'routesAreUnique',
    story: "a route to the host's own subnet, and a second default route",
    breaks: HOST(
      'gateway: 192.0.2.1, routes: [{ to: 192.0.2.0/24, interface: eth0 }, { to: 0.0.0.0/0, type: blackhole }]',
    ),
    says: ['DUPLICATE_ROUTE hosts[0].routes[0]', 'DUPLICATE_ROUTE hosts[0].routes[1]'],
    fine: HOST(
      'gateway: 192.0.2.1, routes: [{ to: 192.0.2.0/24, interface: eth0, metric: 9 }, { to: 0.0.0.0/0, type: blackhole, metric: 9 }]',
    ),
  },
  {
    rule: 'routesAreUnique',
    story: 'the metric that IPv6 takes where none is given',
    breaks: HOST(
      'routes: [{ to: "2001:db8:9::/48", interface: eth0 }, { to: "2001:db8:9::/48", type: prohibit, metric: 1024 }]',
      LAN6,
    ),
    says: ['DUPLICATE_ROUTE hosts[0].routes[1]'],
    fine: HOST(
      'routes: [{ to: "2001:db8:9::/48", interface: eth0 }, { to: "2001:db8:9::/48", type: prohibit, metric: 1025 }]',
      LAN6,
    ),
  },
  {
    rule: 'routesKeepTheirFamily',
    story: 'an IPv6 destination by an IPv4 next hop',
    breaks: HOST('routes: [{ to: "2001:db8:9::/48", via: 192.0.2.1 }]', LAN6),
    says: ['FAMILY_MISMATCH hosts[0].routes[0].via'],
    fine: HOST('routes: [{ to: "2001:db8:9::/48", via: "2001:db8::9" }]', LAN6),
  },
  {
    rule: 'routesKeepTheirFamily',
    story: 'an IPv6 route at a host without IPv6',
    breaks: HOST('routes: [{ to: "2001:db8:9::/48", type: unreachable }]'),
    says: ['FAMILY_MISMATCH hosts[0].routes[0].to'],
    fine: HOST('routes: [{ to: "2001:db8:9::/48", type: unreachable }]', LAN6),
  },
  {
    rule: 'ipv6RoutesHaveAFitDevice',
    story: 'an IPv6 route over a device that is too small for IPv6',
    breaks:
      'switches: [{ name: x, subnet: "2001:db8::/64" }, { name: y, subnet: 192.0.2.0/24, mtu: 1000 }]\nhosts: [{ name: a, interfaces: [{ name: e0, link: x }, { name: e1, link: y }], routes: [{ to: "2001:db8:9::/48", interface: e1 }] }]',
    says: ['MTU_TOO_SMALL_FOR_IPV6 hosts[0].routes[0].interface'],
    fine: 'switches: [{ name: x, subnet: "2001:db8::/64" }, { name: y, subnet: 192.0.2.0/24, mtu: 1000 }]\nhosts: [{ name: a, interfaces: [{ name: e0, link: x }, { name: e1, link: y }], routes: [{ to: "2001:db8:9::/48", interface: e0 }] }]',
  },
]
