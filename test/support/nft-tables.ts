import type { NftAction, NftMatch, NftRule, NftTableObject } from '../../src/plan/objects.ts'

/** One rule for each kind of match and action of plan/objects.ts, in tables where nft allows them. */
type Sample = { readonly story: string; readonly match: readonly NftMatch[]; readonly action?: NftAction }

const address = (
  kind: 'source' | 'destination',
  cidrs: readonly string[],
  options: { readonly family?: 4 | 6; readonly not?: boolean } = {},
): NftMatch => ({
  kind,
  family: options.family ?? 4,
  cidrs,
  ...(options.not === undefined ? {} : { not: options.not }),
})

const ports = (
  kind: 'source-port' | 'destination-port',
  protocol: 'tcp' | 'udp',
  ...list: readonly (number | readonly [number, number])[]
): NftMatch => ({
  kind,
  protocol,
  ports: list.map((port) =>
    typeof port === 'number' ? { first: port, last: port } : { first: port[0], last: port[1] },
  ),
})

const FILTER: readonly Sample[] = [
  { story: 'everything', match: [] },
  { story: 'one device in', match: [{ kind: 'in-device', device: 'eth0' }] },
  { story: 'one device out', match: [{ kind: 'out-device', device: 'wan0.100' }] },
  { story: 'one address', match: [address('source', ['192.0.2.10/32'])] },
  { story: 'a bare address', match: [address('destination', ['192.0.2.10'])] },
  { story: 'a /8', match: [address('source', ['10.0.0.0/8'])] },
  { story: 'a /12', match: [address('destination', ['172.16.0.0/12'])] },
  { story: 'a /24 negated', match: [address('destination', ['192.0.2.0/24'], { not: true })] },
  { story: 'all of IPv4', match: [address('source', ['0.0.0.0/0'])] },
  { story: 'all of IPv6', match: [address('destination', ['::/0'], { family: 6 })] },
  { story: 'blocks side by side', match: [address('source', ['10.0.1.0/24', '10.0.0.0/24', '10.9.0.0/16'])] },
  { story: 'blocks inside each other', match: [address('source', ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.1/32'])] },
  { story: 'blocks that join to no block', match: [address('source', ['10.0.1.0/24', '10.0.2.0/24'])] },
  { story: 'single addresses', match: [address('source', ['192.0.2.9/32', '192.0.2.1/32'])] },
  { story: 'a set negated', match: [address('source', ['10.0.0.0/8', '192.168.0.0/16'], { not: true })] },
  {
    story: 'the deny-list of uplinks',
    match: [
      address('destination', [
        '0.0.0.0/8',
        '10.0.0.0/8',
        '100.64.0.0/10',
        '127.0.0.0/8',
        '169.254.0.0/16',
        '172.16.0.0/12',
        '192.168.0.0/16',
        '224.0.0.0/3',
      ]),
    ],
  },
  { story: 'IPv6 blocks', match: [address('source', ['2001:db8::/33', 'fe80::/10'], { family: 6 })] },
  { story: 'one IPv6 address', match: [address('destination', ['2001:db8::a/128'], { family: 6 })] },
  { story: 'an IPv6 /61', match: [address('destination', ['2001:db8:0:8::/61'], { family: 6, not: true })] },
  { story: 'tcp', match: [{ kind: 'protocol', protocol: 'tcp' }] },
  { story: 'udp', match: [{ kind: 'protocol', protocol: 'udp' }] },
  { story: 'icmp', match: [{ kind: 'protocol', protocol: 'icmp' }] },
  { story: 'icmpv6', match: [{ kind: 'protocol', protocol: 'icmpv6' }] },
  { story: 'one port', match: [ports('destination-port', 'tcp', 80)] },
  {
    story: 'a port and its protocol',
    match: [{ kind: 'protocol', protocol: 'udp' }, ports('destination-port', 'udp', 53)],
  },
  { story: 'a range of ports', match: [ports('source-port', 'udp', [1024, 65535])] },
  { story: 'ports and ranges', match: [ports('destination-port', 'tcp', 443, 80, [8000, 8080], [8081, 8090], 22)] },
  { story: 'every port', match: [ports('destination-port', 'tcp', [0, 65535])] },
  { story: 'ports of both sides', match: [ports('source-port', 'tcp', 1), ports('destination-port', 'tcp', 2)] },
  { story: 'one state', match: [{ kind: 'state', states: ['invalid'] }] },
  { story: 'two states', match: [{ kind: 'state', states: ['related', 'established'] }] },
  { story: 'all states', match: [{ kind: 'state', states: ['new', 'established', 'related', 'invalid'] }] },
  { story: 'ping', match: [{ kind: 'icmp-type', family: 4, type: 'echo-request' }] },
  { story: 'IPv6 ping', match: [{ kind: 'icmp-type', family: 6, type: 'echo-request' }] },
  {
    story: 'icmp and ping',
    match: [
      { kind: 'protocol', protocol: 'icmp' },
      { kind: 'icmp-type', family: 4, type: 'echo-request' },
    ],
  },
  { story: 'neighbour discovery', match: [{ kind: 'icmp-type', family: 6, type: 'neighbour-discovery' }] },
  { story: 'IPv4 by ether type', match: [{ kind: 'ether-type', type: 'ip' }] },
  {
    story: 'IPv6 by ether type, with an address',
    match: [{ kind: 'ether-type', type: 'ip6' }, address('source', ['2001:db8::/32'], { family: 6 })],
  },
  { story: 'addresses of this machine', match: [{ kind: 'destination-is-local' }] },
  { story: 'more than 20 a second', match: [{ kind: 'rate-over', perSecond: 20 }], action: { kind: 'drop' } },
  { story: 'more than 5 a second', match: [{ kind: 'rate-over', perSecond: 5 }], action: { kind: 'drop' } },
  { story: 'a MAC', match: [{ kind: 'source-mac', mac: '0a:58:c0:00:02:0a' }] },
  { story: 'not a MAC', match: [{ kind: 'source-mac', mac: '0a:58:c0:00:02:0a', not: true }] },
  { story: 'drop', match: [], action: { kind: 'drop' } },
  { story: 'reject', match: [], action: { kind: 'reject' } },
  { story: 'reject tcp', match: [ports('destination-port', 'tcp', 80)], action: { kind: 'reject' } },
  {
    story: 'all at once',
    match: [
      { kind: 'in-device', device: 'eth0' },
      { kind: 'out-device', device: 'eth1' },
      address('source', ['192.0.2.0/24', '198.51.100.7/32']),
      address('destination', ['203.0.113.0/24']),
      { kind: 'protocol', protocol: 'tcp' },
      ports('source-port', 'tcp', [1024, 2048]),
      ports('destination-port', 'tcp', 80, 443),
      { kind: 'state', states: ['new'] },
    ],
  },
]

const NAT: readonly Sample[] = [
  { story: 'masquerade', match: [{ kind: 'out-device', device: 'wan0' }], action: { kind: 'masquerade' } },
  { story: 'masquerade some', match: [address('source', ['10.0.0.0/8'])], action: { kind: 'masquerade' } },
]
const SNAT: readonly Sample[] = [
  { story: 'snat', match: [address('source', ['10.0.0.0/8'])], action: { kind: 'snat', family: 4, to: '203.0.113.5' } },
  {
    story: 'snat of all',
    match: [{ kind: 'out-device', device: 'wan0' }],
    action: { kind: 'snat', family: 4, to: '203.0.113.5' },
  },
]
const SNAT6: readonly Sample[] = [
  {
    story: 'snat of IPv6',
    match: [{ kind: 'out-device', device: 'wan0' }],
    action: { kind: 'snat', family: 6, to: '2001:db8::5' },
  },
]
const DNAT: readonly Sample[] = [
  {
    story: 'a forwarded port',
    match: [{ kind: 'in-device', device: 'wan0' }, ports('destination-port', 'tcp', 8080)],
    action: { kind: 'dnat', family: 4, to: '192.0.2.10', port: 80 },
  },
  {
    story: 'forwarded ports that stay',
    match: [{ kind: 'destination-is-local' }, ports('destination-port', 'udp', [5000, 5010])],
    action: { kind: 'dnat', family: 4, to: '192.0.2.10' },
  },
  {
    story: 'one to one',
    match: [address('destination', ['203.0.113.9/32'])],
    action: { kind: 'dnat', family: 4, to: '192.0.2.10' },
  },
]
const DNAT6: readonly Sample[] = [
  {
    story: 'a forwarded IPv6 port',
    match: [ports('destination-port', 'tcp', 8080)],
    action: { kind: 'dnat', family: 6, to: '2001:db8::a', port: 80 },
  },
]
const GUARD: readonly Sample[] = [
  {
    story: 'a foreign MAC',
    match: [{ kind: 'source-mac', mac: '0a:58:c0:00:02:0a', not: true }],
    action: { kind: 'drop' },
  },
  {
    story: 'ARP of the right sender',
    match: [{ kind: 'arp-sender', mac: '0a:58:c0:00:02:0a', address: '192.0.2.10' }],
  },
  { story: 'other ARP', match: [{ kind: 'ether-type', type: 'arp' }], action: { kind: 'drop' } },
  {
    story: 'a foreign address',
    match: [address('source', ['192.0.2.10/32'], { not: true })],
    action: { kind: 'drop' },
  },
  { story: 'IPv4', match: [{ kind: 'ether-type', type: 'ip' }] },
  { story: 'IPv4 with an address', match: [{ kind: 'ether-type', type: 'ip' }, address('source', ['192.0.2.0/24'])] },
  { story: 'a port at ingress', match: [ports('destination-port', 'udp', 53)] },
]

const rule = ({ story, match, action }: Sample, place: number): NftRule => ({
  origin: `samples[${place}] ${story}`,
  match,
  action: action ?? { kind: 'accept' },
})

const table = (
  family: NftTableObject['family'],
  name: string,
  chains: readonly (readonly [
    name: string,
    hook: NonNullable<NftTableObject['chains'][number]['hook']> | undefined,
    rules: readonly Sample[],
  ])[],
): NftTableObject => ({
  kind: 'nft-table',
  namespace: 'nl00000000-0',
  family,
  name,
  chains: chains.map(([chain, hook, samples]) => ({
    name: chain,
    ...(hook === undefined ? {} : { hook }),
    rules: samples.map(rule),
  })),
})

const filterHook = { type: 'filter', hook: 'input', priority: 0, policy: 'accept' } as const
const postrouting = { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' } as const
const prerouting = { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' } as const
const onlyFamily = (family: 4 | 6) => (sample: Sample) =>
  sample.match.every((match) => {
    if (match.kind === 'ether-type') return (match.type === 'ip') === (family === 4)
    return !('family' in match) || match.family === family
  })

/** Tables that together use everything a plan can say, in every family. `eth0` must exist for the last one. */
export const SAMPLE_TABLES: readonly NftTableObject[] = [
  table('inet', 'netnslab', [
    ['input', filterHook, FILTER],
    ['forward', { type: 'filter', hook: 'forward', priority: -5, policy: 'drop' }, []],
    ['postrouting', postrouting, [...NAT, ...SNAT, ...SNAT6]],
    ['prerouting', prerouting, [...DNAT, ...DNAT6]],
    ['unhooked', undefined, [{ story: 'alone', match: [] }]],
  ]),
  table('ip', 'nl0123abcd', [
    ['input', filterHook, FILTER.filter(onlyFamily(4))],
    ['postrouting', postrouting, [...NAT, ...SNAT]],
    ['prerouting', prerouting, DNAT],
  ]),
  table('ip6', 'six', [
    ['input', filterHook, FILTER.filter(onlyFamily(6))],
    ['postrouting', postrouting, [...NAT.slice(0, 1), ...SNAT6]],
    ['prerouting', prerouting, DNAT6],
  ]),
  table('netdev', 'guard', [
    ['ingress', { type: 'filter', hook: 'ingress', priority: -500, policy: 'drop', device: 'eth0' }, GUARD],
  ]),
]
