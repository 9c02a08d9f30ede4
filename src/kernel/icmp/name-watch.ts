import { existsSync } from 'node:fs'
import type { NamespaceName } from '../../plan/objects.ts'
import { namespacePath } from '../namespace.ts'

/** So long a namespace whose name was taken away may be held by a socket of ours. */
const LOOK_EVERY_MS = 200

/**
 * Tells when the name of a namespace goes. An open socket keeps its namespace, with all devices in it, alive: a ping that
 * runs for an hour would keep a deleted lab for an hour. Looks at each name five times a second, and only while there are
 * any; inotify would tell sooner, but has limits per user that others may have used up.
 */
export class NameWatch {
  readonly #listeners = new Map<NamespaceName, Set<() => void>>()
  #timer: NodeJS.Timeout | undefined

  /** @returns ends the watching; to be called also after `onGone` was */
  add(namespace: NamespaceName, onGone: () => void): () => void {
    const listeners = this.#listeners.get(namespace) ?? new Set()
    this.#listeners.set(namespace, listeners)
    listeners.add(onGone)
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS)
    return () => this.#remove(namespace, onGone)
  }

  #remove(namespace: NamespaceName, onGone: () => void): void {
    const listeners = this.#listeners.get(namespace)
    if (listeners?.delete(onGone) !== true || listeners.size > 0) return
    this.#listeners.delete(namespace)
    if (this.#listeners.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    for (const [namespace, listeners] of this.#listeners) {
      if (existsSync(namespacePath(namespace))) continue
      for (const onGone of listeners) onGone()
    }
  }
}
