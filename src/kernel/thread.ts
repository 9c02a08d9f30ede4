import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
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
  RemoveOptions,
  RemoveOutcome,
} from './kernel.ts'
import type { ObservedNamespace, ObserveField } from './observed.ts'
import { type Calls, type FromThread, type Method, type ToThread, unpackError } from './thread-messages.ts'

/** Namespaces from which on a second thread saves more than it costs to ask. */
const WORTH_SHARING = 8

/**
 * The kernel on two threads of its own, so that the event loop never waits for Linux, and so that a ping of ten thousand pairs
 * never delays a build.
 * @throws when Linux cannot be worked with here, e.g. without root
 */
export async function startKernel(): Promise<Kernel> {
  const threads = [new KernelThread('control'), new KernelThread('probe')] as const
  const started = await Promise.allSettled(threads.map((thread) => thread.start()))
  const failed = started.find((each) => each.status === 'rejected')
  if (failed === undefined) return new ThreadedKernel(...threads)
  await Promise.all(threads.map((thread) => thread.close()))
  throw failed.reason
}

class ThreadedKernel implements Kernel {
  private readonly control: KernelThread
  private readonly probe: KernelThread

  constructor(control: KernelThread, probe: KernelThread) {
    this.control = control
    this.probe = probe
  }

  apply(steps: readonly Step[], { onProgress, failpoint }: ApplyOptions = {}): Promise<ApplyOutcome> {
    return this.control.call('apply', [steps, failpoint === undefined ? {} : { failpoint }], { onEvent: onProgress })
  }

  remove(objects: readonly KernelObject[], options: RemoveOptions = {}): Promise<RemoveOutcome> {
    return this.control.call('remove', [objects, options])
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
    await Promise.all([this.control.close(), this.probe.close()])
  }
}

type Pending = {
  readonly settle: (answer: string) => void
  readonly fail: (error: Error) => void
  readonly tell: (event: string) => void
}

type Listening<E> = {
  readonly onEvent?: ((event: E) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** One worker, and the calls that wait for it. If it dies, all of them fail, and the next call starts another. */
class KernelThread {
  private readonly name: string
  private worker: Worker | undefined
  private started: Promise<void> | undefined
  private readonly pending = new Map<number, Pending>()
  private nextId = 1
  private closed = false

  constructor(name: string) {
    this.name = name
  }

  get busy(): boolean {
    return this.pending.size > 0
  }

  /** Settles when the worker can take calls; rejects when it cannot work here. */
  start(): Promise<void> {
    this.started ??= this.launch()
    return this.started
  }

  async call<M extends Method>(
    method: M,
    given: Calls[M]['arguments'],
    { onEvent, signal }: Listening<Calls[M]['event']> = {},
  ): Promise<Calls[M]['answer']> {
    if (!this.closed) await this.start()
    if (this.closed) throw new Error(`the kernel thread "${this.name}" is closed`)
    if (this.worker === undefined) throw new Error(`the kernel thread "${this.name}" ended`)
    const id = this.nextId
    this.nextId += 1
    const cancel = () => this.post({ kind: 'cancel', id })
    try {
      const answer = await new Promise<string>((settle, fail) => {
        this.pending.set(id, { settle, fail, tell: (event) => onEvent?.(JSON.parse(event)) })
        this.post({ kind: 'call', id, method, arguments: JSON.stringify(given) })
        if (signal?.aborted) cancel()
        else signal?.addEventListener('abort', cancel, { once: true })
      })
      return JSON.parse(answer)
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Ends the worker when its builds and removals are done; pings are cut short. */
  async close(): Promise<void> {
    this.closed = true
    const { worker } = this
    if (worker === undefined) return
    const exited = once(worker, 'exit')
    this.post({ kind: 'close' })
    await exited
  }

  private async launch(): Promise<void> {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { name: `kernel-${this.name}` })
    this.worker = worker
    let because: Error | undefined
    worker.on('error', (error) => {
      because = error
    })
    worker.once('exit', () => {
      this.worker = undefined
      this.started = undefined
      const error = new Error(`the kernel thread "${this.name}" ended`, { cause: because })
      for (const { fail } of this.pending.values()) fail(error)
      this.pending.clear()
    })
    await new Promise<void>((ready, fail) => {
      worker.once('exit', () => fail(because ?? new Error(`the kernel thread "${this.name}" ended`)))
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') ready()
        else this.take(message)
      })
    })
  }

  private take(message: Exclude<FromThread, { kind: 'ready' }>): void {
    const waiting = this.pending.get(message.id)
    if (waiting === undefined) return
    if (message.kind === 'event') {
      waiting.tell(message.event)
      return
    }
    this.pending.delete(message.id)
    if (message.kind === 'answer') waiting.settle(message.answer)
    else waiting.fail(unpackError(message.error))
  }

  private post(message: ToThread): void {
    this.worker?.postMessage(message)
  }
}
