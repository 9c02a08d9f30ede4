import { expect, test } from 'vitest'
import { planLab } from '../../src/plan/plan-lab.ts'
import type { Nat } from '../../src/spec/lab-spec.ts'
import { aHost, aLink, aRouter, aSpec, aSwitch, IDENTITY, NO_NAT } from '../support/plan-specs.ts'
import { chainsOf, objectsOf, tableOf } from '../support/plan-views.ts'

const AT = ['lan0 on lan 192.0.2.1/24', 'wan0 on wan 203.0.113.2/24']
const path = ''

function planWith(nat: Partial<Nat>, at: readonly string[] = AT) {
  return planLab(
    aSpec({
      switches: [aSwitch('lan', '192.0.2.0/24')],
      links: [aLink('wan')],
      members: [
        aHost('isp', { at: ['eth0 on wan 203.0.113.1/24'] }),
        aRouter('edge', { at, nat: { ...NO_NAT, ...nat } }),
      ],
    }),
    IDENTITY,
  )
}

test('who translates nothing and filters nothing has no table', () => {
  expect(objectsOf(planWith({}), 'nft-table')).toEqual([])
})

test.each([
  {
    story: 'masquerade hides who is behind the interface',
    nat: { masquerade: [{ out: 'wan0', path }] },
    chains: { 'nat-postrouting': ['oifname "wan0" masquerade'] },
  },
  {
    story: 'masquerade of one source only',
    nat: { masquerade: [{ out: 'wan0', source: '192.0.2.0/25', path }] },
    chains: { 'nat-postrouting': ['oifname "wan0" ip saddr 192.0.2.0/25 masquerade'] },
  },
  {
    story: 'masquerade leaves IPv6 alone on a router that speaks it (RFC 3022 is about IPv4)',
    at: ['lan0 on lan 192.0.2.1/24', 'wan0 on wan 203.0.113.2/24 2001:db8::2/64'],
    nat: { masquerade: [{ out: 'wan0', path }] },
    chains: { 'nat-postrouting': ['oifname "wan0" meta protocol ip masquerade'] },
  },
  {
    story: 'masquerade of IPv6 where its source is named',
    at: ['lan0 on lan 192.0.2.1/24', 'wan0 on wan 203.0.113.2/24 2001:db8::2/64'],
    nat: { masquerade: [{ out: 'wan0', source: 'fd00::/8', path }] },
    chains: { 'nat-postrouting': ['oifname "wan0" ip6 saddr fd00::/8 masquerade'] },
  },
  {
    story: 'SNAT to one address',
    nat: { snat: [{ out: 'wan0', source: '192.0.2.0/24', to: '203.0.113.2', path }] },
    chains: { 'nat-postrouting': ['oifname "wan0" ip saddr 192.0.2.0/24 snat ip to 203.0.113.2'] },
  },
  {
    story: 'a port forward works from outside and for the router itself, but not for what merely passes through',
    nat: {
      forward: [{ in: 'wan0', protocol: 'tcp', port: { first: 8080, last: 8080 }, to: '192.0.2.10', toPort: 80, path }],
    },
    chains: {
      'nat-prerouting': ['iifname "wan0" fib daddr type local tcp dport 8080 dnat ip to 192.0.2.10:80'],
      'nat-output': ['ip daddr 203.0.113.2 tcp dport 8080 dnat ip to 192.0.2.10:80'],
    },
  },
  {
    story: 'a range of ports keeps its ports',
    nat: {
      forward: [
        {
          in: 'wan0',
          protocol: 'udp',
          destination: '203.0.113.2',
          port: { first: 5000, last: 5010 },
          to: '192.0.2.10',
          path,
        },
      ],
    },
    chains: {
      'nat-prerouting': ['iifname "wan0" ip daddr 203.0.113.2 udp dport 5000-5010 dnat ip to 192.0.2.10'],
      'nat-output': ['ip daddr 203.0.113.2 udp dport 5000-5010 dnat ip to 192.0.2.10'],
    },
  },
  {
    story: 'one-to-one goes both ways',
    nat: { oneToOne: [{ on: 'wan0', outside: '203.0.113.20', inside: '192.0.2.20', path }] },
    chains: {
      'nat-prerouting': ['iifname "wan0" ip daddr 203.0.113.20 dnat ip to 192.0.2.20'],
      'nat-output': ['ip daddr 203.0.113.20 dnat ip to 192.0.2.20'],
      'nat-postrouting': ['oifname "wan0" ip saddr 192.0.2.20 snat ip to 203.0.113.20'],
    },
  },
  {
    story: 'the more particular translation comes first',
    nat: {
      masquerade: [{ out: 'wan0', path }],
      snat: [{ out: 'wan0', to: '203.0.113.9', path }],
      forward: [
        {
          in: 'wan0',
          protocol: 'tcp',
          destination: '203.0.113.20',
          port: { first: 22, last: 22 },
          to: '192.0.2.9',
          path,
        },
      ],
      oneToOne: [{ on: 'wan0', outside: '203.0.113.20', inside: '192.0.2.20', path }],
    },
    chains: {
      'nat-prerouting': [
        'iifname "wan0" ip daddr 203.0.113.20 tcp dport 22 dnat ip to 192.0.2.9',
        'iifname "wan0" ip daddr 203.0.113.20 dnat ip to 192.0.2.20',
      ],
      'nat-output': [
        'ip daddr 203.0.113.20 tcp dport 22 dnat ip to 192.0.2.9',
        'ip daddr 203.0.113.20 dnat ip to 192.0.2.20',
      ],
      'nat-postrouting': [
        'oifname "wan0" ip saddr 192.0.2.20 snat ip to 203.0.113.20',
        'oifname "wan0" snat ip to 203.0.113.9',
        'oifname "wan0" masquerade',
      ],
    },
  },
] satisfies readonly { story: string; nat: Partial<Nat>; at?: readonly string[]; chains: object }[])(
  '$story',
  ({ nat, chains, at }) => {
    expect(chainsOf(tableOf(planWith(nat, at), 'edge'))).toEqual(chains)
  },
)

