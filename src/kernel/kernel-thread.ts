import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { LinuxKernelOptions } from './linux-kernel.ts'
import { type Calls, type FromThread, type Method, type ToThread, unpackError } from './thread-messages.ts'

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
export class KernelThread {
  private readonly name: string
  private readonly options: LinuxKernelOptions
  private worker: Worker | undefined
  private started: Promise<void> | undefined
  private readonly pending = new Map<number, Pending>()
  private nextId = 1
  private closed = false

  constructor(name: string, options: LinuxKernelOptions) {
    this.name = name
    this.options = options
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

  /** Ends the worker when what it does at this moment is done; calls that wait for something fail. */
  async close(): Promise<void> {
    this.closed = true
    const { worker } = this
    if (worker === undefined) return
    const exited = once(worker, 'exit')
    this.post({ kind: 'close' })
    await exited
  }

  private async launch(): Promise<void> {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      name: `kernel-${this.name}`,
      workerData: this.options,
    })
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
