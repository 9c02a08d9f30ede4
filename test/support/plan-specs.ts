import type { LabIdentity } from '../../src/plan/identity.ts'
import type {
  FirewallRule,
  Interface,
  LabSpec,
  Link,
  Member,
  Nat,
  Switch,
  SysctlWish,
  Uplink,
  Via,
} from '../../src/spec/lab-spec.ts'

/** LabSpec values by hand, for tests of the planner that need no document and no parser. */

export const IDENTITY: LabIdentity = {
  uid: '01234567',
  firstUid: 1_000_000,
  uplinkSubnets: ['100.127.0.0/30', '100.127.0.4/30'],
}

export const NO_NAT: Nat = { masquerade: [], snat: [], forward: [], oneToOne: [] }
const ALLOW_ALL = { in: 'allow', out: 'allow', forward: 'allow' } as const

type MemberWish = Partial<Omit<Member, 'interfaces' | 'sysctls' | 'firewall'>> & {
  /** `eth0 on lan 192.0.2.10/24 2001:db8::a/64`; without addresses: automatic; `none` for no address at all. */
  readonly at?: readonly string[]
  readonly sysctls?: Partial<SysctlWish>
  readonly defaults?: Partial<Member['firewall']['defaults']>
  readonly rules?: readonly Partial<FirewallRule>[]
  readonly interfaces?: readonly Partial<Interface>[]
}

export function aHost(name: string, wish: MemberWish = {}): Member {
  return aMember('host', name, wish)
}

export function aRouter(name: string, wish: MemberWish = {}): Member {
  return aMember('router', name, wish)
}

function aMember(role: Member['role'], name: string, wish: MemberWish): Member {
  const { at = [], sysctls, defaults, rules = [], interfaces = [], ...rest } = wish
  const plain = at.map((text, place) => ({ ...readInterface(text), ...interfaces[place] }))
  return {
    role,
    name,
    interfaces: plain,
    gateways: [],
    routes: [],
    sysctls: { profile: role, set: {}, ...sysctls },
    nat: NO_NAT,
    firewall: { defaults: { ...ALLOW_ALL, ...defaults }, rules: rules.map(aRule) },
    path: '',
    ...rest,
  }
}

function readInterface(text: string): Interface {
  const [name = '', on = '', link = '', ...addresses] = text.split(' ')
  if (on !== 'on') throw new Error(`write "eth0 on lan ...", not ${text}`)
  const given = addresses.filter((address) => address !== 'none')
  return { name, link, addresses: addresses.length === 0 ? 'auto' : given, dad: false, path: '' }
}

function aRule(wish: Partial<FirewallRule>): FirewallRule {
  return {
    action: 'allow',
    direction: 'in',
    from: [],
    to: [],
    sourcePorts: [],
    ports: [],
    states: [],
    path: '',
    ...wish,
  }
}

export function aSwitch(name: string, ...subnets: string[]): Switch {
  return { name, subnets, mtuBytes: 1500, stp: false, path: '' }
}

export function aLink(name: string, wish: Partial<Link> = {}): Link {
  return { name, subnets: [], mtuBytes: 1500, path: '', ...wish }
}

export function anUplink(name: string, link: string, wish: Partial<Uplink> = {}): Uplink {
  return { name, link, address: 'auto', allow: [], path: '', ...wish }
}

export function via(next: string, family: 4 | 6 = 4): Via {
  const isAddress = next.includes('.') || next.includes(':')
  return {
    family,
    via: isAddress ? { kind: 'address', address: next } : { kind: 'member', member: next },
    path: '',
  }
}

/** Fills in every path, as the parser does: `hosts[0].interfaces[0]`. */
export function aSpec(wish: Partial<LabSpec>): LabSpec {
  const counters = { host: 0, router: 0 }
  return {
    name: wish.name ?? 'lab',
    labels: {},
    switches: (wish.switches ?? []).map((it, k) => ({ ...it, path: `switches[${k}]` })),
    links: (wish.links ?? []).map((it, k) => ({ ...it, path: `links[${k}]` })),
    members: (wish.members ?? []).map((it) => withPaths(it, `${it.role}s[${counters[it.role]++}]`)),
    uplinks: (wish.uplinks ?? []).map((it, k) => ({ ...it, path: `uplinks[${k}]` })),
  }
}

