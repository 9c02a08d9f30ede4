import type { PingEvent } from '../kernel/kernel.ts'

/** What ping(8) says at the end. The four RTTs are 0 when nothing was received. */
export type PingStatistics = {
  /** Echoes that were sent or that the sender's kernel refused to send. */
  readonly sent: number
  readonly received: number
  readonly errors: number
  readonly lossPercent: number
  readonly rttMinMs: number
  readonly rttAvgMs: number
  readonly rttMaxMs: number
  /** Of the population, as ping(8)'s mdev. */
  readonly rttStddevMs: number
}

/** Counts events as they come, in constant memory (Welford's method, which does not cancel for long RTTs). */
export class PingTally {
  #sent = 0
  #errors = 0
  #received = 0
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = 0
  #meanMs = 0
  #squares = 0

  add(event: PingEvent): void {
    this.#sent++
    if (event.kind === 'error') this.#errors++
    if (event.kind !== 'reply') return
    this.#received++
    const fromOldMean = event.rttMs - this.#meanMs
    this.#meanMs += fromOldMean / this.#received
    this.#squares += fromOldMean * (event.rttMs - this.#meanMs)
    this.#minMs = Math.min(this.#minMs, event.rttMs)
    this.#maxMs = Math.max(this.#maxMs, event.rttMs)
  }

  statistics(): PingStatistics {
    const received = this.#received
    return {
      sent: this.#sent,
      received,
      errors: this.#errors,
      lossPercent: this.#sent === 0 ? 0 : (100 * (this.#sent - received)) / this.#sent,
      rttMinMs: received === 0 ? 0 : this.#minMs,
      rttAvgMs: this.#meanMs,
      rttMaxMs: this.#maxMs,
      rttStddevMs: received === 0 ? 0 : Math.sqrt(this.#squares / received),
    }
  }
}
