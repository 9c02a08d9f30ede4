import { describe, expect, test } from 'vitest'
import { HOST_NAMESPACE, keyOf } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'
import { aHost, anUplink, aRouter, aSpec, aSwitch, IDENTITY } from '../support/plan-specs.ts'
import { chainsOf, objectsOf, tableOf } from '../support/plan-views.ts'

const DENIED =
  '{ 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3 }'

function aLabWithUplink(wish: Partial<LabSpec> = {}): LabSpec {
  return aSpec({
    switches: [aSwitch('lan', '192.0.2.0/24'), aSwitch('inner', '198.51.100.0/24')],
    members: [
      aHost('web', { at: ['eth0 on lan'] }),
      aHost('far', { at: ['eth0 on inner'] }),
      aRouter('edge', { at: ['lan0 on lan 192.0.2.1/24 192.0.2.9/24', 'in0 on inner'] }),
    ],
    uplinks: [anUplink('out', 'lan')],
    ...wish,
  })
}

const plan = planLab(aLabWithUplink(), IDENTITY)

test('a lab without an uplink puts nothing into the host', () => {
  const { steps } = planLab(aLabWithUplink({ uplinks: [] }), IDENTITY)

  expect(JSON.stringify(steps)).not.toContain(HOST_NAMESPACE)
})

test('an uplink puts one cable end, its address and one table into the host, all named after the lab', () => {
  const host = plan.steps
    .map(({ object }) => object)
    .filter((object) => JSON.stringify(object).includes(HOST_NAMESPACE))

  expect(host.map(keyOf)).toEqual([
    'veth nl01234567-5:ext0 -- @host:nl01234567u0',
    'nft-table @host inet nl01234567',
    'address @host:nl01234567u0 100.127.0.1/30',
  ])
})

test('the gateway has rules before it has addresses, and a way out last of all', () => {
  const own = plan.steps.map(({ object }) => object).filter((object) => keyOf(object).includes('nl01234567-5'))

  expect(own.map((object) => object.kind)).toEqual([
    'namespace',
    'sysctls',
    'veth',
    'loopback',
    'veth',
    'nft-table',
    'nft-table',
    'address',
    'address',
    'route',
  ])
})

test('the guard knows the members on its own switch by MAC and address, and drops and counts all else', () => {
  expect(chainsOf(tableOf(plan, 'out', 'guard'))).toEqual({
    'from-lab, else drop': [
      'ether saddr 0a:58:c0:00:02:02 ip saddr 192.0.2.2',
      'ether saddr 0a:58:c0:00:02:02 arp saddr ether 0a:58:c0:00:02:02 arp saddr ip 192.0.2.2',
      'ether saddr 0a:58:c0:00:02:01 ip saddr { 192.0.2.1, 192.0.2.9 }',
      'ether saddr 0a:58:c0:00:02:01 arp saddr ether 0a:58:c0:00:02:01 arp saddr ip 192.0.2.1',
      'ether saddr 0a:58:c0:00:02:01 arp saddr ether 0a:58:c0:00:02:01 arp saddr ip 192.0.2.9',
    ]
      .map((line) => `${line} accept`)
      .concat('drop'),
  })
})

test('the gateway answers a few pings, passes new flows outward at a limited rate, and nothing to the deny-list', () => {
  expect(chainsOf(tableOf(plan, 'out', 'edge'))).toEqual({
    'nat-postrouting': ['oifname "ext0" masquerade'],
    'filter-input, else drop': [
      'iifname "lab0" ip daddr 192.0.2.3 icmp type echo-request limit rate over 20/second burst 20 packets drop',
      'iifname "lab0" ip daddr 192.0.2.3 icmp type echo-request accept',
      'drop',
    ],
    'filter-forward, else drop': [
      'ct state established,related accept',
      'ct state invalid drop',
      `iifname "lab0" ip daddr ${DENIED} drop`,
      'iifname "lab0" tcp dport 25 drop',
      'iifname "lab0" ct state new limit rate over 200/second burst 200 packets drop',
      'iifname "lab0" oifname "ext0" accept',
      'drop',
    ],
  })
})

test('an allow-list narrows the way out and cannot open the deny-list', () => {
  const uplinks = [anUplink('out', 'lan', { allow: ['198.51.100.0/25', '10.0.0.0/8'] })]
  const forward = chainsOf(tableOf(planLab(aLabWithUplink({ uplinks }), IDENTITY), 'out', 'edge'))[
    'filter-forward, else drop'
  ]

  expect(forward?.[2]).toBe(`iifname "lab0" ip daddr ${DENIED} drop`)
  expect(forward?.[5]).toBe('iifname "lab0" oifname "ext0" ip daddr { 10.0.0.0/8, 198.51.100.0/25 } accept')
})

describe("the host's table", () => {
  const table = objectsOf(plan, 'nft-table').find(({ namespace }) => namespace === HOST_NAMESPACE)

  test("keeps the lab from the host, from others' networks and from being called", () => {
    expect(chainsOf(table)).toEqual({
      'nat-postrouting': ['ip saddr 100.127.0.2 masquerade'],
      'filter-input': ['iifname "nl01234567u0" drop'],
      'filter-forward': [
        `iifname "nl01234567u0" ip daddr ${DENIED} drop`,
        'iifname "nl01234567u0" ip saddr 100.127.0.2 accept',
        'iifname "nl01234567u0" drop',
        'oifname "nl01234567u0" ct state established,related accept',
        'oifname "nl01234567u0" drop',
      ],
    })
  })

  test("decides nothing about anybody else's packets", () => {
    for (const { hook, rules } of table?.chains ?? []) {
      expect(hook?.policy).toBe('accept')
      for (const { match } of rules) expect(JSON.stringify(match)).toMatch(/nl01234567u0|100\.127\.0\.2/)
    }
  })

  test('denies the networks of the operator too', () => {
    const identity = { ...IDENTITY, deniedSubnets: ['203.0.113.0/24'] }
    const tables = objectsOf(planLab(aLabWithUplink(), identity), 'nft-table')

    const lists = tables.flatMap(({ name, chains }) =>
      JSON.stringify(chains).includes('203.0.113.0/24') ? [name] : [],
    )
    expect(lists).toEqual(['edge', 'nl01234567'])
  })
})

test('two uplinks of a lab have a /30 each and share the table', () => {
  const two = planLab(aLabWithUplink({ uplinks: [anUplink('a', 'lan'), anUplink('b', 'inner')] }), IDENTITY)

  const addresses = objectsOf(two, 'address').filter(({ namespace }) => namespace === HOST_NAMESPACE)
  expect(addresses.map(({ device, address }) => `${device} ${address}`)).toEqual([
    'nl01234567u0 100.127.0.1/30',
    'nl01234567u1 100.127.0.5/30',
  ])
  expect(objectsOf(two, 'nft-table').filter(({ namespace }) => namespace === HOST_NAMESPACE)).toHaveLength(1)
})
