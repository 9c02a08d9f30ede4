import { ALLOWED_SYSCTLS, type SysctlForm } from '../../src/spec/sysctls.ts'
import type { Blueprint, MemberBlueprint, RuleBlueprint } from './arbitrary-spec.ts'

type Json = Record<string, unknown>
type Role = 'hosts' | 'routers'

/** A member while its document is built. */
type Draft = {
  readonly name: string
  readonly role: Role
  readonly wish: MemberBlueprint
  /** Number among all members, for addresses and MACs of its own. */
  readonly place: number
  readonly interfaces: { json: Json; families: string; network: number | undefined }[]
}

/**
 * Switch k has 10.k.0.0 and 2001:db8:k::/64, cable k 172.16.k.0 and 2001:db8:1000+k::/64. Given addresses end in 100 and
 * up; next hops by address end in 250 and up to 253, so that nobody has them.
 */
export function buildDocument(blueprint: Blueprint): Json {
  const { switches, hosts, routers, cables } = blueprint
  const drafts = [
    ...hosts.map((wish, k) => ({ role: 'hosts' as const, wish, name: wish.lateName ? `host-${k}-x` : `h${k}` })),
    ...routers.map((wish, k) => ({ role: 'routers' as const, wish, name: wish.lateName ? `router-${k}` : `r${k}` })),
  ].map((draft, place): Draft => ({ ...draft, place, interfaces: plugIn(draft.wish, place, blueprint) }))
  const links = cables.flatMap((_, k) => lay(k, blueprint, drafts))
  const membersOf = (role: Role) => drafts.filter((draft) => draft.role === role).map((draft) => finish(draft, drafts))
  return defined({
    name: blueprint.name,
    description: blueprint.description,
    labels: blueprint.labels,
    defaults: blueprint.mtu === undefined ? undefined : { mtu: blueprint.mtu },
    switches: switches.map(({ families, prefix, mtu, stp }, k) =>
      defined({
        name: `s${k}`,
        subnet: single(subnetsOf(families, `10.${k}.0.0/${prefix}`, `2001:db8:${k}::/64`)),
        mtu,
        stp,
      }),
    ),
    hosts: listed(membersOf('hosts')),
    routers: listed(membersOf('routers')),
    links: listed(links),
  })
}

function plugIn(wish: MemberBlueprint, place: number, { switches }: Blueprint): Draft['interfaces'] {
  const networks = [...new Set(wish.switches.map((k) => k % switches.length))]
  return networks.map((network, k) => {
    const families = wish.addressing === 'none' ? '' : (switches[network]?.families ?? '')
    const given = subnetsOf(
      families,
      `10.${network}.0.${100 + place}/24`,
      `2001:db8:${network}::${(100 + place).toString(16)}/64`,
    )
    const prefix = switches[network]?.prefix ?? 24
    const addresses = given.map((text) => (text.includes(':') ? text : text.replace('/24', `/${prefix}`)))
    const written = wish.addressing === 'auto' ? {} : addresses.length === 1 ? { address: addresses[0] } : { addresses }
    const rest = {
      mac: wish.mac ? `02:00:00:00:${hex(place)}:${hex(k)}` : undefined,
      mtu: wish.mtu,
      dad: wish.dad,
    }
    const isShort = wish.form === 'short' && networks.length === 1
    const json = defined({ name: `eth${k}`, link: `s${network}`, ...written, ...(isShort ? {} : rest) })
    return { json, families, network }
  })
}

/** A cable between two members, if there are two. Its interfaces are listed, named by its ends, or both. */
function lay(k: number, { cables, netem }: Blueprint, drafts: readonly Draft[]): readonly Json[] {
  const cable = cables[k]
  const left = drafts[(cable?.members[0] ?? 0) % Math.max(drafts.length, 1)]
  const others = drafts.filter((draft) => draft !== left)
  const right = others[(cable?.members[1] ?? 0) % Math.max(others.length, 1)]
  if (cable === undefined || left === undefined || right === undefined) return []
  const six = `2001:db8:${(0x1000 + k).toString(16)}::`
  const subnets = subnetsOf(cable.families, `172.16.${k}.0/${cable.tiny ? 31 : 30}`, `${six}/${cable.tiny ? 127 : 64}`)
  for (const draft of [left, right]) {
    const json = { name: `p${k}`, ...(cable.form === 'both' ? {} : { link: `c${k}` }) }
    const isListed = cable.form !== 'ends'
    draft.interfaces.push({ json: isListed ? json : {}, families: cable.families, network: undefined })
  }
  return [
    defined({
      name: `c${k}`,
      ends: cable.form === 'listed' ? undefined : [`${left.name}:p${k}`, `${right.name}:p${k}`],
      subnet: single(subnets),
      mtu: cable.mtu,
      ...(netem ? { delay: cable.delay, loss: cable.loss, rate: cable.rate } : { delay: cable.delay && '0ms' }),
    }),
  ]
}

function finish(draft: Draft, drafts: readonly Draft[]): Json {
  const { name, role, wish, interfaces } = draft
  const written = interfaces.map(({ json }) => json).filter((json) => Object.keys(json).length > 0)
  const [only] = written
  const isPlain =
    only !== undefined &&
    only.name === 'eth0' &&
    Object.keys(only).every((key) => ['name', 'link', 'address'].includes(key))
  const plug =
    written.length === 1 && isPlain && wish.form === 'short'
      ? { link: only.link, address: only.address }
      : { interfaces: written.length === 0 ? undefined : written }
  return defined({
    name,
    ...plug,
    ...gatewayOf(draft, drafts),
    routes: listed(wish.routes.flatMap((kind, k) => routeOf(draft, kind, k))),
    sysctls: sysctlsOf(wish),
    firewall: firewallOf(draft),
    nat: role === 'routers' ? natOf(draft, drafts) : undefined,
  })
}

