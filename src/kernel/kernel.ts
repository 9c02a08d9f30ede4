import type { RefusalKind } from '../errors.ts'
import type { KernelObject, NamespaceName, Phase, Step } from '../plan/objects.ts'
import type { ObservedAddress, ObservedNamespace, ObservedRoute, ObserveField } from './observed.ts'

/**
 * The port to Linux. Two things stand behind it: the real kernel on a worker thread, and the fake of `npm run dev` and
 * the fast tests; both pass the same contract tests. Nothing here thinks about labs.
 */
export interface Kernel {
  /**
   * Creates the objects of `steps`, many to a batch, and stops at the first refusal. A step may need any step before it. The
   * order inside each namespace is kept; namespaces are worked through one after another where that is faster. Creates
   * only: an object that is there already is a refusal (`exists`) and is left alone. Undoing is the caller's.
   * @param onProgress called after each batch with the number of steps done so far and the phase reached
   */
  apply(steps: readonly Step[], options?: ApplyOptions): Promise<ApplyOutcome>

  /**
   * Takes `objects` away and answers when they are gone, verified in the kernel; what is absent already counts as gone.
   * Namespaces take along everything in them, so only objects of the host's namespace need naming besides.
   * Processes found in a namespace that does not die are killed: they belong to the lab.
   */
  remove(objects: readonly KernelObject[], options?: RemoveOptions): Promise<RemoveOutcome>

  /**
   * Reads namespaces as they are now. A namespace that is not there is answered with `exists: false`. In the host's own
   * (HOST_NAMESPACE) only the server's own nft tables are read.
   * @param sysctlKeys dotted keys to read where `sysctls` is asked for; those that a namespace lacks are left out
   */
  observe(
    namespaces: readonly NamespaceName[],
    fields: readonly ObserveField[],
    sysctlKeys?: readonly string[],
  ): Promise<readonly ObservedNamespace[]>

  /** Names under /run/netns that have the form of ours (`nl<8 hex>-<n>`), with whether each is a live namespace (nsfs). */
  listNamespaces(): Promise<readonly { readonly name: NamespaceName; readonly live: boolean }[]>

  /** Waits until every device of the namespaces that should carry traffic does: operstate UP, ports forwarding, no tentative address. */
  awaitReady(
    namespaces: readonly NamespaceName[],
    timeoutMs: number,
  ): Promise<{ readonly ready: boolean; readonly waitingFor: readonly string[] }>

  /** Probed once at start by trying, in a scratch namespace. */
  features(): Promise<readonly KernelFeature[]>

  /** Host-wide limits and how much of each is used now. */
  limits(): Promise<readonly HostLimit[]>

  /** The host's own IPv4 network as uplinks meet it, as it is now. */
  hostNetwork(): Promise<HostNetwork>

  /** Echo requests from one namespace to one address; `onEvent` is called as things happen. Ends early when `signal` aborts. */
  ping(request: PingRequest, onEvent: (event: PingEvent) => void, signal?: AbortSignal): Promise<void>

  /** One echo for every pair, all in flight at once. Answers in the order of `pairs`. */
  pingPairs(request: PingPairsRequest, signal?: AbortSignal): Promise<readonly PairAnswer[]>

  /** Ends the worker threads. Labs stay. */
  close(): Promise<void>
}

export type Progress = { readonly stepsDone: number; readonly phase: Phase }

export type ApplyOptions = {
  readonly onProgress?: (progress: Progress) => void
  readonly failpoint?: Failpoint
}

/** For tests: at the step of this index, before it is carried out, fail as if refused, or end the process by SIGKILL. */
export type Failpoint = { readonly step: number; readonly action: 'fail' | 'kill' }

export type RemoveOptions = { readonly failpoint?: Failpoint }

export type ApplyOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** Index of the refused step. Steps before it were carried out; later ones may have been too, but no namespace among them. */
      readonly step: number
      readonly refusal: RefusalKind
      /** errno name and the kernel's own words, for the log. */
      readonly detail: string
    }

/** `leftovers`: keys of objects that are still there, each with the reason for the log. */
export type RemoveOutcome = { readonly leftovers: readonly { readonly key: string; readonly detail: string }[] }

export type KernelFeature = {
  /** `user-namespaces`, `bridge`, `veth`, `vxlan`, `nft-nat`, `nft-netdev-ingress`, `netem`, `tbf`, `vlan`, … */
  readonly name: string
  readonly available: boolean
  /** What was tried and what the kernel answered, when it is absent. */
  readonly detail: string
}

export type HostLimit = {
  /** Sysctl or rlimit name, e.g. `user.max_net_namespaces`, `net.ipv4.neigh.default.gc_thresh3`, `RLIMIT_NOFILE`. */
  readonly name: string
  readonly limit: number
  /** -1 where the kernel does not tell. */
  readonly used: number
}

/** Without the devices of uplinks. What only policy routing tables hold is not in it. */
export type HostNetwork = {
  /** Sysctls that keep the host from forwarding between its devices and new ones; empty when it forwards. */
  readonly notForwarding: readonly string[]
  /** Both families, as everywhere. */
  readonly addresses: readonly ObservedAddress[]
  readonly routes: readonly ObservedRoute[]
  /**
   * Chains of other programs, as `ip filter FORWARD`, that drop what no rule of theirs lets pass. Those of the older
   * iptables (`iptables-legacy`) cannot be seen.
   */
  readonly droppingChains: readonly string[]
}

export type PingRequest = {
  readonly namespace: NamespaceName
  /** IPv4 or IPv6 text. */
  readonly destination: string
  /** Interface to send from, for link-local destinations. */
  readonly device?: string
  readonly count: number
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly payloadBytes: number
  readonly dontFragment: boolean
  /** 0: the namespace's default. */
  readonly ttl: number
}

export type PingEvent =
  | {
      readonly kind: 'reply'
      readonly sequence: number
      readonly from: string
      readonly ttl: number
      readonly bytes: number
      readonly rttMs: number
    }
  | { readonly kind: 'silence'; readonly sequence: number }
  /** An ICMP error about our echo, or a refusal to send (`local`). `reason` as in `net-unreachable`, `ttl-exceeded`, `fragmentation-needed`, `no-route`, `message-too-long`. */
  | {
      readonly kind: 'error'
      readonly sequence: number
      readonly from: string
      readonly reason: string
      readonly mtuBytes?: number
    }

export type PingPairsRequest = {
  readonly pairs: readonly { readonly namespace: NamespaceName; readonly destination: string }[]
  readonly timeoutMs: number
}

/** `rttMs` where it answered, else `reason`: `no-answer`, or one of the reasons of PingEvent. */
export type PairAnswer = { readonly rttMs: number } | { readonly reason: string }
