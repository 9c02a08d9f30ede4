import { randomInt } from 'node:crypto'

/** How many specs and requests in all; FUZZ_RUNS scales it. */
export const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 10_000)

/** Printed, so that FUZZ_SEED can bring a run back. */
export const FUZZ_SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31))

/** A part of the whole, for one property. */
export function share(part: number): { readonly numRuns: number; readonly seed: number; readonly endOnFailure: true } {
  return { numRuns: Math.max(1, Math.round(FUZZ_RUNS * part)), seed: FUZZ_SEED, endOnFailure: true }
}
