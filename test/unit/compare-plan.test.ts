import { describe, expect, test } from 'vitest'
import { comparePlan } from '../../src/inspector/compare.ts'
import type { Drift } from '../../src/inspector/drift.ts'
import type { ObservedDevice, ObservedNamespace, ObservedRoute, ObservedTable } from '../../src/kernel/observed.ts'
import { HOST_NAMESPACE, type KernelObject, type NftTableObject, type Plan } from '../../src/plan/objects.ts'
import { aDevice, anAddress, aRoute, emptyNamespace, observedTwin } from '../support/observed-twin.ts'

const [WEB, HUB] = ['nl0123abcd-0', 'nl0123abcd-1']
const MAC = '0a:58:c0:00:02:0a'
const TABLE: NftTableObject = {
  kind: 'nft-table',
  namespace: WEB,
  family: 'inet',
  name: 'netnslab',
  chains: [
    {
      name: 'filter-input',
      hook: { type: 'filter', hook: 'input', priority: 0, policy: 'drop' },
      rules: [22, 80, 443].map((port, place) => ({
        origin: `hosts[0].firewall.rules[${place}]`,
        match: [{ kind: 'destination-port', protocol: 'tcp', ports: [{ first: port, last: port }] }],
        action: { kind: 'accept' },
      })),
    },
  ],
}

const OBJECTS: readonly (readonly [KernelObject, string])[] = [
  [{ kind: 'namespace', name: WEB }, 'hosts[0]'],
  [{ kind: 'namespace', name: HUB }, 'switches[0]'],
  [
    { kind: 'sysctls', namespace: WEB, values: { 'net.ipv4.ip_forward': '0', 'net.ipv4.ping_group_range': '0 100' } },
    'hosts[0]',
  ],
  [{ kind: 'loopback', namespace: WEB }, 'hosts[0]'],
  [
    { kind: 'bridge', namespace: HUB, device: 'br0', index: 16, mac: '06:00:00:00:00:01', mtuBytes: 1500, stp: false },
    'switches[0]',
  ],
  [
    {
      kind: 'veth',
      ends: [
        { namespace: HUB, device: 'web', index: 17, mac: '06:00:00:00:00:02', bridge: 'br0' },
        { namespace: WEB, device: 'eth0', index: 16, mac: MAC },
      ],
      mtuBytes: 1500,
    },
    'hosts[0].interfaces[0]',
  ],
  [TABLE, 'hosts[0]'],
  [{ kind: 'address', namespace: WEB, device: 'eth0', address: '192.0.2.10/24', dad: false }, 'hosts[0].interfaces[0]'],
  [
    { kind: 'address', namespace: WEB, device: 'eth0', address: '2001:db8::a/64', dad: false },
    'hosts[0].interfaces[0]',
  ],
  [
    {
      kind: 'route',
      namespace: WEB,
      to: '0.0.0.0/0',
      target: { kind: 'via', address: '192.0.2.1', device: 'eth0' },
      metric: 0,
    },
    'hosts[0].gateway',
  ],
  [
    {
      kind: 'route',
      namespace: WEB,
      to: '::/0',
      target: { kind: 'via', address: '2001:db8::1', device: 'eth0' },
      metric: 0,
    },
    'hosts[0].gateway',
  ],
  [
    { kind: 'route', namespace: WEB, to: '203.0.113.0/24', target: { kind: 'blackhole' }, metric: 50 },
    'hosts[0].routes[0]',
  ],
  [
    { kind: 'route', namespace: WEB, to: '2001:db8:dead::/48', target: { kind: 'unreachable' }, metric: 0 },
    'hosts[0].routes[1]',
  ],
  [
    { kind: 'netem', namespace: WEB, device: 'eth0', delayMs: 20, jitterMs: 0, lossPercent: 0.5, rateKbit: 0 },
    'links[0].delay',
  ],
]
const PLAN: Plan = { members: [], steps: OBJECTS.map(([object, origin]) => ({ object, origin })) }

type Change = (twin: ObservedNamespace) => ObservedNamespace

/** The twin of the plan with one namespace changed. */
const driftsAfter = (namespace: string, change: Change): readonly Drift[] =>
  comparePlan(
    PLAN,
    observedTwin(PLAN).map((twin) => (twin.namespace === namespace ? change(twin) : twin)),
  )

