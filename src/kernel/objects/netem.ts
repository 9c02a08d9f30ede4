import type { NetemObject } from '../../plan/objects.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import { RTM_NEWQDISC } from '../netlink/rtnetlink.ts'
import type { Driver } from './driver.ts'

const TC_H_ROOT = 0xffffffff
const TCA_KIND = 1
const TCA_OPTIONS = 2
const TCA_NETEM_RATE = 6
const TCA_NETEM_RATE64 = 8
const TCA_NETEM_LATENCY64 = 10
const TCA_NETEM_JITTER64 = 11
/** Packets held at once: the default of tc(8). */
const LIMIT = 1000
const MAX_U32 = 0xffffffff
const NANOSECONDS_PER_MS = 1_000_000

/** The root qdisc of one device: what it sends is delayed, lost and slowed down; what it receives is not. */
export const netem: Driver<NetemObject> = (object) => [
  {
    round: 'contents',
    namespace: object.namespace,
    run: (bench) => {
      const index = bench.indexOf(object.namespace, object.device)
      bench.message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, (message) => {
        message
          .header([4, 0], [4, index], [4, 0], [4, TC_H_ROOT], [4, 0])
          .text(TCA_KIND, 'netem')
          .nest(TCA_OPTIONS, () => {
            // struct tc_netem_qopt: latency and jitter in ticks stay 0, since the 64-bit attributes give nanoseconds.
            message.header([4, 0], [4, LIMIT], [4, lossOf(object.lossPercent)], [4, 0], [4, 0], [4, 0])
            if (object.delayMs > 0) message.u64(TCA_NETEM_LATENCY64, nanoseconds(object.delayMs))
            if (object.jitterMs > 0) message.u64(TCA_NETEM_JITTER64, nanoseconds(object.jitterMs))
            if (object.rateKbit > 0) {
              const bytesPerSecond = Math.round(object.rateKbit * 125)
              const large = bytesPerSecond > MAX_U32
              // struct tc_netem_rate: rate, packet overhead, cell size, cell overhead.
              const rate = Buffer.alloc(16)
              rate.writeUInt32LE(large ? MAX_U32 : bytesPerSecond, 0)
              if (large) message.u64(TCA_NETEM_RATE64, BigInt(bytesPerSecond))
              message.data(TCA_NETEM_RATE, rate)
            }
          })
      })
    },
  },
]

/** Probability as a share of 2^32 - 1. */
function lossOf(percent: number): number {
  return Math.round((Math.min(percent, 100) / 100) * MAX_U32)
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * NANOSECONDS_PER_MS))
}
