import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparePlan } from '../../src/inspector/compare.ts'
import { observePlan } from '../../src/inspector/observe-lab.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { DRIVERS } from '../../src/kernel/objects/index.ts'
import {
  type AddressObject,
  type KernelObject,
  keyOf,
  type ObjectKind,
  type ObjectOf,
  type Plan,
  type RouteObject,
} from '../../src/plan/objects.ts'

const [here, there] = ['nl0000cafe-0', 'nl0000cafe-1']
const eth0 = { namespace: here, device: 'eth0', index: 16, mac: '06:00:00:00:00:01' }
const far0 = { namespace: there, device: 'eth0', index: 16, mac: '06:00:00:00:00:02' }
const cable: KernelObject = { kind: 'veth', ends: [eth0, far0], mtuBytes: 1500 }
/** Link-local addresses would be tentative for a second otherwise. */
const values = { 'net.ipv6.conf.all.accept_dad': '0', 'net.ipv6.conf.default.accept_dad': '0' }
const namespaces: readonly KernelObject[] = [
  { kind: 'namespace', name: here, userNamespace: { firstUid: 268_435_456 } },
  { kind: 'namespace', name: there },
  { kind: 'sysctls', namespace: here, values },
  { kind: 'sysctls', namespace: there, values },
]
const address = (text: string, dad = false): AddressObject => {
  return { kind: 'address', namespace: here, device: 'eth0', address: text, dad }
}
const route = (to: string, target: RouteObject['target'], metric = 0): RouteObject => {
  return { kind: 'route', namespace: here, to, target, metric }
}
const wired = [...namespaces, cable]
const addressed = [...wired, address('192.0.2.1/24'), address('2001:db8::1/64')]
const bridge = (stp: boolean): KernelObject => ({
  kind: 'bridge',
  namespace: there,
  device: 'br0',
  index: 17,
  mac: '06:00:00:00:00:03',
  mtuBytes: 1400,
  stp,
})

type Row<K extends ObjectKind> = {
  readonly story: string
  readonly object: ObjectOf<K>
  readonly before?: readonly KernelObject[]
  readonly feature?: string
}

type AnyRow = { readonly [K in ObjectKind]: Row<K> }[ObjectKind]

