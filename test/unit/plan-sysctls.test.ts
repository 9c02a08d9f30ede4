import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'
import { aHost, anUplink, aRouter, aSpec, aStar, aSwitch, IDENTITY } from '../support/plan-specs.ts'
import { namespaceOf, objectsOf } from '../support/plan-views.ts'

const LAN = aSwitch('lan', '192.0.2.0/24')
const DUAL = aSwitch('dual', '198.18.0.0/24', '2001:db8::/64')

function settingsOf(plan: Plan, member: string) {
  return objectsOf(plan, 'sysctls').find(({ namespace }) => namespace === namespaceOf(plan, member))?.values ?? {}
}

function plan(members: LabSpec['members']) {
  return planLab(aSpec({ switches: [LAN, DUAL], members }), IDENTITY)
}

test('a host is told little, and everything that it would take over from the machine it runs on', () => {
  expect(settingsOf(plan([aHost('web', { at: ['eth0 on lan'] })]), 'web')).toEqual({
    'net.ipv4.ip_forward': '0',
    'net.ipv6.conf.all.disable_ipv6': '1',
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.default.rp_filter': '0',
    'net.ipv4.conf.all.accept_redirects': '0',
    'net.ipv4.conf.default.accept_redirects': '0',
    'net.ipv4.icmp_ratelimit': '0',
    'net.ipv4.ping_group_range': '0 2147483647',
    'net.ipv4.ip_unprivileged_port_start': '0',
  })
})

test.each([
  { story: 'a host does not forward', member: aHost('m'), key: 'net.ipv4.ip_forward', value: '0' },
  { story: 'a router forwards', member: aRouter('m'), key: 'net.ipv4.ip_forward', value: '1' },
  { story: 'a router sends no redirects', member: aRouter('m'), key: 'net.ipv4.conf.all.send_redirects', value: '0' },
  {
    story: 'a host with the profile of a router forwards',
    member: aHost('m', { sysctls: { profile: 'router' } }),
    key: 'net.ipv4.ip_forward',
    value: '1',
  },
  {
    story: 'a router with the profile of a host has stopped forwarding',
    member: aRouter('m', { sysctls: { profile: 'host' } }),
    key: 'net.ipv4.ip_forward',
    value: '0',
  },
  {
    story: 'a strict router forwards',
    member: aRouter('m', { sysctls: { profile: 'strict' } }),
    key: 'net.ipv4.ip_forward',
    value: '1',
  },
  {
    story: 'a strict router looks where packets come from',
    member: aRouter('m', { sysctls: { profile: 'strict' } }),
    key: 'net.ipv4.conf.all.rp_filter',
    value: '1',
  },
  {
    story: 'a strict host does not forward',
    member: aHost('m', { sysctls: { profile: 'strict' } }),
    key: 'net.ipv4.ip_forward',
    value: '0',
  },
  {
    story: 'what the spec sets wins over the profile',
    member: aHost('m', { sysctls: { set: { 'net.ipv4.icmp_ratelimit': '500' } } }),
    key: 'net.ipv4.icmp_ratelimit',
    value: '500',
  },
  {
    story: 'without an IPv6 address there is no IPv6',
    member: aHost('m', { at: ['eth0 on lan'] }),
    key: 'net.ipv6.conf.all.disable_ipv6',
    value: '1',
  },
  {
    story: 'with an IPv6 address there is IPv6',
    member: aHost('m', { at: ['eth0 on dual'] }),
    key: 'net.ipv6.conf.all.disable_ipv6',
    value: '0',
  },
  {
    story: 'an IPv6 router forwards IPv6',
    member: aRouter('m', { at: ['eth0 on dual'] }),
    key: 'net.ipv6.conf.all.forwarding',
    value: '1',
  },
  {
    story: 'an IPv6 host listens to no router advertisement',
    member: aHost('m', { at: ['eth0 on dual'] }),
    key: 'net.ipv6.conf.default.accept_ra',
    value: '0',
  },
  {
    story: 'duplicate address detection is off',
    member: aHost('m', { at: ['eth0 on dual'] }),
    key: 'net.ipv6.conf.default.accept_dad',
    value: '0',
  },
  {
    story: 'duplicate address detection is on where an interface asks for it',
    member: aHost('m', { at: ['eth0 on dual'], interfaces: [{ dad: true }] }),
    key: 'net.ipv6.conf.default.accept_dad',
    value: '1',
  },
  {
    story: 'a route to an IPv6 destination on the link needs IPv6',
    member: aHost('m', {
      at: ['eth0 on lan'],
      routes: [{ to: '2001:db8:9::/48', target: { kind: 'interface', interface: 'eth0' }, path: '' }],
    }),
    key: 'net.ipv6.conf.all.disable_ipv6',
    value: '0',
  },
  {
    story: 'who turns IPv6 on for devices to come gets all of it',
    member: aHost('m', { at: ['eth0 on lan'], sysctls: { set: { 'net.ipv6.conf.default.disable_ipv6': '0' } } }),
    key: 'net.ipv6.conf.all.disable_ipv6',
    value: '0',
  },
  {
    story: 'who turns IPv6 on by hand gets all of it',
    member: aHost('m', { at: ['eth0 on lan'], sysctls: { set: { 'net.ipv6.conf.all.disable_ipv6': '0' } } }),
    key: 'net.ipv6.conf.default.accept_ra',
    value: '0',
  },
])('$story', ({ member, key, value }) => {
  expect(settingsOf(plan([member]), 'm')).toMatchObject({ [key]: value })
})

