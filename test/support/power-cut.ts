import type { FileHandle } from 'node:fs/promises'
import type { Kernel } from '../../src/kernel/kernel.ts'
import type { Files } from '../../src/labs/store.ts'
import type { Step } from '../../src/plan/objects.ts'

/** What becomes of the call during which the power goes: nothing of it happens, half of it, or all of it but the answer. */
export const FATES = ['undone', 'half done', 'done'] as const
export type Fate = (typeof FATES)[number]

/**
 * Counts every call that a server makes to the disk and to the kernel, and lets the power go at one of them: that call has
 * the given fate and never answers, nor does any later one. What was done stays, as on a machine.
 */
export class PowerCut {
  /** Calls so far. */
  calls = 0
  #off = false
  readonly #at: number
  readonly #fate: Fate
  /** Calls that were let through and have not answered yet. */
  readonly #begun = new Set<Promise<unknown>>()
  #goOff = () => {}
  readonly #handles: FileHandle[] = []

  /** @param disk what the calls for files go to */
  constructor(at: number, fate: Fate, disk: Files) {
    this.#at = at
    this.#fate = fate
    this.files = this.#through(disk)
    const off = new Promise<void>((resolve) => {
      this.#goOff = resolve
    })
    this.atRest = off.then(async () => {
      await Promise.allSettled(this.#begun)
    })
  }

  get isOff(): boolean {
    return this.#off
  }

  /** Resolves when the power is off and every call that had begun before is through: disk and kernel are at rest. */
  readonly atRest: Promise<void>

  readonly files: Files

  #through(disk: Files): Files {
    return {
      ...disk,
      open: async (path, flags, mode) => {
        const handle = await this.#call(async () => {
          const opened = await disk.open(path, flags, mode)
          this.#handles.push(opened)
          return opened
        })
        return this.#wrapHandle(handle)
      },
      rename: (from, to) => this.#call(() => disk.rename(from, to)),
      unlink: (path) => this.#call(() => disk.unlink(path)),
    }
  }

  kernel(inner: Kernel): Kernel {
    const halves: Partial<Record<string, (...args: never[]) => Promise<unknown>>> = {
      apply: (steps: readonly Step[]) => inner.apply(steps.slice(0, steps.length / 2)),
      remove: (objects: Parameters<Kernel['remove']>[0]) => inner.remove(objects.slice(0, objects.length / 2)),
    }
    return this.#wrap(inner, halves)
  }

  /** The descriptors that a dead process would have lost. */
  async dispose(): Promise<void> {
    for (const handle of this.#handles) await handle.close().catch(() => undefined)
  }

  #wrapHandle(handle: FileHandle): FileHandle {
    return this.#wrap(handle, {
      writeFile: (text: string) => handle.writeFile(text.slice(0, text.length / 2)),
    })
  }

  #wrap<T extends object>(target: T, halves: Partial<Record<string, (...args: never[]) => Promise<unknown>>>): T {
    return new Proxy(target, {
      get: (inner, property) => {
        const value: unknown = Reflect.get(inner, property)
        if (typeof value !== 'function') return value
        const half = halves[String(property)]
        return (...args: never[]) =>
          this.#call(() => value.apply(inner, args), half === undefined ? undefined : () => half(...args))
      },
    })
  }

  async #call<T>(whole: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    if (this.#off) return never()
    if (this.calls++ !== this.#at) return this.#track(whole())
    this.#off = true
    if (this.#fate === 'done') await this.#track(whole()).catch(() => undefined)
    if (this.#fate === 'half done' && half !== undefined) await this.#track(half())
    this.#goOff()
    return never()
  }

  #track<T>(call: Promise<T>): Promise<T> {
    this.#begun.add(call)
    void call.finally(() => this.#begun.delete(call)).catch(() => undefined)
    return call
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}
