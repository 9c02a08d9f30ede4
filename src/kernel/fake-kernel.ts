import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { LabError, type RefusalKind } from '../errors.ts'
import { type Ip, parseIp } from '../net/ip.ts'
import { HOST_NAMESPACE, type KernelObject, keyOf, type NamespaceName, PHASE_OF, type Step } from '../plan/objects.ts'
import { FakeHost, FakeRefusal } from './fake/fake-host.ts'
import { observeFake } from './fake/fake-observe.ts'
import { reach } from './fake/fake-reach.ts'
import type {
  ApplyOptions,
  ApplyOutcome,
  HostLimit,
  HostNetwork,
  Kernel,
  KernelFeature,
  PairAnswer,
  PingEvent,
  PingPairsRequest,
  PingRequest,
  RemoveOptions,
  RemoveOutcome,
} from './kernel.ts'
import { KernelError } from './kernel-error.ts'
import type { ObservedNamespace, ObserveField } from './observed.ts'

const ENOENT = 2
const EINVAL = 22
const RTT_MS = 0.05
const ICMP_HEADER_BYTES = 8
const ROOMY = 1_000_000_000

export type FakeKernelOptions = {
  /** Keys of objects that are refused when they are to be created. */
  readonly refuses?: string | readonly string[]
  readonly refusal?: RefusalKind
  /** Keys of objects that cannot be removed. */
  readonly keeps?: readonly string[]
  readonly missingFeatures?: readonly string[]
  /** Instead of a host that forwards and has no network of its own. */
  readonly hostNetwork?: Partial<HostNetwork>
}

const FEATURES = [
  'libnftables',
  'user-namespaces',
  'bridge',
  'veth',
  'ipv6',
  'netem',
  'tbf',
  'nft-filter',
  'nft-nat',
  'nft-nat6',
  'nft-reject',
  'nft-conntrack',
  'nft-netdev-ingress',
  'conntrack',
]

/**
 * An imitation of the kernel in memory, for trying the API without root and for fast tests. It passes the same contract tests as
 * the real one (test/support/kernel-contract.ts); nothing is sent over any wire.
 */
export class FakeKernel implements Kernel {
  private readonly host = new FakeHost()
  private readonly refused: ReadonlySet<string>
  private readonly kept: ReadonlySet<string>
  private readonly options: FakeKernelOptions

  constructor(options: FakeKernelOptions = {}) {
    this.options = options
    this.refused = new Set([options.refuses ?? []].flat())
    this.kept = new Set(options.keeps)
  }

  async apply(steps: readonly Step[], { onProgress, failpoint }: ApplyOptions = {}): Promise<ApplyOutcome> {
    for (const [step, { object }] of steps.entries()) {
      const phase = PHASE_OF[object.kind]
      const before = steps[step - 1]
      if (before !== undefined && PHASE_OF[before.object.kind] !== phase) {
        onProgress?.({ stepsDone: step, phase: PHASE_OF[before.object.kind] })
        await nextTurn()
      }
      if (failpoint?.step === step) {
        if (failpoint.action === 'kill') process.kill(process.pid, 'SIGKILL')
        return { ok: false, step, refusal: 'failed', detail: 'failpoint' }
      }
      const refusal = this.put(object)
      if (refusal !== undefined) return { ok: false, step, refusal: refusal.refusal, detail: refusal.message }
    }
    const last = steps.at(-1)
    if (last !== undefined) onProgress?.({ stepsDone: steps.length, phase: PHASE_OF[last.object.kind] })
    return { ok: true }
  }

  private put(object: KernelObject): FakeRefusal | undefined {
    if (this.refused.has(keyOf(object))) return new FakeRefusal(this.options.refusal ?? 'failed', 'as the test wished')
    try {
      this.host.put(object)
      return undefined
    } catch (error) {
      if (error instanceof FakeRefusal) return error
      throw error
    }
  }

  async remove(objects: readonly KernelObject[], { failpoint }: RemoveOptions = {}): Promise<RemoveOutcome> {
    await nextTurn()
    const leftovers: { readonly key: string; readonly detail: string }[] = []
    for (const [step, object] of objects.entries()) {
      const reached = failpoint === undefined || step < failpoint.step
      if (failpoint?.step === step && failpoint.action === 'kill') process.kill(process.pid, 'SIGKILL')
      if (!reached) leftovers.push({ key: keyOf(object), detail: 'failpoint' })
      else if (this.kept.has(keyOf(object))) leftovers.push({ key: keyOf(object), detail: 'held, as the test wished' })
      else this.host.drop(object)
    }
    return { leftovers }
  }

