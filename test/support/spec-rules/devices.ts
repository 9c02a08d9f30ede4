import { HOST, LAN, LAN6, many, type RuleRow, TWO_LANS } from './row.ts'

export const DEVICES: readonly RuleRow[] = [
  {
    rule: 'macsAreUnicast',
    story: 'a group address for a MAC',
    breaks: `${LAN}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mac: "01:00:5e:00:00:01" }] }]`,
    says: ['MULTICAST_MAC hosts[0].interfaces[0].mac'],
    fine: `${LAN}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mac: "02:00:5e:00:00:01" }] }]`,
  },
  {
    rule: 'macsAreUnique',
    story: 'one MAC twice on a switch',
    breaks: `${LAN}\nhosts: ${many(2, (k) => `{ name: h${k}, interfaces: [{ name: e0, link: lan, mac: "02:00:00:00:00:0a" }] }`)}`,
    says: ['DUPLICATE_MAC hosts[1].interfaces[0].mac'],
    fine: `${TWO_LANS}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mac: "02:00:00:00:00:0a" }, { name: e1, link: wan, mac: "02:00:00:00:00:0a" }] }]`,
  },
  {
    rule: 'macsAreUnique',
    story: 'the MAC that another gets from its address',
    breaks: `${LAN}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mac: "0A:58:C0:00:02:02" }] }, { name: b, link: lan }]`,
    says: ['DUPLICATE_MAC hosts[0].interfaces[0].mac'],
    fine: `${LAN}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mac: "0A:58:C0:00:02:03" }] }, { name: b, link: lan }]`,
  },
  {
    rule: 'mtuIsEnoughForIpv6',
    story: 'IPv6 on an interface of 1,279 bytes',
    breaks: `${LAN6}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mtu: 1279 }] }]`,
    says: ['MTU_TOO_SMALL_FOR_IPV6 hosts[0].interfaces[0].mtu'],
    fine: `${LAN6}\nhosts: [{ name: a, interfaces: [{ name: e0, link: lan, mtu: 1280 }] }, { name: b, interfaces: [{ name: e0, link: lan, mtu: 68, address: 192.0.2.9/24 }] }]`,
  },
  {
    rule: 'mtuIsEnoughForIpv6',
    story: 'IPv6 on switches that are too small, told once each',
    breaks:
      'defaults: { mtu: 1000 }\nswitches: [{ name: x, subnet: "2001:db8:1::/64" }, { name: y, mtu: 900, subnet: "2001:db8:2::/64" }]\nhosts: [{ name: a, link: x }, { name: b, link: x }, { name: c, link: y }]',
    says: ['MTU_TOO_SMALL_FOR_IPV6 defaults.mtu', 'MTU_TOO_SMALL_FOR_IPV6 switches[1].mtu'],
    fine: 'defaults: { mtu: 1000 }\nswitches: [{ name: x, subnet: 192.0.2.0/24 }]\nhosts: [{ name: a, link: x }]',
  },
  {
    rule: 'switchesHaveFreePorts',
    story: '1,024 interfaces on one switch',
    breaks: `switches: [{ name: lan, subnet: 10.0.0.0/16 }]\nhosts: ${many(1024, (k) => `{ name: h${k}, link: lan }`)}`,
    says: ['TOO_MANY_PORTS switches[0]'],
    fine: `switches: [{ name: lan, subnet: 10.0.0.0/16 }]\nhosts: ${many(1023, (k) => `{ name: h${k}, link: lan }`)}`,
  },
  {
    rule: 'jitterFitsDelay',
    story: 'jitter without a delay',
    breaks:
      'links: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.2.0/24, jitter: 2ms }]\nhosts: [{ name: a }, { name: b }]',
    says: ['JITTER_ABOVE_DELAY links[0].jitter'],
    fine: 'links: [{ name: c, ends: ["a:e0", "b:e0"], subnet: 192.0.2.0/24, delay: 2ms, jitter: 2000us }]\nhosts: [{ name: a }, { name: b }]',
  },
  {
    rule: 'ipv6IsNotOffWhereUsed',
    story: 'IPv6 switched off at a host that has an IPv6 address',
    breaks: HOST('sysctls: { set: { net.ipv6.conf.all.disable_ipv6: 1 } }', LAN6),
    says: ['SYSCTL_CONFLICT hosts[0].sysctls.set["net.ipv6.conf.all.disable_ipv6"]'],
    fine: HOST('sysctls: { set: { net.ipv6.conf.all.disable_ipv6: 1 } }'),
  },
]
