import type { Problem } from '../../errors.ts'

/** The answer lists far fewer; counting on is only for its sentence, and this is where it is enough. */
const MAX_COUNTED = 1000

/** Collects what is wrong with one request, up to a bound, so that hostile input cannot make us write for ever. */
export class Problems {
  readonly #found: Problem[] = []

  add(path: string, reason: string, message: string): void {
    if (!this.cut) this.#found.push({ path, reason, message })
  }

  /** Whoever looks for problems can stop. */
  get cut(): boolean {
    return this.#found.length >= MAX_COUNTED
  }

  get list(): readonly Problem[] {
    return this.#found
  }
}
