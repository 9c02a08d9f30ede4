/** What Linux must hold for a lab, as data. Devices are known by namespace and name; every object has one key. */

/** Kernel name of a network namespace, as in `ip netns list`: `nl<8 hex>-<n>`. */
export type NamespaceName = string

/** The host's own network namespace. Only uplinks put objects there. */
export const HOST_NAMESPACE = '@host'

export type NamespaceObject = {
  readonly kind: 'namespace'
  readonly name: NamespaceName
  /** Where present, the namespace is made inside a user namespace of its own with this range of 65,536 uids and gids. */
  readonly userNamespace?: { readonly firstUid: number }
}

/** All sysctls of one namespace; they are written before any device exists, so that `default` values are inherited. */
export type SysctlsObject = {
  readonly kind: 'sysctls'
  readonly namespace: NamespaceName
  /** Dotted key to value, e.g. `net.ipv4.ip_forward` to `1`. */
  readonly values: Readonly<Record<string, string>>
}

/** `lo` raised; the kernel then adds 127.0.0.1/8 and, where IPv6 is on, ::1/128. */
export type LoopbackObject = { readonly kind: 'loopback'; readonly namespace: NamespaceName }

/**
 * Index of the first device of a namespace besides `lo`. Not 2: where modules such as ipip, gre or sit are loaded, the
 * kernel itself puts up to nine fallback devices (`tunl0`, `gre0`, `sit0` …) into every new namespace, from index 2 on.
 */
export const FIRST_INDEX = 16

export type BridgeObject = {
  readonly kind: 'bridge'
  readonly namespace: NamespaceName
  readonly device: string
  /** Interface index, chosen by the planner: FIRST_INDEX and up in each namespace. */
  readonly index: number
  readonly mac: string
  readonly mtuBytes: number
  readonly stp: boolean
}

export type VethEnd = {
  readonly namespace: NamespaceName
  readonly device: string
  /** 0 leaves the choice to the kernel (only in the host's namespace). */
  readonly index: number
  readonly mac: string
  /** Bridge of the same namespace that this end is a member of. */
  readonly bridge?: string
  /** Present only where this end's MTU is not the veth's (a cable whose two ends were given different ones). */
  readonly mtuBytes?: number
}

/** Both ends are made in place with final names and MACs, and are up. The first end's namespace sends the message. */
export type VethObject = {
  readonly kind: 'veth'
  readonly ends: readonly [VethEnd, VethEnd]
  readonly mtuBytes: number
}

export type AddressObject = {
  readonly kind: 'address'
  readonly namespace: NamespaceName
  readonly device: string
  /** With prefix length and host bits: `192.0.2.10/24`, `2001:db8::a/64`. */
  readonly address: string
  readonly dad: boolean
}

export type RouteObject = {
  readonly kind: 'route'
  readonly namespace: NamespaceName
  /** Host bits zero; default is `0.0.0.0/0` or `::/0`. */
  readonly to: string
  readonly target:
    | { readonly kind: 'via'; readonly address: string; readonly device: string }
    | { readonly kind: 'device'; readonly device: string }
    | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' }
  /** 0 is the kernel's default: 0 for IPv4, 1024 for IPv6. */
  readonly metric: number
}

export type NetemObject = {
  readonly kind: 'netem'
  readonly namespace: NamespaceName
  readonly device: string
  readonly delayMs: number
  readonly jitterMs: number
  readonly lossPercent: number
  readonly rateKbit: number
}

/** One table of ours in one namespace, loaded whole in one transaction. */
export type NftTableObject = {
  readonly kind: 'nft-table'
  readonly namespace: NamespaceName
  readonly family: 'ip' | 'ip6' | 'inet' | 'netdev'
  readonly name: string
  readonly chains: readonly NftChain[]
}

export type NftChain = {
  readonly name: string
  readonly hook?: {
    readonly type: 'filter' | 'nat'
    readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress'
    readonly priority: number
    readonly policy: 'accept' | 'drop'
    /** For `ingress` in family netdev. */
    readonly device?: string
  }
  readonly rules: readonly NftRule[]
}

/** Every rule counts packets and bytes and carries its origin as the comment, so that counters can be told apart. */
export type NftRule = {
  /** Spec path it serves, e.g. `routers[0].nat.masquerade[0]`; unique in the table together with its place. */
  readonly origin: string
  readonly match: readonly NftMatch[]
  readonly action: NftAction
}