  async observe(
    namespaces: readonly NamespaceName[],
    fields: readonly ObserveField[],
    sysctlKeys: readonly string[] = [],
  ): Promise<readonly ObservedNamespace[]> {
    const wanted = new Set(fields)
    return namespaces.map((namespace) => observeFake(this.host, namespace, wanted, sysctlKeys))
  }

  async listNamespaces(): Promise<readonly { readonly name: NamespaceName; readonly live: boolean }[]> {
    return this.names().map((name) => ({ name, live: true }))
  }

  async awaitReady(
    namespaces: readonly NamespaceName[],
  ): Promise<{ readonly ready: boolean; readonly waitingFor: readonly string[] }> {
    const absent = namespaces.filter((namespace) => !this.host.namespaces.has(namespace))
    return { ready: absent.length === 0, waitingFor: absent.map((namespace) => `${namespace} is not there`) }
  }

  async features(): Promise<readonly KernelFeature[]> {
    const missing = new Set(this.options.missingFeatures)
    return [...new Set([...FEATURES, ...missing])].map((name) => ({
      name,
      available: !missing.has(name),
      detail: missing.has(name) ? 'imitated absence' : '',
    }))
  }

  async limits(): Promise<readonly HostLimit[]> {
    return [
      { name: 'user.max_net_namespaces', limit: ROOMY, used: -1 },
      { name: 'net.ipv4.neigh.default.gc_thresh3', limit: ROOMY, used: 0 },
      { name: 'net.ipv6.neigh.default.gc_thresh3', limit: ROOMY, used: 0 },
    ]
  }

  async hostNetwork(): Promise<HostNetwork> {
    return { notForwarding: [], addresses: [], routes: [], droppingChains: [], ...this.options.hostNetwork }
  }

  async ping(request: PingRequest, onEvent: (event: PingEvent) => void, signal?: AbortSignal): Promise<void> {
    const destination = addressOf(request.destination)
    if (!this.host.namespaces.has(request.namespace))
      throw new KernelError(ENOENT, `open namespace ${request.namespace}`)
    for (let sequence = 1; sequence <= request.count; sequence += 1) {
      // As a wire does: nobody hears of a reply in the moment of asking.
      await nextTurn()
      if (signal?.aborted) return
      onEvent(this.echo(request, destination, sequence))
      if (sequence < request.count)
        await wait(request.intervalMs, undefined, signal && { signal }).catch(() => undefined)
    }
  }

  private echo(request: PingRequest, destination: Ip, sequence: number): PingEvent {
    const reached = reach(this.host, request.namespace, destination, request.ttl)
    switch (reached.kind) {
      case 'reply': {
        const bytes = request.payloadBytes + ICMP_HEADER_BYTES
        return { kind: 'reply', sequence, from: request.destination, ttl: reached.ttl, bytes, rttMs: RTT_MS }
      }
      case 'silence':
        return { kind: 'silence', sequence }
      case 'error':
        return { ...reached, sequence }
    }
  }

  async pingPairs({ pairs }: PingPairsRequest, signal?: AbortSignal): Promise<readonly PairAnswer[]> {
    await nextTurn()
    if (signal?.aborted) throw new LabError({ kind: 'cancelled' })
    return pairs.map(({ namespace, destination }) => {
      if (!this.host.namespaces.has(namespace)) return { reason: 'sender-gone' }
      const reached = reach(this.host, namespace, addressOf(destination), 0)
      if (reached.kind === 'reply') return { rttMs: RTT_MS }
      return { reason: reached.kind === 'silence' ? 'no-answer' : reached.reason }
    })
  }

  async close(): Promise<void> {}

  /** Everything that is there, one line each, '' when nothing is; for tests. */
  dump(): string {
    return this.names().join('\n')
  }

  private names(): readonly NamespaceName[] {
    return [...this.host.namespaces.keys()].filter((name) => name !== HOST_NAMESPACE).sort()
  }
}

function addressOf(text: string): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new KernelError(EINVAL, 'ping', `${JSON.stringify(text)} is no address`)
  return ip
}