function gatewayOf({ wish, interfaces, name }: Draft, drafts: readonly Draft[]): Json {
  const [first] = interfaces.filter(({ families, network }) => families !== '' && network !== undefined)
  if (first?.network === undefined || wish.gateway === 'none') return {}
  const hops = subnetsOf(
    first.families,
    `10.${first.network}.0.${120 + (first.network % 3)}`,
    `2001:db8:${first.network}::ffff`,
  )
  if (wish.gateway === 'address') return { gateway: hops[0] }
  if (wish.gateway === 'addresses') return { gateways: hops }
  const router = drafts.find(
    (other) =>
      other.role === 'routers' &&
      other.name !== name &&
      other.interfaces.some(({ network, families }) => network === first.network && families !== ''),
  )
  return router === undefined ? {} : { gateway: router.name }
}

function routeOf({ wish, interfaces }: Draft, kind: MemberBlueprint['routes'][number], k: number): readonly Json[] {
  const speaks = (family: string) =>
    interfaces.find(({ families, network }) => families.includes(family) && network !== undefined)
  const family = wish.six && speaks('6') !== undefined ? '6' : '4'
  const to = family === '6' ? `2001:db8:f${k}::/48` : `198.18.${k}.0/24`
  if (kind !== 'via' && kind !== 'interface')
    return [defined({ to, type: kind, metric: k % 2 === 0 ? undefined : 10 * k })]
  const plug = speaks(family)
  if (plug?.network === undefined) return []
  if (kind === 'interface') return [{ to, interface: plug.json.name }]
  return [{ to, via: family === '6' ? `2001:db8:${plug.network}::fffe` : `10.${plug.network}.0.125` }]
}

function sysctlsOf({ profile, sysctls }: MemberBlueprint): Json | undefined {
  const set = sysctls.map(([key, seed, asText]) => {
    const value = sysctlValue(ALLOWED_SYSCTLS.get(key) ?? { kind: 'number', min: 0, max: 0, step: 1 }, seed)
    return [key, asText ? String(value) : value]
  })
  if (profile === undefined && set.length === 0) return undefined
  return defined({ profile, set: set.length === 0 ? undefined : Object.fromEntries(set) })
}

function sysctlValue(form: SysctlForm, seed: number): number | string {
  const { kind, min, max } = form
  const one = min + (seed % (max - min + 1))
  if (kind === 'number') return one - (one % form.step)
  return kind === 'range' ? `${min} ${Math.max(one, min + 1)}` : `${min} ${one} ${max}`
}

function firewallOf({ wish, interfaces }: Draft): Json | undefined {
  if (wish.defaults === undefined && wish.rules.length === 0) return undefined
  const device = interfaces.find(({ json }) => json.name !== undefined)?.json.name
  return defined({ defaults: wish.defaults, rules: listed(wish.rules.map((rule) => ruleOf(rule, device))) })
}

function ruleOf(rule: RuleBlueprint, device: unknown): Json {
  const { action, direction, protocol, addresses, states } = rule
  const six = protocol === 'icmpv6' || (rule.six && protocol !== 'icmp')
  const hasPorts = rule.ports.length > 0 && protocol !== 'icmp' && protocol !== 'icmpv6'
  const device4 = rule.interfaces ? device : undefined
  return defined({
    action,
    direction,
    protocol,
    ports: hasPorts ? single(rule.ports) : undefined,
    from:
      addresses === 'from' || addresses === 'both' ? (six ? '2001:db8::/32' : ['10.0.0.0/8', '192.0.2.1']) : undefined,
    to:
      addresses === 'to' || addresses === 'both'
        ? six
          ? ['2001:db8::/48', '2001:db8:1::1']
          : '10.0.0.0/9'
        : undefined,
    state: states.length === 0 ? undefined : single(states),
    inInterface: direction === 'out' ? undefined : device4,
    outInterface: direction === 'out' ? device4 : undefined,
  })
}

function natOf({ wish, interfaces, place }: Draft, drafts: readonly Draft[]): Json | undefined {
  const device = interfaces.find(({ json }) => json.name !== undefined)?.json.name
  if (device === undefined || wish.nat.length === 0) return undefined
  const times = Array.from({ length: wish.translations }, (_, k) => k)
  const target = drafts.find((draft) => draft.interfaces.some(({ families }) => families.includes('4')))
  const outside = (k: number) => `203.0.113.${place * 8 + k}`
  const kinds = {
    masquerade: times.slice(0, 1).map(() => defined({ out: device, source: wish.six ? '10.0.0.0/8' : undefined })),
    snat: times.map((k) => ({ out: device, source: `10.200.${k}.0/24`, to: outside(k + 1) })),
    forward: times.map((k) => {
      const to = k === 0 && target !== undefined ? `${target.name}:80` : `10.0.0.9${k % 2 === 0 ? '' : ':8080'}`
      return defined({
        in: device,
        protocol: k === 1 ? 'udp' : undefined,
        port: k === 2 ? '9000-9010' : 8000 + k,
        to: k === 2 ? '10.0.0.9' : to,
      })
    }),
    oneToOne: times.map((k) => ({ on: device, outside: outside(k + 4), inside: `10.0.1.${200 + k}` })),
  }
  return Object.fromEntries(wish.nat.map((kind) => [kind, kinds[kind]]))
}

function subnetsOf(families: string, four: string, six: string): string[] {
  return families.split('').map((family) => (family === '4' ? four : six))
}

function single<T>(list: readonly T[]): T | readonly T[] | undefined {
  return list.length === 1 ? list[0] : list
}

function listed<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

/** Without the fields that are undefined, as JSON would have it. */
function defined(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}
