import { expect, test } from 'vitest'
import { planLab } from '../../src/plan/plan-lab.ts'
import type { FirewallRule, Member } from '../../src/spec/lab-spec.ts'
import { aRouter, aSpec, aSwitch, IDENTITY } from '../support/plan-specs.ts'
import { chainsOf, tableOf } from '../support/plan-views.ts'

type Wish = {
  readonly defaults?: Partial<Member['firewall']['defaults']>
  readonly rules?: readonly Partial<FirewallRule>[]
  readonly at?: readonly string[]
}

function tableWith({ defaults = {}, rules = [], at = ['eth0 on lan'] }: Wish) {
  const members = [aRouter('edge', { at, defaults, rules })]
  return tableOf(planLab(aSpec({ switches: [aSwitch('lan', '192.0.2.0/24')], members }), IDENTITY), 'edge')
}

const ports = (...list: readonly number[]) => list.map((port) => ({ first: port, last: port }))

test.each<{ story: string; wish: Wish; chains: object }>([
  {
    story: 'where everything is allowed, the rules of the spec stand alone',
    wish: { rules: [{ action: 'deny', direction: 'in', protocol: 'tcp', ports: ports(22) }] },
    chains: { 'filter-input': ['tcp dport 22 drop'] },
  },
  {
    story: 'a default of deny keeps answers and loopback alive, and drops and counts the rest',
    wish: { defaults: { in: 'deny' }, rules: [{ protocol: 'tcp', ports: ports(80) }] },
    chains: {
      'filter-input, else drop': [
        'ct state established,related accept',
        'iifname "lo" accept',
        'ct state invalid drop',
        'tcp dport 80 accept',
        'drop',
      ],
    },
  },
  {
    story: 'a default of deny lets IPv6 neighbour discovery live, in and out',
    wish: { defaults: { in: 'deny', out: 'deny' }, at: ['eth0 on lan 2001:db8::1/64'] },
    chains: {
      'filter-input, else drop': [
        'ct state established,related accept',
        'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept',
        'iifname "lo" accept',
        'ct state invalid drop',
        'drop',
      ],
      'filter-output, else drop': [
        'ct state established,related accept',
        'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept',
        'oifname "lo" accept',
        'ct state invalid drop',
        'drop',
      ],
    },
  },
  {
    story: 'what passes through has neither loopback nor neighbours',
    wish: { defaults: { forward: 'deny' } },
    chains: {
      'filter-forward, else drop': ['ct state established,related accept', 'ct state invalid drop', 'drop'],
    },
  },
  {
    story: 'rules keep their order within a direction',
    wish: {
      rules: [
        { action: 'deny', direction: 'forward', from: ['192.0.2.9/32'] },
        { action: 'reject', direction: 'out', protocol: 'icmp' },
        { action: 'allow', direction: 'forward', protocol: 'udp' },
      ],
    },
    chains: {
      'filter-forward': ['ip saddr 192.0.2.9 drop', 'meta l4proto udp accept'],
      'filter-output': ['meta l4proto icmp reject'],
    },
  },
  {
    story: 'a rule that names addresses of both families becomes two',
    wish: { rules: [{ from: ['192.0.2.0/24', '2001:db8::/32'], protocol: 'tcp', ports: ports(443) }] },
    chains: {
      'filter-input': ['ip saddr 192.0.2.0/24 tcp dport 443 accept', 'ip6 saddr 2001:db8::/32 tcp dport 443 accept'],
    },
  },
  {
    story: 'a rule whose addresses are of different families fits nothing',
    wish: { rules: [{ action: 'deny', from: ['192.0.2.0/24'], to: ['2001:db8::/32'] }] },
    chains: {},
  },
  {
    story: 'addresses that cover each other or join are written once',
    wish: {
      rules: [{ from: ['10.1.0.0/16', '10.0.0.0/8', '192.0.2.128/25', '192.0.2.0/25', '198.51.100.1/32'] }],
    },
    chains: { 'filter-input': ['ip saddr { 10.0.0.0/8, 192.0.2.0/24, 198.51.100.1 } accept'] },
  },
  {
    story: 'any address of a family is the family',
    wish: { rules: [{ action: 'deny', from: ['0.0.0.0/0'] }] },
    chains: { 'filter-input': ['meta protocol ip drop'] },
  },
  {
    story: 'ports in ranges, lists and on both sides',
    wish: {
      rules: [{ protocol: 'udp', sourcePorts: [{ first: 1024, last: 65_535 }], ports: [...ports(500, 80, 501)] }],
    },
    chains: { 'filter-input': ['udp sport 1024-65535 udp dport { 80, 500-501 } accept'] },
  },
  {
    story: 'interfaces and states',
    wish: {
      rules: [{ direction: 'forward', inInterface: 'eth0', outInterface: 'eth1', states: ['new', 'related'] }],
    },
    chains: { 'filter-forward': ['iifname "eth0" oifname "eth1" ct state new,related accept'] },
  },
])('$story', ({ wish, chains }) => {
  expect(chainsOf(tableWith(wish))).toEqual(chains)
})

test('what is not in the spec is told apart from what is', () => {
  const table = tableWith({ defaults: { forward: 'deny' }, rules: [{ direction: 'forward', protocol: 'udp' }] })

  expect(table?.chains[0]?.rules.map(({ origin }) => origin)).toEqual([
    'routers[0].firewall',
    'routers[0].firewall',
    'routers[0].firewall.rules[0]',
    'routers[0].firewall',
  ])
})