export type NftMatch =
  | { readonly kind: 'in-device' | 'out-device'; readonly device: string }
  | {
      readonly kind: 'source' | 'destination'
      readonly family: 4 | 6
      readonly cidrs: readonly string[]
      readonly not?: boolean
    }
  | { readonly kind: 'protocol'; readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' }
  | {
      readonly kind: 'source-port' | 'destination-port'
      readonly protocol: 'tcp' | 'udp'
      readonly ports: readonly { readonly first: number; readonly last: number }[]
    }
  | { readonly kind: 'state'; readonly states: readonly ('new' | 'established' | 'related' | 'invalid')[] }
  | { readonly kind: 'icmp-type'; readonly family: 4 | 6; readonly type: 'echo-request' | 'neighbour-discovery' }
  | { readonly kind: 'source-mac'; readonly mac: string; readonly not?: boolean }
  | { readonly kind: 'arp-sender'; readonly mac: string; readonly address: string }
  | { readonly kind: 'ether-type'; readonly type: 'arp' | 'ip' | 'ip6' }
  | { readonly kind: 'destination-is-local' }
  | { readonly kind: 'rate-over'; readonly perSecond: number }

export type NftAction =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'masquerade' }
  | { readonly kind: 'snat'; readonly family: 4 | 6; readonly to: string }
  | { readonly kind: 'dnat'; readonly family: 4 | 6; readonly to: string; readonly port?: number }

export type KernelObject =
  | NamespaceObject
  | SysctlsObject
  | LoopbackObject
  | BridgeObject
  | VethObject
  | AddressObject
  | RouteObject
  | NetemObject
  | NftTableObject

export type ObjectKind = KernelObject['kind']
export type ObjectOf<K extends ObjectKind> = Extract<KernelObject, { kind: K }>

/** One entry of a plan. `origin` is the spec path it serves, e.g. `links[2]`. */
export type Step = { readonly object: KernelObject; readonly origin: string }

/**
 * What happens in which order; a step needs only steps of the same or earlier phases.
 * Rules come after the devices (a netdev hook names one that must exist) and before the first address: without one,
 * nothing is routed to or through a namespace, so no firewall and no uplink guard is ever late. Undone in reverse,
 * addresses go before rules, so none is gone too early either.
 */
export const PHASES = ['namespaces', 'sysctls', 'devices', 'rules', 'addresses', 'routes', 'qdiscs'] as const
export type Phase = (typeof PHASES)[number]

export const PHASE_OF = {
  namespace: 'namespaces',
  sysctls: 'sysctls',
  loopback: 'devices',
  bridge: 'devices',
  veth: 'devices',
  address: 'addresses',
  route: 'routes',
  netem: 'qdiscs',
  'nft-table': 'rules',
} as const satisfies Record<ObjectKind, Phase>

export type Plan = {
  /** Hosts, switches, routers and uplinks of the lab and where each lives. */
  readonly members: readonly PlannedMember[]
  /** In creation order: phase by phase, and inside a phase in document order. */
  readonly steps: readonly Step[]
}

export type PlannedMember = {
  readonly name: string
  readonly role: 'host' | 'router' | 'switch' | 'uplink'
  readonly namespace: NamespaceName
  readonly path: string
  /** Its devices with what they were given; for a switch the bridge and its ports. */
  readonly devices: readonly PlannedDevice[]
}

export type PlannedDevice = {
  readonly device: string
  readonly kind: 'veth' | 'bridge'
  readonly index: number
  readonly mac: string
  /** CIDR text with host bits, in order. */
  readonly addresses: readonly string[]
  /** Name of the switch or link it is attached to. */
  readonly link: string
}

/** The identity of an object: two objects with one key are the same thing. */
export function keyOf(object: KernelObject): string {
  switch (object.kind) {
    case 'namespace':
      return `namespace ${object.name}`
    case 'sysctls':
      return `sysctls ${object.namespace}`
    case 'loopback':
      return `loopback ${object.namespace}`
    case 'bridge':
      return `bridge ${object.namespace}:${object.device}`
    case 'veth':
      return `veth ${object.ends.map((end) => `${end.namespace}:${end.device}`).join(' -- ')}`
    case 'address':
      return `address ${object.namespace}:${object.device} ${object.address}`
    case 'route':
      return `route ${object.namespace} ${object.to}${object.metric ? ` metric ${object.metric}` : ''}`
    case 'netem':
      return `netem ${object.namespace}:${object.device}`
    case 'nft-table':
      return `nft-table ${object.namespace} ${object.family} ${object.name}`
  }
}
