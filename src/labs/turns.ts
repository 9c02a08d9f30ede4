import { LabError } from '../errors.ts'

/** A place in the line. `begins` resolves when the work may start; `end` must be called once, also when it never began. */
export type Turn = { readonly begins: Promise<void>; readonly end: () => void }

/** How many labs are built or removed at once, first come, first served. */
export class Turns {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number, maxWaiting: number) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
  }

  /**
   * For work that may be refused: a create.
   * @throws LabError too-many-requests when enough is waiting already
   */
  takeIfRoom(): Turn {
    if (this.#running >= this.#atOnce && this.#waiting.length >= this.#maxWaiting) {
      throw new LabError({ kind: 'too-many-requests', retryAfterMs: 1000 })
    }
    return this.take()
  }

  /** For work that must not be refused: a delete makes room, and there are no more of them than labs. */
  take(): Turn {
    let ended = false
    let enter = () => {}
    const begins = new Promise<void>((resolve) => {
      enter = resolve
    })
    if (this.#running < this.#atOnce) {
      this.#running++
      enter()
    } else {
      this.#waiting.push(enter)
    }
    const end = () => {
      if (ended) return
      ended = true
      this.#leave(enter)
    }
    return { begins, end }
  }

  #leave(enter: () => void): void {
    const place = this.#waiting.indexOf(enter)
    if (place !== -1) {
      this.#waiting.splice(place, 1)
      return
    }
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}
