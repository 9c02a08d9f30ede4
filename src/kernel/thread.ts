import type { KernelObject, NamespaceName, Step } from '../plan/objects.ts'
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
  Progress,
  RemoveOptions,
  RemoveOutcome,
} from './kernel.ts'
import { KernelThread } from './kernel-thread.ts'
import type { ObservedNamespace, ObserveField } from './observed.ts'
import { applySplit, isWorthSplitting } from './split-apply.ts'

/** Namespaces from which on a second thread saves more than it costs to ask. */
const WORTH_SHARING = 8

/**
 * The kernel on two threads of its own, so that the event loop never waits for Linux, and so that a ping of ten thousand pairs
 * never delays a build.
 * @throws when Linux cannot be worked with here, e.g. without root
 */
export async function startKernel(): Promise<Kernel> {
  const threads = [
    new KernelThread('control', { removes: true }),
    new KernelThread('probe', { removes: false }),
  ] as const
  const started = await Promise.allSettled(threads.map((thread) => thread.start()))
  const failed = started.find((each) => each.status === 'rejected')
  if (failed === undefined) return new ThreadedKernel(...threads)
  await Promise.all(threads.map((thread) => thread.close()))
  throw failed.reason
}

class ThreadedKernel implements Kernel {
  private readonly control: KernelThread
  private readonly probe: KernelThread
  private readonly underWay = new Set<Promise<unknown>>()
  private closing = false

  constructor(control: KernelThread, probe: KernelThread) {
    this.control = control
    this.probe = probe
  }

  apply(steps: readonly Step[], options?: ApplyOptions): Promise<ApplyOutcome> {
    return this.whole(() => this.build(steps, options))
  }

  private build(steps: readonly Step[], { onProgress, failpoint }: ApplyOptions = {}): Promise<ApplyOutcome> {
    // A failpoint counts steps in their order, which two threads do not keep.
    if (failpoint !== undefined || this.probe.busy || !isWorthSplitting(steps)) {
      const options = failpoint === undefined ? {} : { failpoint }
      return this.control.call('apply', [steps, options], { onEvent: onProgress })
    }
    const partOn = (thread: KernelThread) => (part: readonly Step[], onEvent: (progress: Progress) => void) =>
      thread.call('apply', [part, {}], { onEvent })
    const remove = (objects: readonly KernelObject[]) => this.control.call('remove', [objects, {}])
    return applySplit(steps, { first: partOn(this.control), second: partOn(this.probe), remove }, onProgress)
  }

  remove(objects: readonly KernelObject[], options: RemoveOptions = {}): Promise<RemoveOutcome> {
    return this.whole(() => this.control.call('remove', [objects, options]))
  }

  observe(
    namespaces: readonly NamespaceName[],
    fields: readonly ObserveField[],
    sysctlKeys: readonly string[] = [],
  ): Promise<readonly ObservedNamespace[]> {
    const look = (thread: KernelThread, part: readonly NamespaceName[]) =>
      thread.call('observe', [part, fields, sysctlKeys])
    return this.shareOut(namespaces, look).then((parts) => parts.flat())
  }

  listNamespaces(): Promise<readonly { readonly name: NamespaceName; readonly live: boolean }[]> {
    return this.control.call('listNamespaces', [])
  }

  async awaitReady(
    namespaces: readonly NamespaceName[],
    timeoutMs: number,
  ): Promise<{ readonly ready: boolean; readonly waitingFor: readonly string[] }> {
    const parts = await this.shareOut(namespaces, (thread, part) => thread.call('awaitReady', [part, timeoutMs]))
    return { ready: parts.every(({ ready }) => ready), waitingFor: parts.flatMap(({ waitingFor }) => waitingFor) }
  }

  features(): Promise<readonly KernelFeature[]> {
    return this.control.call('features', [])
  }

  limits(): Promise<readonly HostLimit[]> {
    return this.control.call('limits', [])
  }

  hostNetwork(): Promise<HostNetwork> {
    return this.control.call('hostNetwork', [])
  }

  async ping(request: PingRequest, onEvent: (event: PingEvent) => void, signal?: AbortSignal): Promise<void> {
    await this.probe.call('ping', [request], { onEvent, signal })
  }

  pingPairs(request: PingPairsRequest, signal?: AbortSignal): Promise<readonly PairAnswer[]> {
    return this.probe.call('pingPairs', [request], { signal })
  }

  /** Looking at many namespaces is done by both threads at once, unless one of them is busy with echoes. */
  private async shareOut<T>(
    namespaces: readonly NamespaceName[],
    look: (thread: KernelThread, part: readonly NamespaceName[]) => Promise<T>,
  ): Promise<readonly T[]> {
    if (namespaces.length < WORTH_SHARING || this.probe.busy) return [await look(this.control, namespaces)]
    const half = Math.ceil(namespaces.length / 2)
    return Promise.all([look(this.control, namespaces.slice(0, half)), look(this.probe, namespaces.slice(half))])
  }

  async close(): Promise<void> {
    this.closing = true
    await Promise.allSettled(this.underWay)
    await Promise.all([this.control.close(), this.probe.close()])
  }

  /** Builds and removals are never left half-way by `close`. */
  private async whole<T>(begin: () => Promise<T>): Promise<T> {
    if (this.closing) throw new Error('the kernel is closed')
    const work = begin()
    this.underWay.add(work)
    try {
      return await work
    } finally {
      this.underWay.delete(work)
    }
  }
}
