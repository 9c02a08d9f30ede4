import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KernelObject, NamespaceName, Step } from '../plan/objects.ts'
import { applySteps } from './apply.ts'
import { awaitReady } from './await-ready.ts'
import { probeFeatures } from './features.ts'
import { GraveWatch } from './grave-watch.ts'
import { readHostNetwork } from './host-network.ts'
import { Prober } from './icmp/prober.ts'
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
import { raiseFileLimit, readLimits } from './limits.ts'
import { listOurNames, prepareNamespaceDir } from './namespace-dir.ts'
import { observeNamespaces } from './observe.ts'
import type { ObservedNamespace, ObserveField } from './observed.ts'
import { removeObjects, type Undead } from './remove.ts'

/** Namespaces read before others of this thread have a turn: some 5 ms. */
const AT_A_STRETCH = 32

export type LinuxKernelOptions = {
  /** False where `remove` will not be called: what it needs is not opened before. */
  readonly removes?: boolean
}

/**
 * The port carried out on the calling thread, which it holds for some milliseconds at a time: meant for worker threads
 * (thread.ts) and for tests. Any number of calls may be under way at once.
 * @throws KernelError from the constructor when this is no place to build: not root, no right to mount, no network namespaces
 */
export class LinuxKernel implements Kernel {
  private readonly undead: Undead = new Map()
  private graveWatch: GraveWatch | undefined
  private prober: Prober | undefined

  constructor({ removes = true }: LinuxKernelOptions = {}) {
    prepareNamespaceDir()
    raiseFileLimit()
    // From the start: later there might be no room for it, when labs have used up the last namespace, and they could not be removed.
    if (removes) this.graveWatch = new GraveWatch()
  }

  async apply(steps: readonly Step[], options?: ApplyOptions): Promise<ApplyOutcome> {
    return applySteps(steps, options)
  }

  async remove(objects: readonly KernelObject[], options?: RemoveOptions): Promise<RemoveOutcome> {
    this.graveWatch ??= new GraveWatch()
    return removeObjects(objects, this.graveWatch, this.undead, options)
  }

  async observe(
    namespaces: readonly NamespaceName[],
    fields: readonly ObserveField[],
    sysctlKeys?: readonly string[],
  ): Promise<readonly ObservedNamespace[]> {
    const found: ObservedNamespace[] = []
    for (let at = 0; at < namespaces.length; at += AT_A_STRETCH) {
      if (at > 0) await nextTurn()
      found.push(...observeNamespaces(namespaces.slice(at, at + AT_A_STRETCH), fields, sysctlKeys))
    }
    return found
  }

  async listNamespaces(): Promise<readonly { readonly name: NamespaceName; readonly live: boolean }[]> {
    return listOurNames()
  }

  awaitReady(
    namespaces: readonly NamespaceName[],
    timeoutMs: number,
  ): Promise<{ readonly ready: boolean; readonly waitingFor: readonly string[] }> {
    return awaitReady(namespaces, timeoutMs)
  }

  async features(): Promise<readonly KernelFeature[]> {
    return probeFeatures()
  }

  async limits(): Promise<readonly HostLimit[]> {
    return readLimits()
  }

  async hostNetwork(): Promise<HostNetwork> {
    return readHostNetwork()
  }

  ping(request: PingRequest, onEvent: (event: PingEvent) => void, signal?: AbortSignal): Promise<void> {
    this.prober ??= new Prober()
    return this.prober.ping(request, onEvent, signal)
  }

  pingPairs(request: PingPairsRequest, signal?: AbortSignal): Promise<readonly PairAnswer[]> {
    this.prober ??= new Prober()
    return this.prober.pingPairs(request, signal)
  }

  async close(): Promise<void> {
    this.graveWatch?.close()
    this.graveWatch = undefined
    this.prober?.close()
    this.prober = undefined
  }
}
