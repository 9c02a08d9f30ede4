import type { Problem } from '../errors.ts'
import type { Remainder } from './leave-out.ts'
import { isBranch, joinPath, parsePath } from './paths.ts'
import { didYouMean } from './suggest.ts'

/** What writing out needs beside the parts themselves. */
export type Context = { readonly findings: Findings; readonly entries: Remainder['entries'] }

/** So many problems are told; of further ones only how many there are. */
export const MAX_PROBLEMS = 100

/** What was refused so far and what is therefore missing: so that one mistake is told once. */
export class Findings {
  readonly problems: Problem[] = []
  readonly #damaged = new Set<string>()
  readonly #names = new Set<string>()

  /**
   * @param data the document before anything was left out of it
   * @param leftOut paths of the parts that were left out
   */
  constructor(data: unknown, leftOut: readonly string[]) {
    for (const path of leftOut) {
      let above = ''
      this.#damaged.add(above)
      for (const segment of parsePath(path)) {
        above = joinPath(above, segment)
        this.#damaged.add(above)
      }
    }
    for (const section of ['hosts', 'routers', 'switches', 'links', 'uplinks']) {
      const parts = isBranch(data) && Object.hasOwn(data, section) ? data[section] : undefined
      for (const part of Array.isArray(parts) ? parts : []) {
        if (isBranch(part) && typeof part.name === 'string') this.#names.add(part.name)
      }
    }
  }

  /** A suggestion for problems that are told; looking for one takes time, and there may be very many problems. */
  didYouMean(word: string, words: Iterable<string>): string {
    return this.problems.length < MAX_PROBLEMS ? didYouMean(word, words) : ''
  }

  add(path: string, reason: string, message: string): void {
    this.problems.push({ path, message, reason })
  }

  /** Whether the part at one of the paths, or something in it, was left out: what is absent there proves nothing. */
  isDamaged(...paths: readonly string[]): boolean {
    return paths.some((path) => this.#damaged.has(path))
  }

  /** Names of everything in the document, sound or not. */
  get names(): ReadonlySet<string> {
    return this.#names
  }
}
