import * as sys from '../ffi.ts'

const CLOCK_REALTIME = 0
const now = new BigInt64Array(new ArrayBuffer(16))
const nowBytes = new Uint8Array(now.buffer)

/** Monotonic milliseconds of this thread, with a resolution well below a microsecond. */
export function nowMs(): number {
  return performance.now()
}

/**
 * How far the wall clock is ahead of `nowMs` at this moment. The kernel stamps received packets by the wall clock; this,
 * taken for each batch anew, turns such a stamp into monotonic time, so that a step of the wall clock can spoil at most
 * the batch it falls into.
 */
export function wallAheadMs(): number {
  sys.clockGettime(CLOCK_REALTIME, nowBytes)
  return msOfTimespec(Number(now[0]), Number(now[1])) - performance.now()
}

export function msOfTimespec(seconds: number, nanoseconds: number): number {
  return seconds * 1000 + nanoseconds / 1e6
}
