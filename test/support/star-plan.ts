import { macFromIpv4, macFromText } from '../../src/net/mac.ts'
import {
  type KernelObject,
  PHASE_OF,
  PHASES,
  type Plan,
  type PlannedMember,
  type Step,
} from '../../src/plan/objects.ts'

/** Sysctls as planned hosts have them: IPv6 off. */
const HOST_SYSCTLS = {
  'net.ipv4.ip_forward': '0',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
  'net.ipv4.conf.all.accept_redirects': '0',
  'net.ipv4.icmp_ratelimit': '0',
  'net.ipv6.conf.all.disable_ipv6': '1',
  'net.ipv4.ping_group_range': '0 2147483647',
}
const SWITCH_SYSCTLS = { 'net.ipv6.conf.all.disable_ipv6': '1' }
const MTU = 1500

type Options = { readonly uid?: string; readonly userNamespaces?: boolean }

/** `hosts` hosts on one switch, 10.0.0.0/16, with a default route; written by hand so that kernel tests need no planner. */
export function starPlan(hosts: number, { uid = '0000abcd', userNamespaces = true }: Options = {}): Plan {
  const fabric = `nl${uid}-${hosts}`
  const objects: (readonly [KernelObject, string])[] = []
  const members: PlannedMember[] = []
  const gateway = '10.0.255.254'
  objects.push(
    [{ kind: 'namespace', name: fabric }, 'switches[0]'],
    [{ kind: 'sysctls', namespace: fabric, values: SWITCH_SYSCTLS }, 'switches[0]'],
    [
      {
        kind: 'bridge',
        namespace: fabric,
        device: 'br0',
        index: 16,
        mac: macFromText('switch lan'),
        mtuBytes: MTU,
        stp: false,
      },
      'switches[0]',
    ],
  )
  for (let k = 0; k < hosts; k += 1) {
    const namespace = `nl${uid}-${k}`
    const origin = `hosts[${k}]`
    const address = `10.0.${Math.floor((k + 1) / 250)}.${((k + 1) % 250) + 1}`
    const mac = macFromIpv4({ family: 4, value: addressValue(address) })
    const port = { namespace: fabric, device: `p${k}`, index: 17 + k, mac: macFromText(`port ${k}`), bridge: 'br0' }
    objects.push(
      [
        {
          kind: 'namespace',
          name: namespace,
          ...(userNamespaces && { userNamespace: { firstUid: 268_435_456 + k * 65_536 } }),
        },
        origin,
      ],
      [{ kind: 'sysctls', namespace, values: HOST_SYSCTLS }, origin],
      [{ kind: 'loopback', namespace }, origin],
      [
        { kind: 'veth', ends: [port, { namespace, device: 'eth0', index: 16, mac }], mtuBytes: MTU },
        `${origin}.interfaces[0]`,
      ],
      [{ kind: 'address', namespace, device: 'eth0', address: `${address}/16`, dad: false }, `${origin}.interfaces[0]`],
      [
        {
          kind: 'route',
          namespace,
          to: '0.0.0.0/0',
          target: { kind: 'via', address: gateway, device: 'eth0' },
          metric: 0,
        },
        `${origin}.gateway`,
      ],
    )
    members.push({
      name: `h${k}`,
      role: 'host',
      namespace,
      path: origin,
      devices: [{ device: 'eth0', kind: 'veth', index: 16, mac, addresses: [`${address}/16`], link: 'lan' }],
    })
  }
  members.push({ name: 'lan', role: 'switch', namespace: fabric, path: 'switches[0]', devices: [] })
  return { members, steps: inOrder(objects) }
}

/** Two hosts on one cable, 192.0.2.1 and 192.0.2.2. */
export function cablePlan({ uid = '0000abcd', userNamespaces = true }: Options = {}): Plan {
  const ends = [1, 2].map((k) => ({
    namespace: `nl${uid}-${k - 1}`,
    device: 'eth0',
    index: 16,
    mac: macFromIpv4({ family: 4, value: addressValue(`192.0.2.${k}`) }),
  }))
  const [left, right] = ends
  if (left === undefined || right === undefined) throw new Error('unreachable')
  const objects: (readonly [KernelObject, string])[] = [
    [{ kind: 'veth', ends: [left, right], mtuBytes: 1400 }, 'links[0]'],
  ]
  ends.forEach(({ namespace }, k) => {
    const origin = `hosts[${k}]`
    objects.push(
      [
        {
          kind: 'namespace',
          name: namespace,
          ...(userNamespaces && { userNamespace: { firstUid: 268_435_456 + k * 65_536 } }),
        },
        origin,
      ],
      [{ kind: 'sysctls', namespace, values: HOST_SYSCTLS }, origin],
      [{ kind: 'loopback', namespace }, origin],
      [
        { kind: 'address', namespace, device: 'eth0', address: `192.0.2.${k + 1}/24`, dad: false },
        `${origin}.interfaces[0]`,
      ],
    )
  })
  const members = ends.map(
    ({ namespace, mac }, k): PlannedMember => ({
      name: `h${k}`,
      role: 'host',
      namespace,
      path: `hosts[${k}]`,
      devices: [{ device: 'eth0', kind: 'veth', index: 16, mac, addresses: [`192.0.2.${k + 1}/24`], link: 'cable' }],
    }),
  )
  return { members, steps: inOrder(objects) }
}

function inOrder(objects: readonly (readonly [KernelObject, string])[]): readonly Step[] {
  const steps = objects.map(([object, origin]): Step => ({ object, origin }))
  return PHASES.flatMap((phase) => steps.filter(({ object }) => PHASE_OF[object.kind] === phase))
}

function addressValue(address: string): bigint {
  return address.split('.').reduce((value, octet) => value * 256n + BigInt(octet), 0n)
}
