import fc from 'fast-check'
import { ALLOWED_SYSCTLS } from '../../src/spec/sysctls.ts'
import { buildDocument } from './build-document.ts'
import { MUTATIONS, mutate } from './mutate-document.ts'

export type SpecOptions = {
  /** Most hosts in a document; 6 where left out. */
  readonly maxHosts?: number
  /** Also links with delay, jitter, loss and rate, which need a kernel with netem. */
  readonly netem?: boolean
}

const few = <T>(item: fc.Arbitrary<T>, maxLength: number) => fc.array(item, { maxLength })

/** Keys whose value may be anything in its range without making the rest of a document wrong. */
const HARMLESS = [...ALLOWED_SYSCTLS.keys()].filter((key) => !key.endsWith('disable_ipv6'))

const aRule = fc.record({
  action: fc.constantFrom('allow', 'deny', 'reject'),
  direction: fc.constantFrom('in', 'out', 'forward'),
  protocol: fc.constantFrom(undefined, 'tcp', 'udp', 'icmp', 'icmpv6'),
  ports: few(fc.constantFrom<string | number>(22, 80, '443', '8000-8010'), 3),
  addresses: fc.constantFrom('none', 'from', 'to', 'both'),
  six: fc.boolean(),
  states: few(fc.constantFrom('new', 'established', 'related', 'invalid'), 2),
  interfaces: fc.boolean(),
})

const aMember = fc.record({
  /** Which switches it stands on, as numbers to be reduced by how many there are. */
  switches: few(fc.nat({ max: 7 }), 3),
  addressing: fc.constantFrom('auto', 'auto', 'auto', 'given', 'given', 'none'),
  /** `short` leaves out what keeps an interface from being written as `link` and `address` alone. */
  form: fc.constantFrom('short', 'short', 'long'),
  mac: fc.boolean(),
  mtu: fc.constantFrom(undefined, undefined, 1280, 1400),
  dad: fc.constantFrom(undefined, undefined, undefined, false),
  gateway: fc.constantFrom('none', 'router', 'router', 'address', 'addresses'),
  routes: few(fc.constantFrom('via', 'interface', 'blackhole', 'unreachable', 'prohibit'), 4),
  six: fc.boolean(),
  profile: fc.constantFrom(undefined, 'host', 'router', 'strict'),
  sysctls: few(fc.tuple(fc.constantFrom(...HARMLESS), fc.nat(), fc.boolean()), 3),
  defaults: fc.constantFrom(undefined, { in: 'deny' }, { out: 'allow', forward: 'deny' }),
  rules: few(aRule, 4),
  nat: fc.subarray(['masquerade', 'snat', 'forward', 'oneToOne'] as const),
  translations: fc.integer({ min: 1, max: 3 }),
  lateName: fc.boolean(),
})

const aSwitch = fc.record({
  families: fc.constantFrom('4', '4', '6', '46', '64'),
  prefix: fc.constantFrom(24, 25, 22),
  mtu: fc.constantFrom(undefined, 1500, 9000, 1280),
  stp: fc.constantFrom(undefined, false),
})

const aCable = fc.record({
  members: fc.tuple(fc.nat({ max: 31 }), fc.nat({ max: 31 })),
  form: fc.constantFrom('ends', 'ends', 'listed', 'both'),
  families: fc.constantFrom('4', '6', '46'),
  tiny: fc.boolean(),
  mtu: fc.constantFrom(undefined, 1400, 9000),
  delay: fc.constantFrom(undefined, '0ms', '5ms', '1.5ms', '250us'),
  loss: fc.constantFrom(undefined, '0%', '0.5%'),
  rate: fc.constantFrom(undefined, '10mbit', '1gbit'),
})

/** What a document is built from: every value of it gives a document that `parseSpec` must accept. */
const aBlueprint = ({ maxHosts = 6, netem = false }: SpecOptions) =>
  fc.record({
    netem: fc.constant(netem),
    name: fc.constantFrom('t', 'lab-1', 'a-long-name-of-31-letters-abcde'),
    description: fc.constantFrom(undefined, 'for people', 'two\nlines'),
    labels: fc.constantFrom(undefined, { course: 'net1', 'team/a': 'x.y' }),
    mtu: fc.constantFrom(undefined, 1500, 1400),
    switches: fc.array(aSwitch, { minLength: 1, maxLength: 4 }),
    hosts: few(aMember, maxHosts),
    routers: few(aMember, 3),
    cables: few(aCable, 4),
  })

export type Blueprint = ReturnType<typeof aBlueprint> extends fc.Arbitrary<infer T> ? T : never
export type MemberBlueprint = Blueprint['hosts'][number]
export type RuleBlueprint = MemberBlueprint['rules'][number]

/**
 * Documents that `parseSpec` accepts on a host with all features (without `netem: true` also on one without netem):
 * up to 4 switches, hosts, routers, cables, both families, short and long forms, given and automatic addresses,
 * gateways, routes, settings, firewalls, all kinds of translation.
 */
export function validSpecDocument(options: SpecOptions = {}): fc.Arbitrary<Record<string, unknown>> {
  return aBlueprint(options).map(buildDocument)
}

/** A valid document with one to three changes that mostly break it, or anything at all. May still be valid. */
export function brokenSpecDocument(options: SpecOptions = {}): fc.Arbitrary<unknown> {
  const change = fc.record({
    kind: fc.constantFrom(...MUTATIONS, 'same' as const, 'same' as const, 'same' as const),
    place: fc.nat(),
    other: fc.nat(),
  })
  const changed = fc
    .tuple(validSpecDocument(options), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([document, changes]) => changes.reduce<unknown>(mutate, document))
  const garbage = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('name', 'hosts', 'links', 'switches'), fc.jsonValue()),
  )
  return fc.oneof({ weight: 6, arbitrary: changed }, { weight: 1, arbitrary: garbage })
}
