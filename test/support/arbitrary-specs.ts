import fc from 'fast-check'
import type { LabSpec, Member, Nat } from '../../src/spec/lab-spec.ts'
import { aHost, aLink, anUplink, aRouter, aSpec, aSwitch, via } from './plan-specs.ts'

const cidrs = fc.subarray(['10.0.0.0/8', '10.1.0.0/16', '192.0.2.1/32', '2001:db8::/32', '0.0.0.0/0'])
const PORTS = [
  { first: 80, last: 80 },
  { first: 80, last: 90 },
  { first: 443, last: 443 },
]

const aRule = fc.record({
  action: fc.constantFrom('allow' as const, 'deny' as const, 'reject' as const),
  direction: fc.constantFrom('in' as const, 'out' as const, 'forward' as const),
  from: cidrs,
  to: cidrs,
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  ports: fc.subarray(PORTS),
  states: fc.subarray(['new', 'established', 'related', 'invalid'] as const),
})

const places = fc.array(fc.nat({ max: 2 }), { maxLength: 3 })

const shape = fc.record({
  switches: fc.array(fc.record({ six: fc.boolean(), stp: fc.boolean(), mtuBytes: fc.constantFrom(1280, 1500, 9000) }), {
    minLength: 1,
    maxLength: 3,
  }),
  cables: fc.array(fc.record({ subnet: fc.boolean(), slow: fc.boolean() }), { maxLength: 3 }),
  hosts: fc.array(
    fc.record({ on: places, given: fc.boolean(), longName: fc.boolean(), gateway: fc.boolean(), dad: fc.boolean() }),
    { maxLength: 9 },
  ),
  routers: fc.array(
    fc.record({
      on: places,
      nat: fc.subarray(['masquerade', 'snat', 'forward', 'oneToOne'] as const),
      deny: fc.boolean(),
      rules: fc.array(aRule, { maxLength: 4 }),
      profile: fc.constantFrom('router' as const, 'strict' as const),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  uplinks: fc.nat({ max: 2 }),
})

type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never

/**
 * Specs of every shape that the rules of `spec` let through: up to 3 switches, 3 cables and 12 members, given and
 * automatic addresses, both families, translation, firewalls, impairments, uplinks.
 */
export const arbitrarySpec: fc.Arbitrary<LabSpec> = shape.map(specOf)

function specOf({ switches, cables, hosts, routers, uplinks }: Shape): LabSpec {
  const lans = switches.map(({ six, ...rest }, k) => {
    return { ...aSwitch(`lan${k}`, `10.${k}.0.0/24`, ...(six ? [`2001:db8:${k}::/64`] : [])), ...rest }
  })
  const lanOf = (place: number) => `lan${place % lans.length}`
  const first = routers.length > 0 ? 'router-0' : undefined
  const members = [
    ...hosts.map(({ on, given, longName, gateway, dad }, k) => {
      const at = on.map((place, n) => {
        const address = given ? ` 10.${place % lans.length}.0.${100 + 10 * k + n}/24` : ''
        return `eth${n} on ${lanOf(place)}${address}`
      })
      const reaches = on.some((place) => lanOf(place) === 'lan0') && gateway
      return aHost(longName ? `a-member-with-a-long-name-${k}` : `h${k}`, {
        at,
        interfaces: at.map(() => ({ dad })),
        gateways: reaches && first !== undefined ? [via(first)] : [],
      })
    }),
    ...routers.map((it, k) => {
      // Every router stands on the first switch, and every cable runs from the first router to itself or the next one.
      const at = [`lan0 on lan0`, ...it.on.map((place, n) => `eth${n} on ${lanOf(place)}`)]
      for (const [n] of cables.entries()) {
        if (k === 0) at.push(`left${n} on cable${n}`)
        if (k === (routers.length === 1 ? 0 : 1)) at.push(`right${n} on cable${n}`)
      }
      return aRouter(`router-${k}`, {
        at,
        sysctls: { profile: it.profile },
        nat: natOf(it.nat, k),
        defaults: { forward: it.deny ? 'deny' : 'allow', in: it.deny ? 'deny' : 'allow' },
        rules: it.rules,
      })
    }),
  ]
  return aSpec({
    switches: lans,
    links: cables.map(({ subnet, slow }, k) =>
      aLink(`cable${k}`, {
        subnets: subnet ? [`10.20${k}.0.0/31`] : [],
        ...(slow ? { impairment: { delayMs: 10, lossPercent: 0.5 } } : {}),
      }),
    ),
    members,
    uplinks: Array.from({ length: uplinks }, (_, k) => anUplink(`out${k}`, lanOf(k))),
  })
}

function natOf(kinds: Shape['routers'][number]['nat'], k: number): Member['nat'] {
  const has = (kind: keyof Nat) => kinds.includes(kind)
  const path = ''
  return {
    masquerade: has('masquerade') ? [{ out: 'lan0', path }] : [],
    snat: has('snat') ? [{ out: 'lan0', to: `10.0.0.${200 + k}`, source: '192.0.2.0/24', path }] : [],
    forward: has('forward')
      ? [{ in: 'lan0', protocol: 'tcp', port: { first: 8080, last: 8090 }, to: '192.0.2.9', toPort: 80, path }]
      : [],
    oneToOne: has('oneToOne') ? [{ on: 'lan0', outside: `10.0.0.${210 + k}`, inside: '192.0.2.8', path }] : [],
  }
}