function withPaths(member: Member, path: string): Member {
  const at = <T extends object>(list: readonly T[], under: string) =>
    list.map((it, k) => ({ ...it, path: `${path}.${under}[${k}]` }))
  const { nat, firewall } = member
  return {
    ...member,
    path,
    interfaces: at(member.interfaces, 'interfaces'),
    gateways: at(member.gateways, 'gateways'),
    routes: at(member.routes, 'routes'),
    nat: {
      masquerade: at(nat.masquerade, 'nat.masquerade'),
      snat: at(nat.snat, 'nat.snat'),
      forward: at(nat.forward, 'nat.forward'),
      oneToOne: at(nat.oneToOne, 'nat.oneToOne'),
    },
    firewall: { ...firewall, rules: at(firewall.rules, 'firewall.rules') },
  }
}

/** N hosts on one switch, with addresses of their own. */
export function aStar(hosts: number): LabSpec {
  return aSpec({
    switches: [aSwitch('lan', '10.0.0.0/16')],
    members: Array.from({ length: hosts }, (_, k) =>
      aHost(`h${k}`, { at: ['eth0 on lan'], gateways: [via('10.0.0.1')] }),
    ),
  })
}

/** One of everything that can be planned. */
export function aFullSpec(): LabSpec {
  const path = ''
  return aSpec({
    name: 'everything',
    switches: [
      aSwitch('lan', '192.0.2.0/24', '2001:db8:1::/64'),
      { ...aSwitch('tree', '198.18.0.0/24'), mtuBytes: 9000 },
      aSwitch('empty'),
    ],
    links: [aLink('wan', { subnets: ['203.0.113.0/24'], mtuBytes: 1400 }), aLink('loop')],
    members: [
      aHost('client', { at: ['eth0 on lan'], gateways: [via('edge'), via('edge', 6)] }),
      aHost('isp', { at: ['eth0 on wan'], interfaces: [{ mtuBytes: 1450 }] }),
      aHost('a-member-with-a-long-name', {
        at: ['eth0 on lan', 'eth1 on lan none', 'eth2 on tree', 'l0 on loop', 'l1 on loop'],
        defaults: { in: 'deny', out: 'deny' },
        rules: [
          { protocol: 'tcp', ports: [{ first: 80, last: 80 }], from: ['10.0.0.0/8', '2001:db8::/32'] },
          { direction: 'out', protocol: 'icmp' },
          { direction: 'out', protocol: 'icmpv6', states: ['new'] },
          { action: 'reject', protocol: 'udp', sourcePorts: [{ first: 1024, last: 65_535 }] },
        ],
        sysctls: { set: { 'net.ipv4.ip_default_ttl': '32' } },
      }),
      aRouter('edge', {
        at: ['lan0 on lan 192.0.2.1/24 2001:db8:1::1/64', 'wan0 on wan'],
        routes: [
          { to: '10.9.0.0/16', target: { kind: 'blackhole' }, path },
          { to: '10.10.0.0/16', target: { kind: 'unreachable' }, metric: 7, path },
          { to: '2001:db8:bad::/48', target: { kind: 'prohibit' }, path },
          { to: '2001:db8:9::/48', target: { kind: 'via', via: via('client', 6) }, path },
          { to: '198.51.100.7/32', target: { kind: 'interface', interface: 'wan0' }, path },
          { to: '198.51.100.128/25', target: { kind: 'via', via: via('198.51.100.7') }, metric: 20, path },
        ],
        defaults: { forward: 'deny' },
        rules: [{ direction: 'forward', inInterface: 'lan0' }],
        nat: {
          masquerade: [{ out: 'wan0', path }],
          snat: [{ out: 'wan0', source: '192.0.2.128/25', to: '203.0.113.9', path }],
          forward: [
            { in: 'wan0', protocol: 'tcp', port: { first: 8080, last: 8080 }, to: '192.0.2.2', toPort: 80, path },
            { in: 'wan0', protocol: 'udp', port: { first: 5000, last: 5010 }, to: '192.0.2.2', path },
          ],
          oneToOne: [{ on: 'wan0', outside: '203.0.113.10', inside: '192.0.2.20', path }],
        },
      }),
      aRouter('strict', { at: ['lan0 on lan', 't0 on tree'], sysctls: { profile: 'strict' } }),
    ],
    uplinks: [anUplink('out', 'lan', { allow: ['198.51.100.0/24'] }), anUplink('out-too', 'tree')],
  })
}
