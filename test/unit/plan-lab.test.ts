import { describe, expect, test } from 'vitest'
import { planLab } from '../../src/plan/plan-lab.ts'
import { aHost, aLink, anUplink, aRouter, aSpec, aStar, aSwitch, IDENTITY, via } from '../support/plan-specs.ts'

const STARS = [aStar(1000), aStar(4000)]

describe('namespaces', () => {
  test('are numbered members first, then switches, then uplinks', () => {
    const { members } = planLab(
      aSpec({
        members: [aHost('web'), aRouter('edge')],
        switches: [aSwitch('lan', '192.0.2.0/24')],
        uplinks: [anUplink('out', 'lan')],
      }),
      IDENTITY,
    )

    expect(members.map(({ name, namespace }) => `${namespace} ${name}`)).toEqual([
      'nl01234567-0 web',
      'nl01234567-1 edge',
      'nl01234567-2 lan',
      'nl01234567-3 out',
    ])
  })

  test('of hosts and routers have a user namespace and 65,536 uids of their own, those of switches and uplinks none', () => {
    const { steps } = planLab(
      aSpec({
        members: [aHost('web'), aRouter('edge')],
        switches: [aSwitch('lan', '192.0.2.0/24')],
        uplinks: [anUplink('out', 'lan')],
      }),
      IDENTITY,
    )

    const first = steps.flatMap(({ object }) => (object.kind === 'namespace' ? [object.userNamespace?.firstUid] : []))
    expect(first).toEqual([1_000_000, 1_065_536, undefined, undefined])
  })
})

describe('devices', () => {
  test('carry a MAC made of their first IPv4 address, so that a replaced member is known at once', () => {
    const plan = planLab(
      aSpec({
        switches: [aSwitch('lan', '192.0.2.0/24', '2001:db8::/64')],
        members: [
          aHost('given', { at: ['eth0 on lan 192.0.2.10/24'], interfaces: [{ mac: '02:00:00:00:00:0a' }] }),
          aHost('numbered', { at: ['eth0 on lan 2001:db8::a/64 192.0.2.20/24'] }),
          aHost('automatic', { at: ['eth0 on lan'] }),
          aHost('six', { at: ['eth0 on lan 2001:db8::b/64'] }),
        ],
      }),
      IDENTITY,
    )

    expect(plan.members.slice(0, 4).map(({ devices }) => devices[0]?.mac)).toEqual([
      '02:00:00:00:00:0a',
      '0a:58:c0:00:02:14',
      '0a:58:c0:00:02:01',
      expect.stringMatching(/^06:/),
    ])
  })

  test('at a switch are named after who is plugged in', () => {
    const plan = planLab(
      aSpec({
        switches: [aSwitch('lan')],
        members: [
          aHost('web', { at: ['eth0 on lan', 'eth1 on lan'] }),
          aHost('br0', { at: ['eth0 on lan'] }),
          aHost('fifteen-letters', { at: ['eth0 on lan'] }),
          aHost('the-long-name-of-a-host', { at: ['eth0 on lan', 'eth1 on lan'] }),
          aHost('the-long-name-of-another', { at: ['eth0 on lan'] }),
        ],
      }),
      IDENTITY,
    )

    expect(plan.members.at(-1)?.devices.map(({ device }) => device)).toEqual([
      'br0',
      'web',
      'web-2',
      'br0-2',
      'fifteen-letters',
      'the-long-n-1',
      'the-long-n-2',
      'the-long-n-3',
    ])
  })

  test('of a bridge have the smallest MTU of its ports, since the kernel would see to that anyway', () => {
    const { steps } = planLab(
      aSpec({
        switches: [{ ...aSwitch('lan', '192.0.2.0/24'), mtuBytes: 9000 }],
        members: [
          aHost('a', { at: ['eth0 on lan'] }),
          aHost('b', { at: ['eth0 on lan'], interfaces: [{ mtuBytes: 1400 }] }),
        ],
      }),
      IDENTITY,
    )

    const mtus = steps.flatMap(({ object }) => ('mtuBytes' in object ? [`${object.kind} ${object.mtuBytes}`] : []))
    expect(mtus).toEqual(['bridge 1400', 'veth 9000', 'veth 1400'])
  })

  test('of a cable may have different MTUs at its ends', () => {
    const { steps } = planLab(
      aSpec({
        links: [aLink('wan')],
        members: [
          aHost('a', { at: ['eth0 on wan'] }),
          aHost('b', { at: ['eth0 on wan'], interfaces: [{ mtuBytes: 1400 }] }),
        ],
      }),
      IDENTITY,
    )

    const veth = steps.find(({ object }) => object.kind === 'veth')?.object
    expect(veth).toMatchObject({ mtuBytes: 1500, ends: [{ device: 'eth0' }, { device: 'eth0', mtuBytes: 1400 }] })
  })

  test('with delay or loss get it at both ends of the cable', () => {
    const { steps } = planLab(
      aSpec({
        links: [aLink('wan', { impairment: { delayMs: 20, lossPercent: 1 } })],
        members: [aHost('a', { at: ['eth0 on wan'] }), aHost('b', { at: ['eth9 on wan'] })],
      }),
      IDENTITY,
    )

    expect(steps.filter(({ object }) => object.kind === 'netem')).toEqual(
      [
        { namespace: 'nl01234567-0', device: 'eth0' },
        { namespace: 'nl01234567-1', device: 'eth9' },
      ].map((at) => ({
        object: { kind: 'netem', ...at, delayMs: 20, jitterMs: 0, lossPercent: 1, rateKbit: 0 },
        origin: 'links[0]',
      })),
    )
  })
})

test('four times as many hosts take about four times as long to plan', () => {
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  // In turns, and the best of each, so that what else runs on the machine weighs on both alike.
  for (let turn = 0; turn < 10; turn++) {
    for (const [place, spec] of STARS.entries()) {
      const start = performance.now()
      planLab(spec, IDENTITY)
      best[place] = Math.min(best[place] ?? 0, performance.now() - start)
    }
  }

  const [few = Number.NaN, many = Number.NaN] = best
  expect(many / few).toBeLessThan(10)
})

test('what the kernel would refuse for sure is named by its place in the spec', () => {
  const spec = aSpec({
    switches: [aSwitch('lan', '192.0.2.0/24')],
    members: [aHost('web', { at: ['eth0 on lan'], gateways: [via('198.51.100.1')] })],
  })

  expect(() => planLab(spec, IDENTITY)).toThrowError(
    expect.objectContaining({
      failure: {
        kind: 'invalid-spec',
        problems: [
          {
            path: 'hosts[0].gateways[0]',
            reason: 'NEXT_HOP_UNREACHABLE',
            message: "198.51.100.1 is in no subnet of web's interfaces",
          },
        ],
      },
    }),
  )
})
