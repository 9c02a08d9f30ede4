import * as realFiles from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Files } from '../../src/labs/store.ts'

/**
 * A disk that keeps, when the power goes, only what it was told to sync: content by `datasync` or `sync` of the file, names
 * by `sync` of the folder (fsync(2)). Everything else is as if it had never been asked for; content that was not synced is cut
 * in the middle.
 */
export class ForgetfulDisk {
  /** How to take back what is not synced yet, by folder, oldest first. */
  readonly #names = new Map<string, (() => Promise<void>)[]>()
  /** Files by the path they were opened under, with content that is not synced. */
  readonly #contents = new Set<string>()

  readonly files: Files = {
    ...realFiles,
    open: async (path, flags, mode) => this.#watch(String(path), await realFiles.open(path, flags, mode)),
    rename: async (from, to) => {
      const before = await contentOf(String(to))
      const moved = await contentOf(String(from))
      await realFiles.rename(from, to)
      if (this.#contents.delete(String(from))) this.#contents.add(String(to))
      this.#remember(String(to), () => restore(String(to), before))
      this.#remember(String(from), () => restore(String(from), moved))
    },
    unlink: async (path) => {
      const before = await contentOf(String(path))
      await realFiles.unlink(path)
      this.#remember(String(path), () => restore(String(path), before))
    },
  }

  async losePower(): Promise<void> {
    for (const path of this.#contents) {
      const text = await contentOf(path)
      if (text !== undefined) await realFiles.writeFile(path, text.slice(0, text.length / 2))
    }
    for (const undo of this.#names.values()) for (const one of undo.toReversed()) await one()
  }

  #remember(path: string, undo: () => Promise<void>): void {
    const folder = dirname(path)
    this.#names.set(folder, [...(this.#names.get(folder) ?? []), undo])
  }

  #watch(path: string, handle: realFiles.FileHandle): realFiles.FileHandle {
    const synced = () => {
      this.#contents.delete(path)
      this.#names.delete(path)
    }
    return new Proxy(handle, {
      get: (inner, property) => {
        const value: unknown = Reflect.get(inner, property)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (property === 'writeFile') this.#contents.add(path)
          const answer: unknown = await value.apply(inner, args)
          if (property === 'datasync' || property === 'sync') synced()
          return answer
        }
      },
    })
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return realFiles.readFile(path, 'utf8').catch(() => undefined)
}

async function restore(path: string, content: string | undefined): Promise<void> {
  if (content === undefined) await realFiles.rm(path, { force: true })
  else await realFiles.writeFile(path, content)
}
