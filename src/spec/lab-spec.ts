/**
 * A validated wish. `parseSpec` is the only maker of these values; every name in them is checked, every reference
 * resolves and every address is in canonical text form. Short forms of the document are already written out.
 * Order is the document's order everywhere: automatic addresses and kernel names follow it.
 */
export type LabSpec = {
  readonly name: string
  readonly description?: string
  readonly labels: Readonly<Record<string, string>>
  readonly switches: readonly Switch[]
  readonly links: readonly Link[]
  /** Hosts and routers together, in the order hosts, then routers. */
  readonly members: readonly Member[]
  readonly uplinks: readonly Uplink[]
}

/** A bridge in a network namespace of its own. */
export type Switch = {
  readonly name: string
  /** Subnets from which interfaces without an address get one: at most one IPv4 and one IPv6. CIDR text, host bits zero. */
  readonly subnets: readonly string[]
  readonly mtuBytes: number
  readonly stp: boolean
  readonly path: string
}

/** A point-to-point cable. Its two ends are the two member interfaces whose `link` is this link's name. */
export type Link = {
  readonly name: string
  readonly subnets: readonly string[]
  readonly mtuBytes: number
  readonly impairment?: Impairment
  readonly path: string
}

/** Applied on egress of both ends. Needs a kernel with the qdisc `netem`. */
export type Impairment = {
  readonly delayMs?: number
  readonly jitterMs?: number
  readonly lossPercent?: number
  readonly rateKbit?: number
}

export type Member = {
  readonly role: 'host' | 'router'
  readonly name: string
  readonly interfaces: readonly Interface[]
  /** Default routes, at most one for each family. */
  readonly gateways: readonly Via[]
  readonly routes: readonly StaticRoute[]
  readonly sysctls: SysctlWish
  readonly nat: Nat
  readonly firewall: Firewall
  /** Spec path, e.g. `hosts[0]`: the origin of every object planned for it. */
  readonly path: string
}

export type Interface = {
  readonly name: string
  /** Name of a switch or a link. */
  readonly link: string
  /** Given addresses as CIDR text with host bits (`192.0.2.10/24`), in document order; 'auto': one from each subnet of the link. */
  readonly addresses: readonly string[] | 'auto'
  /** Lower-case `aa:bb:cc:dd:ee:ff`; absent: derived from the first IPv4 address or from the name. */
  readonly mac?: string
  /** Absent: the link's. */
  readonly mtuBytes?: number
  /** Duplicate address detection (RFC 4862) for IPv6; off unless asked for. */
  readonly dad: boolean
  readonly path: string
}

/** A next hop: an address, or a member's name, which stands for that member's address on a shared link. */
export type Via = {
  readonly family: 4 | 6
  readonly via:
    | { readonly kind: 'address'; readonly address: string }
    | { readonly kind: 'member'; readonly member: string }
  readonly path: string
}

export type StaticRoute = {
  /** CIDR text, host bits zero; `0.0.0.0/0` and `::/0` for default. */
  readonly to: string
  readonly target:
    | { readonly kind: 'via'; readonly via: Via }
    | { readonly kind: 'interface'; readonly interface: string }
    | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' }
  readonly metric?: number
  readonly path: string
}

export type SysctlWish = {
  readonly profile: SysctlProfile
  /** Further keys in dotted form, from the allow-list in spec/sysctls.ts. */
  readonly set: Readonly<Record<string, string>>
}

/** What each profile sets is written in plan/sysctls.ts and docs/lab-spec.md. */
export type SysctlProfile = 'host' | 'router' | 'strict'

/** Address translation of a member that forwards (RFC 3022). Interface names are the member's own. */
export type Nat = {
  readonly masquerade: readonly { readonly out: string; readonly source?: string; readonly path: string }[]
  readonly snat: readonly {
    readonly out: string
    readonly source?: string
    readonly to: string
    readonly path: string
  }[]
  /** DNAT of one port or range; `toPort` absent keeps the port. */
  readonly forward: readonly {
    readonly in: string
    readonly protocol: 'tcp' | 'udp'
    /** Absent: any address of the router. */
    readonly destination?: string
    readonly port: PortRange
    readonly to: string
    readonly toPort?: number
    readonly path: string
  }[]
  /** Static one-to-one: `outside` is answered for on interface `on` and stands for `inside`, both ways. */
  readonly oneToOne: readonly {
    readonly on: string
    readonly outside: string
    readonly inside: string
    readonly path: string
  }[]
}

export type PortRange = { readonly first: number; readonly last: number }

export type Firewall = {
  /** What happens to packets that no rule decides. */
  readonly defaults: Readonly<Record<Direction, 'allow' | 'deny'>>
  /** Ordered: the first rule that fits decides. */
  readonly rules: readonly FirewallRule[]
}

/** `in`: to this member, `out`: from this member, `forward`: through it. */
export type Direction = 'in' | 'out' | 'forward'

export type FirewallRule = {
  readonly action: 'allow' | 'deny' | 'reject'
  readonly direction: Direction
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6'
  readonly sourcePorts: readonly PortRange[]
  readonly ports: readonly PortRange[]
  readonly states: readonly ('new' | 'established' | 'related' | 'invalid')[]
  readonly inInterface?: string
  readonly outInterface?: string
  readonly path: string
}

/** A way to the outside, only where the operator's config allows it: a guarded gateway namespace on `link`. */
export type Uplink = {
  readonly name: string
  /** The switch it stands on. */
  readonly link: string
  /** The gateway's IPv4 address on that switch as CIDR text; the word `auto` takes one from the switch's subnet. */
  readonly address: string
  /** Destinations that may be reached; empty: all but the deny-list of docs/security.md. */
  readonly allow: readonly string[]
  readonly path: string
}