const device =
  (name: string, change: Partial<ObservedDevice>): Change =>
  (twin) => ({ ...twin, devices: twin.devices.map((d) => (d.device === name ? { ...d, ...change } : d)) })
const withoutDevice =
  (name: string): Change =>
  (twin) => ({ ...twin, devices: twin.devices.filter((d) => d.device !== name) })
const withoutRoute =
  (to: string): Change =>
  (twin) => ({ ...twin, routes: twin.routes.filter((route) => route.to !== to) })
const route =
  (to: string, change: Partial<ObservedRoute>): Change =>
  (twin) => ({ ...twin, routes: twin.routes.map((r) => (r.to === to ? { ...r, ...change } : r)) })
const table =
  (change: (table: ObservedTable) => ObservedTable): Change =>
  (twin) => ({ ...twin, tables: twin.tables.map(change) })
const rules = (
  change: (rules: ObservedTable['chains'][number]['rules']) => ObservedTable['chains'][number]['rules'],
): Change => table((t) => ({ ...t, chains: t.chains.map((chain) => ({ ...chain, rules: change(chain.rules) })) }))

const VETH = `veth ${HUB}:web -- ${WEB}:eth0`
const NFT = `nft-table ${WEB} inet netnslab`
const inVeth = (field: string, planned: string, observed: string): Drift => ({
  kind: 'different',
  object: VETH,
  origin: 'hosts[0].interfaces[0]',
  field,
  planned,
  observed,
})
const different = (
  object: string,
  origin: string,
  [field, planned, observed]: readonly [string, string, string],
): Drift => ({ kind: 'different', object, origin, field, planned, observed })

test('a kernel that holds the plan, and what it makes by itself, has no drift', () => {
  expect(comparePlan(PLAN, observedTwin(PLAN))).toEqual([])
})

