import { macFromText } from '../../src/net/mac.ts'
import { type KernelObject, PHASE_OF, PHASES, type Plan } from '../../src/plan/objects.ts'

/** left 192.0.2.2 - 192.0.2.1 router 198.51.100.1 - 198.51.100.2 right; the router masks what leaves to the right. One object of each kind but netem and bridge. */
export function routedPlan(uid = '0000beef'): Plan {
  const [left, router, right] = [0, 1, 2].map((k) => `nl${uid}-${k}`) as [string, string, string]
  const sysctls = (forwards: boolean) => ({
    'net.ipv4.ip_forward': forwards ? '1' : '0',
    'net.ipv6.conf.all.disable_ipv6': '1',
  })
  const host = (namespace: string, k: number, forwards: boolean): readonly KernelObject[] => [
    { kind: 'namespace', name: namespace, userNamespace: { firstUid: 268_435_456 + k * 65_536 } },
    { kind: 'sysctls', namespace, values: sysctls(forwards) },
    { kind: 'loopback', namespace },
  ]
  const cable = (far: string, device: string): KernelObject => ({
    kind: 'veth',
    mtuBytes: 1500,
    ends: [
      { namespace: router, device, index: device === 'eth0' ? 16 : 17, mac: macFromText(`router ${device}`) },
      { namespace: far, device: 'eth0', index: 16, mac: macFromText(far.slice(-1)) },
    ],
  })
  const address = (namespace: string, device: string, text: string): KernelObject => {
    return { kind: 'address', namespace, device, address: text, dad: false }
  }
  const gateway = (namespace: string, hop: string): KernelObject => ({
    kind: 'route',
    namespace,
    to: '0.0.0.0/0',
    target: { kind: 'via', address: hop, device: 'eth0' },
    metric: 0,
  })
  const nat: KernelObject = {
    kind: 'nft-table',
    namespace: router,
    family: 'ip',
    name: 'nat',
    chains: [
      {
        name: 'postrouting',
        hook: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' },
        rules: [
          {
            origin: 'routers[0].nat',
            match: [{ kind: 'out-device', device: 'eth1' }],
            action: { kind: 'masquerade' },
          },
        ],
      },
    ],
  }
  const objects = [
    ...host(left, 0, false),
    ...host(router, 1, true),
    ...host(right, 2, false),
    cable(left, 'eth0'),
    cable(right, 'eth1'),
    nat,
    address(left, 'eth0', '192.0.2.2/24'),
    address(router, 'eth0', '192.0.2.1/24'),
    address(router, 'eth1', '198.51.100.1/24'),
    address(right, 'eth0', '198.51.100.2/24'),
    gateway(left, '192.0.2.1'),
    { kind: 'route', namespace: router, to: '203.0.113.0/24', target: { kind: 'blackhole' }, metric: 0 } as const,
  ]
  const steps = PHASES.flatMap((phase) => objects.filter((object) => PHASE_OF[object.kind] === phase)).map(
    (object, place) => ({ object, origin: `objects[${place}]` }),
  )
  const members = [left, router, right].map((namespace, k) => {
    const name = ['left', 'router', 'right'][k] ?? ''
    return { name, role: k === 1 ? 'router' : 'host', namespace, path: name, devices: [] } as const
  })
  return { members, steps }
}
