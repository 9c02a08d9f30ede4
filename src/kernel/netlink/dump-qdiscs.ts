import type { ObservedQdisc } from '../observed.ts'
import { Attributes } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'
import { nameOf } from './dump-links.ts'

const RTM_GETQDISC = 38
const TCA = { KIND: 1, OPTIONS: 2 }
const TCMSG_BYTES = 20
const TC_H_ROOT = 0xffffffff
const TC_H_INGRESS = 0xfffffff1

const REQUEST = dumpRequest(RTM_GETQDISC, (message) => message.header([4, 0], [4, 0], [4, 0], [4, 0], [4, 0]))
const attributes = new Attributes(TCA.OPTIONS)

/** Also the `noqueue` of every veth end; those that the kernel put there itself have the handle `0:`. */
export function dumpQdiscs(
  socket: DumpSocket,
  names: ReadonlyMap<number, string>,
  limit: number,
): { readonly qdiscs: readonly ObservedQdisc[]; readonly outcome: DumpOutcome } {
  const qdiscs: ObservedQdisc[] = []
  const outcome = socket.dump(
    REQUEST,
    limit,
    (bytes, start, end) => qdiscs.push(readQdisc(bytes, start, end, names)),
    () => {
      qdiscs.length = 0
    },
  )
  return { qdiscs, outcome }
}

/** One RTM_NEWQDISC; `start` is that of struct tcmsg. */
export function readQdisc(
  bytes: Buffer,
  start: number,
  end: number,
  names: ReadonlyMap<number, string>,
): ObservedQdisc {
  attributes.scan(bytes, start + TCMSG_BYTES, end)
  const kind = attributes.text(bytes, TCA.KIND)
  const [from, to] = [attributes.start(TCA.OPTIONS), attributes.end(TCA.OPTIONS)]
  return {
    device: nameOf(names, bytes.readUInt32LE(start + 4)),
    kind,
    handle: handleText(bytes.readUInt32LE(start + 8)),
    parent: parentText(bytes.readUInt32LE(start + 12)),
    options: kind === 'netem' ? readNetem(bytes, from, to) : kind === 'tbf' ? readTbf(bytes, from, to) : {},
  }
}

/** Major number in hexadecimal, as tc writes it: `8001:`. */
function handleText(handle: number): string {
  return `${(handle >>> 16).toString(16)}:${(handle & 0xffff) === 0 ? '' : (handle & 0xffff).toString(16)}`
}

function parentText(parent: number): string {
  if (parent === TC_H_ROOT) return 'root'
  return parent === TC_H_INGRESS ? 'ingress' : handleText(parent)
}

const TCA_NETEM = { RATE: 6, RATE64: 8, LATENCY64: 10, JITTER64: 11 }
/** Length of struct tc_netem_qopt: latency, limit, loss, gap, duplicate, jitter; attributes follow. */
const NETEM_QOPT_BYTES = 24
/** What the kernel's packet scheduler counts time in (PSCHED_SHIFT 6): nanoseconds to a tick. */
const TICK_NS = 64
const netem = new Attributes(TCA_NETEM.JITTER64)

function readNetem(bytes: Buffer, start: number, end: number): Readonly<Record<string, number>> {
  if (end - start < NETEM_QOPT_BYTES) return {}
  netem.scan(bytes, start + NETEM_QOPT_BYTES, end)
  const time = (ticksAt: number, type: number) =>
    netem.size(type) >= 8 ? netem.u64(bytes, type) : bytes.readUInt32LE(ticksAt) * TICK_NS
  const bytesPerSecond = netem.u64(bytes, TCA_NETEM.RATE64) || netem.u32(bytes, TCA_NETEM.RATE)
  return {
    delayMs: time(start, TCA_NETEM.LATENCY64) / 1e6,
    jitterMs: time(start + 20, TCA_NETEM.JITTER64) / 1e6,
    // Probabilities are fractions of 2^32 - 1.
    lossPercent: (bytes.readUInt32LE(start + 8) / 0xffffffff) * 100,
    rateKbit: (bytesPerSecond * 8) / 1000,
    limitPackets: bytes.readUInt32LE(start + 4),
  }
}

const TCA_TBF = { PARMS: 1, RATE64: 4 }
/** Offsets in struct tc_tbf_qopt: rate.rate, limit in bytes. */
const [TBF_RATE, TBF_LIMIT, TBF_QOPT_BYTES] = [8, 24, 36]
const tbf = new Attributes(TCA_TBF.RATE64)

function readTbf(bytes: Buffer, start: number, end: number): Readonly<Record<string, number>> {
  tbf.scan(bytes, start, end)
  if (tbf.size(TCA_TBF.PARMS) < TBF_QOPT_BYTES) return {}
  const at = tbf.start(TCA_TBF.PARMS)
  const bytesPerSecond = tbf.u64(bytes, TCA_TBF.RATE64) || bytes.readUInt32LE(at + TBF_RATE)
  return { rateKbit: (bytesPerSecond * 8) / 1000, limitBytes: bytes.readUInt32LE(at + TBF_LIMIT) }
}