test.each<{ story: string; at: string; change: Change; drifts: readonly Drift[] }>([
  {
    story: 'a namespace that is gone is named alone',
    at: WEB,
    change: () => ({ ...emptyNamespace(WEB), exists: false }),
    drifts: [{ kind: 'missing', object: `namespace ${WEB}`, origin: 'hosts[0]' }],
  },
  {
    story: 'a device that is gone',
    at: WEB,
    change: withoutDevice('eth0'),
    drifts: [{ kind: 'missing', object: VETH, origin: 'hosts[0].interfaces[0]' }],
  },
  {
    story: 'a port that is gone',
    at: HUB,
    change: withoutDevice('web'),
    drifts: [{ kind: 'missing', object: VETH, origin: 'hosts[0].interfaces[0]' }],
  },
  {
    story: 'another MAC',
    at: WEB,
    change: device('eth0', { mac: '02:00:00:00:00:66' }),
    drifts: [inVeth(`${WEB}:eth0 mac`, MAC, '02:00:00:00:00:66')],
  },
  {
    story: 'another MTU',
    at: WEB,
    change: device('eth0', { mtuBytes: 1400 }),
    drifts: [inVeth(`${WEB}:eth0 mtuBytes`, '1500', '1400')],
  },
  {
    story: 'another index',
    at: HUB,
    change: device('br0', { index: 40 }),
    drifts: [different(`bridge ${HUB}:br0`, 'switches[0]', ['index', '16', '40'])],
  },
  {
    story: 'another kind',
    at: HUB,
    change: device('br0', { kind: 'vxlan' }),
    drifts: [different(`bridge ${HUB}:br0`, 'switches[0]', ['kind', 'bridge', 'vxlan'])],
  },
  {
    story: 'a device that was taken down',
    at: WEB,
    change: device('eth0', { up: false, operstate: 'down' }),
    drifts: [inVeth(`${WEB}:eth0 up`, 'true', 'false')],
  },
  {
    story: 'a device without a carrier',
    at: WEB,
    change: device('eth0', { operstate: 'lowerlayerdown' }),
    drifts: [inVeth(`${WEB}:eth0 operstate`, 'up', 'lowerlayerdown')],
  },
  {
    story: 'lo taken down',
    at: WEB,
    change: device('lo', { up: false }),
    drifts: [different(`loopback ${WEB}`, 'hosts[0]', ['up', 'true', 'false'])],
  },
  {
    story: 'a port taken off its bridge',
    at: HUB,
    change: device('web', { bridge: '' }),
    drifts: [inVeth(`${HUB}:web bridge`, 'br0', '')],
  },
  {
    story: 'a port on another bridge',
    at: HUB,
    change: device('web', { bridge: 'br1' }),
    drifts: [inVeth(`${HUB}:web bridge`, 'br0', 'br1')],
  },
  {
    story: 'a port that leads elsewhere',
    at: HUB,
    change: device('web', { peerIndex: 77 }),
    drifts: [inVeth(`${HUB}:web peer`, '16', '77')],
  },
  {
    story: 'spanning tree turned on',
    at: HUB,
    change: device('br0', { stp: true }),
    drifts: [different(`bridge ${HUB}:br0`, 'switches[0]', ['stp', 'false', 'true'])],
  },
  {
    story: 'a device that nobody asked for',
    at: WEB,
    change: (twin) => ({ ...twin, devices: [...twin.devices, aDevice({ device: 'eth1' })] }),
    drifts: [{ kind: 'unexpected', object: `device ${WEB}:eth1` }],
  },
  {
    story: 'an address that is gone, with its network',
    at: WEB,
    change: (twin) =>
      withoutRoute('192.0.2.0/24')({
        ...twin,
        addresses: twin.addresses.filter(({ address }) => address !== '192.0.2.10/24'),
      }),
    drifts: [{ kind: 'missing', object: `address ${WEB}:eth0 192.0.2.10/24`, origin: 'hosts[0].interfaces[0]' }],
  },
  {
    story: 'a second address that nobody gave',
    at: WEB,
    change: (twin) => ({
      ...twin,
      addresses: [...twin.addresses, { ...anAddress('eth0', '192.0.2.66/24'), flags: ['secondary', 'permanent'] }],
    }),
    drifts: [{ kind: 'unexpected', object: `address ${WEB}:eth0 192.0.2.66/24` }],
  },
  {
    story: 'an address of lo that nobody gave',
    at: WEB,
    change: (twin) => ({ ...twin, addresses: [...twin.addresses, anAddress('lo', '10.0.0.1/32')] }),
    drifts: [{ kind: 'unexpected', object: `address ${WEB}:lo 10.0.0.1/32` }],
  },
  {
    story: 'an address that somebody else on the network has',
    at: WEB,
    change: (twin) => ({
      ...twin,
      addresses: twin.addresses.map((a) =>
        a.address === '2001:db8::a/64' ? { ...a, flags: ['dadfailed', 'tentative'] } : a,
      ),
    }),
    drifts: [different(`address ${WEB}:eth0 2001:db8::a/64`, 'hosts[0].interfaces[0]', ['state', '', 'dadfailed'])],
  },
  {
    story: 'the route to the own network taken away',
    at: WEB,
    change: withoutRoute('192.0.2.0/24'),
    drifts: [
      different(`address ${WEB}:eth0 192.0.2.10/24`, 'hosts[0].interfaces[0]', ['connected route', '192.0.2.0/24', '']),
    ],
  },
  {
    story: 'a route that is gone',
    at: WEB,
    change: withoutRoute('0.0.0.0/0'),
    drifts: [{ kind: 'missing', object: `route ${WEB} 0.0.0.0/0`, origin: 'hosts[0].gateway' }],
  },
  {
    story: 'another gateway',
    at: WEB,
    change: route('0.0.0.0/0', { via: '192.0.2.66' }),
    drifts: [different(`route ${WEB} 0.0.0.0/0`, 'hosts[0].gateway', ['via', '192.0.2.1', '192.0.2.66'])],
  },
  {
    story: 'another device',
    at: WEB,
    change: route('::/0', { device: 'tun0' }),
    drifts: [different(`route ${WEB} ::/0`, 'hosts[0].gateway', ['device', 'eth0', 'tun0'])],
  },
  {
    story: 'a route that leads nowhere now',
    at: WEB,
    change: route('203.0.113.0/24', { type: 'prohibit' }),
    drifts: [
      different(`route ${WEB} 203.0.113.0/24 metric 50`, 'hosts[0].routes[0]', ['type', 'blackhole', 'prohibit']),
    ],
  },
  {
    story: 'another metric is another route',
    at: WEB,
    change: route('203.0.113.0/24', { metric: 60 }),
    drifts: [
      { kind: 'missing', object: `route ${WEB} 203.0.113.0/24 metric 50`, origin: 'hosts[0].routes[0]' },
      { kind: 'unexpected', object: `route ${WEB} 203.0.113.0/24 metric 60` },
    ],
  },
  {
    story: 'a second next hop',
    at: WEB,
    change: (twin) => ({
      ...twin,
      routes: [
        ...twin.routes,
        aRoute({ to: '::/0', target: { kind: 'via', address: '2001:db8::66', device: 'eth0' }, metric: 0 }),
      ],
    }),
    drifts: [{ kind: 'unexpected', object: `route ${WEB} ::/0` }],
  },
  {
    story: 'a route that only says that the kernel made it',
    at: WEB,
    change: (twin) => ({
      ...twin,
      routes: [
        ...twin.routes,
        { ...aRoute({ to: '8.8.8.0/24', target: { kind: 'device', device: 'eth0' }, metric: 0 }), protocol: 'kernel' },
      ],
    }),
    drifts: [{ kind: 'unexpected', object: `route ${WEB} 8.8.8.0/24` }],
  },
  {
    story: 'a sysctl',
    at: WEB,
    change: (twin) => ({ ...twin, sysctls: { ...twin.sysctls, 'net.ipv4.ip_forward': '1' } }),
    drifts: [different(`sysctls ${WEB}`, 'hosts[0]', ['net.ipv4.ip_forward', '0', '1'])],
  },
  {
    story: 'no delay any more',
    at: WEB,
    change: (twin) => ({ ...twin, qdiscs: [] }),
    drifts: [{ kind: 'missing', object: `netem ${WEB}:eth0`, origin: 'links[0].delay' }],
  },
  {
    story: 'another loss',
    at: WEB,
    change: (twin) => ({
      ...twin,
      qdiscs: twin.qdiscs.map((qdisc) => ({ ...qdisc, options: { ...qdisc.options, lossPercent: 5 } })),
    }),
    drifts: [different(`netem ${WEB}:eth0`, 'links[0].delay', ['lossPercent', '0.5', '5'])],
  },
  {
    story: 'a rate limit that nobody asked for',
    at: HUB,
    change: (twin) => ({
      ...twin,
      qdiscs: [
        { device: 'web', kind: 'tbf', handle: '8002:', parent: 'root', options: {} },
        { device: 'br0', kind: 'noqueue', handle: '0:', parent: 'root', options: {} },
      ],
    }),
    drifts: [{ kind: 'unexpected', object: `qdisc ${HUB}:web tbf` }],
  },
  {
    story: 'rules flushed away',
    at: WEB,
    change: (twin) => ({ ...twin, tables: [] }),
    drifts: [{ kind: 'missing', object: NFT, origin: 'hosts[0]' }],
  },
  {
    story: 'one rule deleted',
    at: WEB,
    change: rules((list) => list.filter((_, place) => place !== 1)),
    drifts: [
      different(NFT, 'hosts[0].firewall.rules[1]', [
        'chains.filter-input.rules[1]',
        'tcp dport 80 accept (hosts[0].firewall.rules[1])',
        '',
      ]),
    ],
  },
  {
    story: 'a rule in front of ours',
    at: WEB,
    change: rules((list) => [
      { handle: 9, comment: '', expression: '[{"accept":null}]', text: 'accept', packets: 0, bytes: 0 },
      ...list,
    ]),
    drifts: [different(NFT, 'hosts[0]', ['chains.filter-input.rules[0]', '', 'accept'])],
  },
  {
    story: 'a rule changed',
    at: WEB,
    change: rules((list) =>
      list.map((rule, place) => (place === 1 ? { ...rule, expression: '[]', text: 'drop' } : rule)),
    ),
    drifts: [
      different(NFT, 'hosts[0].firewall.rules[1]', [
        'chains.filter-input.rules[1]',
        'tcp dport 80 accept (hosts[0].firewall.rules[1])',
        'drop (hosts[0].firewall.rules[1])',
      ]),
    ],
  },
  {
    story: 'another policy',
    at: WEB,
    change: table((t) => ({ ...t, chains: t.chains.map((chain) => ({ ...chain, policy: 'accept' })) })),
    drifts: [different(NFT, 'hosts[0]', ['chains.filter-input.policy', 'drop', 'accept'])],
  },
  {
    story: 'a chain that is gone and one that is new',
    at: WEB,
    change: table((t) => ({ ...t, chains: t.chains.map((chain) => ({ ...chain, name: 'mine' })) })),
    drifts: [
      different(NFT, 'hosts[0]', ['chains.filter-input', 'present', 'absent']),
      different(NFT, 'hosts[0]', ['chains.mine', 'absent', 'present']),
    ],
  },
  {
    story: 'a table that nobody asked for',
    at: HUB,
    change: (twin) => ({ ...twin, tables: [{ family: 'ip', name: 'nat', chains: [] }] }),
    drifts: [{ kind: 'unexpected', object: `nft-table ${HUB} ip nat` }],
  },
  {
    story: 'a list that could not be read whole, from which nothing is called missing',
    at: WEB,
    change: (twin) => ({ ...twin, routes: [], incomplete: ['routes'] }),
    drifts: [different(`namespace ${WEB}`, 'hosts[0]', ['routes', 'readable', 'not read whole'])],
  },
])('$story', ({ at, change, drifts }) => expect(driftsAfter(at, change)).toEqual(drifts))

