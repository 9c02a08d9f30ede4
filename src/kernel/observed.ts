/** The kernel as it was read, free of our own plans. Names set by students are data: any bytes, controls replaced by U+FFFD. */

export const OBSERVE_FIELDS = [
  'devices',
  'addresses',
  'routes',
  'neighbours',
  'fdb',
  'qdiscs',
  'rules',
  'sysctls',
  'conntrack',
] as const
export type ObserveField = (typeof OBSERVE_FIELDS)[number]

/** A field that was not asked for is an empty list. */
export type ObservedNamespace = {
  readonly namespace: string
  readonly exists: boolean
  readonly devices: readonly ObservedDevice[]
  readonly addresses: readonly ObservedAddress[]
  /** Main table, and for each family the routes people see in `ip route`; without local and broadcast routes. */
  readonly routes: readonly ObservedRoute[]
  readonly neighbours: readonly ObservedNeighbour[]
  readonly fdb: readonly ObservedFdbEntry[]
  readonly qdiscs: readonly ObservedQdisc[]
  readonly tables: readonly ObservedTable[]
  /** Dotted key to value, for the keys that labs set. */
  readonly sysctls: Readonly<Record<string, string>>
  readonly conntrack: readonly ObservedFlow[]
  /** Fields that were asked for and are not whole: too long, changing all the while, or refused by the kernel. */
  readonly incomplete?: readonly ObserveField[]
}

export type ObservedDevice = {
  readonly index: number
  readonly device: string
  /** `loopback`, `veth`, `bridge`, or what IFLA_INFO_KIND says. */
  readonly kind: string
  readonly up: boolean
  /** RFC 2863 state in lower case: `up`, `down`, `lowerlayerdown`, `unknown` … */
  readonly operstate: string
  readonly mtuBytes: number
  readonly mac: string
  /** Name of the bridge it is a member of, else ''. */
  readonly bridge: string
  /** `disabled`, `blocking`, `listening`, `learning`, `forwarding`; '' when not a port. */
  readonly portState: string
  readonly hairpin: boolean
  /** For a bridge. */
  readonly stp: boolean
  /** Index of the other end of a veth in its namespace, else 0. */
  readonly peerIndex: number
  readonly rxPackets: number
  readonly txPackets: number
  readonly rxBytes: number
  readonly txBytes: number
  readonly rxDropped: number
  readonly txDropped: number
}

export type ObservedAddress = {
  readonly device: string
  readonly address: string
  /** `global`, `link`, `host`, `site`, `nowhere`. */
  readonly scope: string
  /** `tentative`, `dadfailed`, `permanent`, `secondary`, `nodad` … */
  readonly flags: readonly string[]
}

export type ObservedRoute = {
  readonly to: string
  /** `unicast`, `blackhole`, `unreachable`, `prohibit`. */
  readonly type: string
  readonly via: string
  readonly device: string
  readonly metric: number
  /** `kernel`, `boot`, `static`, `ra` … or the number. */
  readonly protocol: string
  readonly scope: string
  readonly source: string
}

export type ObservedNeighbour = {
  readonly device: string
  readonly address: string
  readonly mac: string
  readonly states: readonly string[]
}

export type ObservedFdbEntry = {
  readonly device: string
  readonly mac: string
  readonly states: readonly string[]
  readonly destination: string
}

export type ObservedQdisc = {
  readonly device: string
  readonly kind: string
  readonly handle: string
  readonly parent: string
  readonly options: Readonly<Record<string, number>>
}

export type ObservedTable = {
  readonly family: string
  readonly name: string
  readonly chains: readonly ObservedChain[]
}

export type ObservedChain = {
  readonly name: string
  /** '' for a chain without a hook. */
  readonly type: string
  readonly hook: string
  readonly priority: number
  readonly policy: string
  readonly rules: readonly ObservedRule[]
}

export type ObservedRule = {
  readonly handle: number
  /** The comment; for our rules the spec path. */
  readonly comment: string
  /** The rule in nft's own JSON, canonical: keys sorted, counters' values and handles left out. */
  readonly expression: string
  /** The rule as people read it, e.g. `oifname "wan0" masquerade`. */
  readonly text: string
  readonly packets: number
  readonly bytes: number
}

export type ObservedFlow = {
  readonly protocol: string
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
  readonly replySource: string
  readonly replyDestination: string
  readonly replySourcePort: number
  readonly replyDestinationPort: number
  /** `established`, `syn-sent` …; '' for protocols without one. */
  readonly state: string
  /** `seen-reply`, `assured`, `snat`, `dnat` … */
  readonly status: readonly string[]
  readonly timeoutSeconds: number
}
