import { expect, test } from 'vitest'
import type { RouteObject } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import type { LabSpec, StaticRoute } from '../../src/spec/lab-spec.ts'
import { aHost, aLink, anUplink, aRouter, aSpec, aSwitch, IDENTITY, via } from '../support/plan-specs.ts'
import { namespaceOf, objectsOf } from '../support/plan-views.ts'

const LAN = aSwitch('lan', '192.0.2.0/24', '2001:db8::/64')
const WAN = aLink('wan', { subnets: ['203.0.113.0/30'] })

function route(to: string, target: StaticRoute['target'], metric?: number): StaticRoute {
  return { to, target, path: '', ...(metric === undefined ? {} : { metric }) }
}

function through(next: string, family: 4 | 6 = 4): StaticRoute['target'] {
  return { kind: 'via', via: via(next, family) }
}

/** As `ip route` would say it. */
function routesOf(member: LabSpec['members'][number], others: LabSpec['members'] = [], more: Partial<LabSpec> = {}) {
  const plan = planLab(aSpec({ switches: [LAN], links: [], members: [member, ...others], ...more }), IDENTITY)
  const namespace = namespaceOf(plan, member.name)
  return objectsOf(plan, 'route')
    .filter((it) => it.namespace === namespace)
    .map(textOf)
}

function textOf({ to, target, metric }: RouteObject): string {
  const cost = metric === 0 ? '' : ` metric ${metric}`
  if (target.kind === 'via') return `${to} via ${target.address} dev ${target.device}${cost}`
  return target.kind === 'device' ? `${to} dev ${target.device}${cost}` : `${target.kind} ${to}${cost}`
}

test.each([
  {
    story: 'a gateway given as an address leads out of the interface in whose subnet it is',
    member: aHost('web', { at: ['eth0 on lan', 'eth1 on lan 198.51.100.7/24'], gateways: [via('198.51.100.1')] }),
    expected: ['0.0.0.0/0 via 198.51.100.1 dev eth1'],
  },
  {
    story: 'of two subnets the narrower one decides',
    member: aHost('web', { at: ['eth0 on lan 10.0.0.5/8', 'eth1 on lan 10.1.0.5/24'], gateways: [via('10.1.0.1')] }),
    expected: ['0.0.0.0/0 via 10.1.0.1 dev eth1'],
  },
  {
    story: 'a gateway given by name is that router on the shared switch, in each family',
    member: aHost('web', { at: ['eth0 on lan'], gateways: [via('edge'), via('edge', 6)] }),
    others: [aRouter('edge', { at: ['lan0 on lan 192.0.2.1/24 2001:db8::1/64'] })],
    expected: ['0.0.0.0/0 via 192.0.2.1 dev eth0', '::/0 via 2001:db8::1 dev eth0'],
  },
  {
    story: 'a gateway that gets its address by itself is found too',
    member: aHost('web', { at: ['eth0 on lan'], gateways: [via('edge')] }),
    others: [aRouter('edge', { at: ['lan0 on lan'] })],
    expected: ['0.0.0.0/0 via 192.0.2.2 dev eth0'],
  },
  {
    story: 'a name is looked for on every shared link, and found where the address is in reach',
    member: aHost('web', { at: ['eth0 on lan none', 'eth1 on wan'], gateways: [via('edge')] }),
    others: [aRouter('edge', { at: ['lan0 on lan', 'wan0 on wan'] })],
    more: { links: [WAN] },
    expected: ['0.0.0.0/0 via 203.0.113.2 dev eth1'],
  },
  {
    story: 'an uplink can be a gateway by its name',
    member: aHost('web', { at: ['eth0 on lan'], gateways: [via('out')] }),
    more: { uplinks: [anUplink('out', 'lan')] },
    expected: ['0.0.0.0/0 via 192.0.2.2 dev eth0'],
  },
  {
    story: 'static routes keep their metric and come after the gateway',
    member: aHost('web', {
      at: ['eth0 on lan'],
      gateways: [via('192.0.2.254')],
      routes: [route('10.0.0.0/8', through('192.0.2.253'), 20)],
    }),
    expected: ['0.0.0.0/0 via 192.0.2.254 dev eth0', '10.0.0.0/8 via 192.0.2.253 dev eth0 metric 20'],
  },
  {
    story: 'a gateway behind a device route comes after that route',
    member: aHost('web', {
      at: ['eth0 on lan 10.1.1.2/32'],
      gateways: [via('169.254.1.1')],
      routes: [route('169.254.1.1/32', { kind: 'interface', interface: 'eth0' })],
    }),
    expected: ['169.254.1.1/32 dev eth0', '0.0.0.0/0 via 169.254.1.1 dev eth0'],
  },
  {
    story: 'a destination can be refused',
    member: aHost('web', {
      routes: [route('10.0.0.0/8', { kind: 'blackhole' }), route('2001:db8:bad::/48', { kind: 'prohibit' })],
    }),
    expected: ['blackhole 10.0.0.0/8', 'prohibit 2001:db8:bad::/48'],
  },
  {
    story: 'a link-local next hop belongs to the only interface there is',
    member: aHost('web', { at: ['eth0 on lan'], routes: [route('2001:db8:9::/48', through('fe80::1', 6))] }),
    expected: ['2001:db8:9::/48 via fe80::1 dev eth0'],
  },
])('$story', ({ member, others, more, expected }) => {
  expect(routesOf(member, others, more)).toEqual(expected)
})

test.each([
  {
    story: 'a router without an address of that family is no gateway for it',
    gateway: via('edge', 6),
    message: 'web shares no link with "edge" on which both have IPv6 addresses',
  },
  {
    story: 'nobody is his own gateway',
    gateway: via('web'),
    message: 'web shares no link with "web" on which both have IPv4 addresses',
  },
])('$story', ({ gateway, message }) => {
  const members = [
    aHost('web', { at: ['eth0 on lan'], gateways: [gateway] }),
    aRouter('edge', { at: ['lan0 on lan 192.0.2.1/24'] }),
  ]

  expect(() => planLab(aSpec({ switches: [LAN], members }), IDENTITY)).toThrowError(
    expect.objectContaining({
      failure: expect.objectContaining({
        problems: [{ path: 'hosts[0].gateways[0]', reason: 'NEXT_HOP_UNREACHABLE', message }],
      }),
    }),
  )
})