test('a switch is only told to leave IPv6 alone', () => {
  expect(settingsOf(plan([]), 'lan')).toEqual({ 'net.ipv6.conf.all.disable_ipv6': '1' })
})

test('an uplink is strict about senders, speaks no IPv6 and never routes loopback addresses', () => {
  const withUplink = planLab(aSpec({ switches: [LAN], uplinks: [anUplink('out', 'lan')] }), IDENTITY)

  expect(settingsOf(withUplink, 'out')).toMatchObject({
    'net.ipv4.ip_forward': '1',
    'net.ipv4.conf.all.rp_filter': '1',
    'net.ipv4.conf.all.route_localnet': '0',
    'net.ipv4.conf.default.route_localnet': '0',
    'net.ipv6.conf.all.disable_ipv6': '1',
  })
})

describe('the order of writing', () => {
  const orderOf = (set: Record<string, string>) =>
    Object.keys(settingsOf(plan([aHost('m', { sysctls: { set } })]), 'm'))

  test('puts forwarding before what it rewrites, whatever the order of the spec', () => {
    const order = orderOf({ 'net.ipv4.conf.default.forwarding': '1', 'net.ipv4.conf.all.forwarding': '0' })

    expect(order.indexOf('net.ipv4.conf.all.forwarding')).toBeLessThan(
      order.indexOf('net.ipv4.conf.all.accept_redirects'),
    )
    expect(order.indexOf('net.ipv4.conf.all.forwarding')).toBeLessThan(
      order.indexOf('net.ipv4.conf.default.forwarding'),
    )
  })

  test('writes only one of the two names that forwarding has', () => {
    expect(orderOf({ 'net.ipv4.conf.all.forwarding': '1' })).not.toContain('net.ipv4.ip_forward')
  })

  test('puts IPv6 itself before its defaults', () => {
    const order = orderOf({ 'net.ipv6.conf.default.disable_ipv6': '1' })

    expect(order.indexOf('net.ipv6.conf.all.disable_ipv6')).toBeLessThan(
      order.indexOf('net.ipv6.conf.default.disable_ipv6'),
    )
  })
})

test('hosts that wish for the same share one object, which is copied to the kernel thread once', () => {
  const values = objectsOf(planLab(aStar(50), IDENTITY), 'sysctls').map((object) => object.values)

  expect(new Set(values).size).toBe(2)
})