describe('what is not judged', () => {
  test('a state that the kernel has not written down yet', () => {
    expect(driftsAfter(WEB, device('eth0', { operstate: 'unknown' }))).toEqual([])
  })

  test('namespaces that were not read', () => {
    expect(comparePlan(PLAN, [])).toEqual([])
    expect(
      comparePlan(
        PLAN,
        observedTwin(PLAN).filter(({ namespace }) => namespace === HUB),
      ),
    ).toEqual([])
  })

  test('devices that modules put everywhere, as long as they are down', () => {
    const tunl0 =
      (up: boolean): Change =>
      (twin) => ({ ...twin, devices: [...twin.devices, aDevice({ device: 'tunl0', kind: 'ipip', up })] })
    expect(driftsAfter(WEB, tunl0(false))).toEqual([])
    expect(driftsAfter(WEB, tunl0(true))).toEqual([{ kind: 'unexpected', object: `device ${WEB}:tunl0` }])
  })

  test("the host's own devices, addresses, routes and tables; but ours among them are", () => {
    const ends = [
      { namespace: HOST_NAMESPACE, device: 'nl0123abcdu0', index: 0, mac: MAC },
      { namespace: WEB, device: 'ext0', index: 16, mac: MAC },
    ] as const
    const plan: Plan = {
      members: [],
      steps: [{ object: { kind: 'veth', ends, mtuBytes: 1500 }, origin: 'uplinks[0]' }],
    }
    const [host, gateway] = observedTwin(plan)
    if (host === undefined || gateway === undefined) throw new Error('no twin')
    const busy = {
      ...host,
      devices: [...host.devices, aDevice({ device: 'docker0' })],
      addresses: [...host.addresses, anAddress('docker0', '172.17.0.1/16')],
      tables: [{ family: 'ip', name: 'nat', chains: [] }],
    }
    expect(comparePlan(plan, [busy, gateway])).toEqual([])
    expect(comparePlan(plan, [{ ...busy, devices: [] }, gateway])).toEqual([
      { kind: 'missing', object: 'veth @host:nl0123abcdu0 -- nl0123abcd-0:ext0', origin: 'uplinks[0]' },
    ])
  })
})

test('thousands of routes that a student set are told in a hundred lines and a number', () => {
  const many = Array.from({ length: 5000 }, (_, n) =>
    aRoute({ to: `10.${n >> 8}.${n & 255}.0/24`, target: { kind: 'device', device: 'eth0' }, metric: 0 }),
  )
  const drifts = driftsAfter(WEB, (twin) => ({ ...twin, routes: [...twin.routes, ...many] }))
  expect(drifts.length).toBe(101)
  expect(drifts.at(-1)).toEqual({ kind: 'unexpected', object: `route ${WEB} and 4900 more` })
})

test('device names that are properties of every object are names like others', () => {
  const drifts = driftsAfter(WEB, (twin) => ({
    ...twin,
    devices: [...twin.devices, aDevice({ device: '__proto__' }), aDevice({ device: 'constructor' })],
  }))
  expect(drifts.map(({ object }) => object)).toEqual([`device ${WEB}:__proto__`, `device ${WEB}:constructor`])
})
