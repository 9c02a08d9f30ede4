import type { Kernel, PingEvent } from '../kernel/kernel.ts'
import type { Family } from '../net/ip.ts'
import type { Plan } from '../plan/objects.ts'
import { resolve } from './resolve.ts'
import { type PingStatistics, PingTally } from './statistics.ts'

/** Checked in form (ranges, lengths); names are looked up here. */
export type PingWish = {
  readonly lab: string
  /** Member that sends. */
  readonly from: string
  /** Member, `member:device`, or address text; see `resolve`. */
  readonly to: string
  /** Absent: the family of `to`, IPv4 first. */
  readonly family?: Family
  readonly count: number
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly payloadBytes: number
  readonly dontFragment: boolean
  /** 0: the member's default. */
  readonly ttl: number
}

export type PingTold =
  | {
      readonly kind: 'started'
      readonly from: string
      readonly destination: string
      readonly payloadBytes: number
    }
  | PingEvent
  | ({ readonly kind: 'statistics' } & PingStatistics)

/**
 * Sends echoes from a member of a lab. Tells `started`, one event for each echo, then `statistics`, also when `signal`
 * ended it early. A refusal by the sender's own kernel is told as an error from the sender's name.
 *
 * @throws LabError member-not-found, invalid-request (see `resolve`)
 */
export async function ping(
  plan: Plan,
  kernel: Pick<Kernel, 'ping'>,
  wish: PingWish,
  onEvent: (event: PingTold) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { from, target } = resolve(plan, wish)
  const { count, intervalMs, timeoutMs, payloadBytes, dontFragment, ttl } = wish
  onEvent({ kind: 'started', from: wish.from, destination: target.destination, payloadBytes })
  const tally = new PingTally()
  const { namespace } = from.member
  const request = { namespace, ...target, count, intervalMs, timeoutMs, payloadBytes, dontFragment, ttl }
  const tell = (event: PingEvent) => {
    tally.add(event)
    onEvent(event.kind === 'error' && event.from === '' ? { ...event, from: wish.from } : event)
  }
  await kernel.ping(request, tell, signal)
  onEvent({ kind: 'statistics', ...tally.statistics() })
}
