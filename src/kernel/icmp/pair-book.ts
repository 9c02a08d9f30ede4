import type { PairAnswer } from '../kernel.ts'
import { NO_ANSWER, NOT_ASKED } from './reasons.ts'

/**
 * How long a pair stays silent before it is asked again, by the number of times it was asked: 300 ms, then 600 ms more.
 *
 * Asking again is honest: a pair counts as answered only by a reply to one of its own echoes, and its RTT is that of the
 * echo that was answered. It is needed because an echo can be lost for reasons that say nothing about the network under
 * test: a burst of broadcasts overruns the receive backlog of a processor (net.core.netdev_max_backlog), or a queue on
 * a slow link. A lost ARP request is another matter: the kernel asks again by itself after one second and then sends
 * what it had queued (arp(7), retrans_time_ms), so a deadline below that can miss it however often we ask. What the
 * matrix tells is reachability; loss is what `ping` measures.
 */
export const ASK_AGAIN_AFTER_MS: readonly number[] = [300, 600]
export const MOST_ATTEMPTS = ASK_AGAIN_AFTER_MS.length + 1

/** What is known of each pair, in flat arrays: nothing is allocated while packets fly. Times are of one monotonic clock. */
export class PairBook {
  readonly #order: Int32Array
  readonly #attempts: Uint8Array
  readonly #sentAtMs: Float64Array
  /** NaN: no reply. */
  readonly #rttMs: Float64Array
  /** Final where `#settled`, else the reason for now. */
  readonly #reasons: (string | undefined)[]
  readonly #settled: Uint8Array
  /** Pairs in the order of their n-th asking, which is also the order in which they fall due again. */
  readonly #asked: readonly { readonly pairs: Int32Array; head: number; tail: number }[]
  #fresh = 0
  #open: number

  /** @param order which pairs to ask, and in which order; others are settled by `settle` alone */
  constructor(pairCount: number, order: Int32Array) {
    this.#order = order
    this.#open = order.length
    this.#attempts = new Uint8Array(pairCount)
    this.#sentAtMs = new Float64Array(pairCount * MOST_ATTEMPTS)
    this.#rttMs = new Float64Array(pairCount).fill(Number.NaN)
    this.#reasons = Array.from({ length: pairCount })
    this.#settled = new Uint8Array(pairCount)
    this.#asked = ASK_AGAIN_AFTER_MS.map(() => ({ pairs: new Int32Array(order.length), head: 0, tail: 0 }))
  }

  /** Pairs of the order that have no outcome yet. */
  get open(): number {
    return this.#open
  }

  /** The pair to ask now, or -1. New pairs come first, then those that fell due again. */
  next(nowMs: number): number {
    while (this.#fresh < this.#order.length) {
      const pair = this.#order[this.#fresh++] ?? -1
      if (this.#settled[pair] === 0) return pair
    }
    for (const [turn, queue] of this.#asked.entries()) {
      const pair = this.#head(turn)
      if (pair === -1 || this.#dueAtMs(pair, turn) > nowMs) continue
      queue.head++
      return pair
    }
    return -1
  }

  /** When `next` will have something: now (0) while there are new pairs, Infinity when never. */
  nextDueAtMs(): number {
    if (this.#fresh < this.#order.length) return 0
    return this.#asked.reduce((soonest, _, turn) => {
      const pair = this.#head(turn)
      return pair === -1 ? soonest : Math.min(soonest, this.#dueAtMs(pair, turn))
    }, Number.POSITIVE_INFINITY)
  }

  /** Number of the attempt that comes next, from 1. */
  attemptOf(pair: number): number {
    return (this.#attempts[pair] ?? 0) + 1
  }

  /** The pair was asked, or tried to be. @param hindrance why nothing went out, where trying again may help */
  asked(pair: number, atMs: number, hindrance?: string): void {
    const attempt = this.#attempts[pair] ?? 0
    this.#attempts[pair] = attempt + 1
    this.#sentAtMs[pair * MOST_ATTEMPTS + attempt] = atMs
    this.#reasons[pair] = hindrance
    const queue = this.#asked[attempt]
    if (queue !== undefined) queue.pairs[queue.tail++] = pair
  }

  isOpen(pair: number): boolean {
    return pair < this.#settled.length && this.#settled[pair] === 0
  }

  /** A reply to the n-th asking. @returns false for an attempt that was never made */
  answered(pair: number, attempt: number, atMs: number): boolean {
    if (attempt < 1 || attempt > (this.#attempts[pair] ?? 0)) return false
    const sentAtMs = this.#sentAtMs[pair * MOST_ATTEMPTS + attempt - 1] ?? atMs
    this.#rttMs[pair] = Math.max(atMs - sentAtMs, 0)
    this.#close(pair)
    return true
  }

  /** No reply will come. */
  settle(pair: number, reason: string): void {
    this.#reasons[pair] = reason
    this.#close(pair)
  }

  /** In the order of the request. */
  answers(): PairAnswer[] {
    return Array.from(this.#rttMs, (rttMs, pair) => {
      if (!Number.isNaN(rttMs)) return { rttMs }
      return { reason: this.#reasons[pair] ?? (this.#attempts[pair] === 0 ? NOT_ASKED : NO_ANSWER) }
    })
  }

  #close(pair: number): void {
    this.#settled[pair] = 1
    this.#open--
  }

  /** First pair of a queue that still waits for an answer, or -1. */
  #head(turn: number): number {
    const queue = this.#asked[turn]
    if (queue === undefined) return -1
    for (; queue.head < queue.tail; queue.head++) {
      const pair = queue.pairs[queue.head] ?? -1
      if (this.#settled[pair] === 0) return pair
    }
    return -1
  }

  #dueAtMs(pair: number, turn: number): number {
    return (this.#sentAtMs[pair * MOST_ATTEMPTS + turn] ?? 0) + (ASK_AGAIN_AFTER_MS[turn] ?? 0)
  }
}