test('every rule tells which line of the spec it serves', () => {
  const plan = planWith({
    masquerade: [
      { out: 'wan0', source: '192.0.2.0/25', path },
      { out: 'wan0', path },
    ],
  })

  const origins = tableOf(plan, 'edge')?.chains.flatMap(({ rules }) => rules.map(({ origin }) => origin))
  expect(origins).toEqual(['routers[0].nat.masquerade[0]', 'routers[0].nat.masquerade[1]'])
})

test.each([
  {
    story: 'the outside address of one-to-one is answered for on its interface',
    nat: { oneToOne: [{ on: 'wan0', outside: '203.0.113.20', inside: '192.0.2.20', path }] },
    addresses: ['203.0.113.2/24', '203.0.113.20/32'],
  },
  {
    story: 'so is an SNAT address that the router has not',
    nat: { snat: [{ out: 'wan0', to: '203.0.113.9', path }] },
    addresses: ['203.0.113.2/24', '203.0.113.9/32'],
  },
  {
    story: 'an address that the router has is not added again',
    nat: { snat: [{ out: 'wan0', to: '203.0.113.2', path }] },
    addresses: ['203.0.113.2/24'],
  },
  {
    story: 'nor is one added twice',
    nat: {
      snat: [{ out: 'wan0', to: '203.0.113.9', path }],
      oneToOne: [{ on: 'wan0', outside: '203.0.113.9', inside: '192.0.2.20', path }],
    },
    addresses: ['203.0.113.2/24', '203.0.113.9/32'],
  },
  {
    story: "a forward's destination on the link is answered for",
    nat: {
      forward: [
        {
          in: 'wan0',
          protocol: 'tcp',
          destination: '203.0.113.30',
          port: { first: 80, last: 80 },
          to: '192.0.2.9',
          path,
        },
      ],
    },
    addresses: ['203.0.113.2/24', '203.0.113.30/32'],
  },
  {
    story: "a forward's destination elsewhere stays reachable for the router itself",
    nat: {
      forward: [
        { in: 'wan0', protocol: 'udp', destination: '9.9.9.9', port: { first: 53, last: 53 }, to: '192.0.2.9', path },
      ],
    },
    addresses: ['203.0.113.2/24'],
  },
] satisfies readonly { story: string; nat: Partial<Nat>; addresses: readonly string[] }[])(
  '$story',
  ({ nat, addresses }) => {
    const plan = planWith(nat)

    const planned = objectsOf(plan, 'address').filter(({ device }) => device === 'wan0')
    expect(planned.map(({ address }) => address)).toEqual(addresses)
    expect(plan.members[1]?.devices[1]?.addresses).toEqual(addresses)
  },
)