/** Each kind of object, made and read back; a kind without a row does not compile. */
const ROWS: { readonly [K in ObjectKind]: readonly Row<K>[] } = {
  namespace: [
    {
      story: 'in a user namespace of its own',
      object: { kind: 'namespace', name: 'nl0000cafe-2', userNamespace: { firstUid: 4_294_836_224 } },
    },
    { story: 'plain', object: { kind: 'namespace', name: 'nl0000cafe-2' } },
  ],
  sysctls: [
    {
      story: 'with a list for a value',
      before: namespaces,
      object: {
        kind: 'sysctls',
        namespace: here,
        values: { 'net.ipv4.ip_forward': '1', 'net.ipv4.ping_group_range': '0 2147483647' },
      },
    },
  ],
  loopback: [{ story: 'raised', before: namespaces, object: { kind: 'loopback', namespace: here } }],
  bridge: [
    {
      story: 'without spanning tree',
      before: namespaces,
      object: { ...bridge(false), kind: 'bridge' } as ObjectOf<'bridge'>,
    },
    {
      story: 'with spanning tree',
      before: namespaces,
      object: { ...bridge(true), kind: 'bridge' } as ObjectOf<'bridge'>,
    },
  ],
  veth: [
    { story: 'as a cable', before: namespaces, object: { kind: 'veth', ends: [eth0, far0], mtuBytes: 1500 } },
    {
      story: 'with ends of different MTU',
      before: namespaces,
      object: { kind: 'veth', ends: [{ ...eth0, mtuBytes: 9000 }, far0], mtuBytes: 1280 },
    },
    {
      story: 'with a port of a bridge at its far end',
      before: [...namespaces, bridge(false)],
      object: { kind: 'veth', ends: [eth0, { ...far0, bridge: 'br0' }], mtuBytes: 1400 },
    },
    {
      story: 'with both ends in one namespace',
      before: namespaces,
      object: { kind: 'veth', ends: [eth0, { ...far0, namespace: here, device: 'eth1', index: 17 }], mtuBytes: 1500 },
    },
    {
      story: 'with a name of 15 characters',
      before: namespaces,
      object: { kind: 'veth', ends: [{ ...eth0, device: 'abcdefghijklmno' }, far0], mtuBytes: 68 },
    },
  ],
  address: [
    { story: 'of IPv4', before: wired, object: address('192.0.2.1/24') },
    { story: 'of IPv4 that is its whole network', before: wired, object: address('192.0.2.1/32') },
    { story: 'of an IPv4 cable', before: wired, object: address('192.0.2.0/31') },
    {
      story: 'a second one of the same network',
      before: [...wired, address('192.0.2.1/24')],
      object: address('192.0.2.2/24'),
    },
    { story: 'of IPv6', before: wired, object: address('2001:db8::a/64') },
    { story: 'of IPv6 that is checked for duplicates', before: wired, object: address('2001:db8::a/64', true) },
  ],
  route: [
    {
      story: 'by default over a next hop',
      before: addressed,
      object: route('0.0.0.0/0', { kind: 'via', address: '192.0.2.9', device: 'eth0' }),
    },
    {
      story: 'with a metric',
      before: addressed,
      object: route('198.51.100.0/24', { kind: 'via', address: '192.0.2.9', device: 'eth0' }, 77),
    },
    { story: 'to a device', before: addressed, object: route('198.51.100.0/24', { kind: 'device', device: 'eth0' }) },
    {
      story: 'by default of IPv6',
      before: addressed,
      object: route('::/0', { kind: 'via', address: '2001:db8::9', device: 'eth0' }),
    },
    {
      story: 'of IPv6 over a link-local next hop',
      before: addressed,
      object: route('2001:db8:1::/48', { kind: 'via', address: 'fe80::9', device: 'eth0' }),
    },
    {
      story: 'of IPv4 over an IPv6 next hop',
      before: addressed,
      object: route('203.0.113.0/24', { kind: 'via', address: '2001:db8::9', device: 'eth0' }),
    },
    ...(['blackhole', 'unreachable', 'prohibit'] as const).flatMap((kind) => [
      { story: `that leads nowhere: ${kind}`, before: addressed, object: route('198.51.100.0/24', { kind }) },
      { story: `of IPv6 that leads nowhere: ${kind}`, before: addressed, object: route('2001:db8:1::/48', { kind }) },
    ]),
  ],
  netem: [
    {
      story: 'with delay, jitter, loss and rate',
      before: wired,
      feature: 'netem',
      object: {
        kind: 'netem',
        namespace: here,
        device: 'eth0',
        delayMs: 20,
        jitterMs: 1.5,
        lossPercent: 12.5,
        rateKbit: 10_000,
      },
    },
    {
      story: 'beyond 32 bits of bytes per second',
      before: wired,
      feature: 'netem',
      object: {
        kind: 'netem',
        namespace: here,
        device: 'eth0',
        delayMs: 0,
        jitterMs: 0,
        lossPercent: 0,
        rateKbit: 40_000_000,
      },
    },
  ],
  'nft-table': [
    {
      story: 'with a rule',
      before: wired,
      object: {
        kind: 'nft-table',
        namespace: here,
        family: 'inet',
        name: 'lab',
        chains: [
          {
            name: 'input',
            hook: { type: 'filter', hook: 'input', priority: 0, policy: 'drop' },
            rules: [{ origin: 'hosts[0].firewall[0]', match: [], action: { kind: 'accept' } }],
          },
        ],
      },
    },
  ],
}

const kernel = new LinuxKernel()
let missing: ReadonlySet<string> = new Set()
beforeAll(async () => {
  const absent = (await kernel.features()).filter((feature) => !feature.available)
  missing = new Set(absent.map((feature) => feature.name))
})
afterAll(() => kernel.close())

test('each kind of object has a driver and a row here', () => {
  expect(Object.keys(ROWS).sort()).toEqual(Object.keys(DRIVERS).sort())
})

describe.each<[string, readonly AnyRow[]]>(Object.entries(ROWS))('%s', (_kind, rows) => {
  test.for<AnyRow>(rows)('$story', async ({ object, before = [], feature }, { skip }) => {
    skip(feature !== undefined && missing.has(feature), `this kernel lacks ${feature}`)
    const steps = [...before, object].map((each) => ({ object: each, origin: '' }))
    const names = steps.flatMap((step) => (step.object.kind === 'namespace' ? [step.object.name] : []))
    const members = names.map((name) => ({ name, role: 'host', namespace: name, path: '', devices: [] }) as const)
    const plan: Plan = { members, steps }
    try {
      expect(await kernel.apply(steps)).toEqual({ ok: true })
      await kernel.awaitReady(names, 5_000)
      expect(comparePlan(plan, await observePlan(plan, kernel))).toEqual([])

      const twice = await kernel.apply([{ object, origin: '' }])
      // Writing the same value or raising a device again is no change; everything else would be a second object.
      if (object.kind === 'sysctls' || object.kind === 'loopback') expect(twice).toEqual({ ok: true })
      else expect({ key: keyOf(object), twice }).toMatchObject({ twice: { ok: false, refusal: 'exists' } })
    } finally {
      expect(await kernel.remove(plan.steps.map((step) => step.object))).toEqual({ leftovers: [] })
    }
    const after = await observePlan(plan, kernel)
    expect(after.map(({ exists }) => exists)).toEqual(names.map(() => false))
  })
})
