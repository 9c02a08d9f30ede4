/** Wrong tokens that one address may send in a row before it is told to wait. */
const BURST = 10
/** One more attempt is granted per this many milliseconds: 10 a minute. */
const REFILL_MS = 6_000
/** Addresses remembered at once, so that an attacker with a wide prefix cannot fill the memory. */
const MAX_ADDRESSES = 10_000

/**
 * Counts refused tokens per address (a token bucket). Only refused attempts are counted and slowed: a good token always
 * passes, so that nobody can lock out the others behind the same address. A 256-bit token cannot be guessed anyway; this
 * keeps the log readable and the guesser's cost high.
 */
export class FailedAttempts {
  readonly #debts = new Map<string, { count: number; atMs: number }>()

  /** @returns 0, or how many milliseconds the address must wait before another attempt is looked at */
  record(address: string, nowMs: number): number {
    const key = prefixOf(address)
    const before = this.#debts.get(key)
    const repaid = before === undefined ? 0 : Math.max(0, before.count - (nowMs - before.atMs) / REFILL_MS)
    if (repaid > BURST - 1) return Math.ceil((repaid - BURST + 1) * REFILL_MS)
    // Taken out and put back, so that the oldest entry stands first.
    this.#debts.delete(key)
    if (this.#debts.size >= MAX_ADDRESSES) {
      const [oldest] = this.#debts.keys()
      if (oldest !== undefined) this.#debts.delete(oldest)
    }
    this.#debts.set(key, { count: repaid + 1, atMs: nowMs })
    return 0
  }
}

/** IPv6 callers own a /64 at least, so they are counted by it; `::ffff:192.0.2.1` is IPv4. */
function prefixOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%', 1).join('').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
