import { formatIp, type Ip, ipFromBytes } from '../../net/ip.ts'
import type { PingEvent, PingRequest } from '../kernel.ts'
import { nowMs } from './clock.ts'
import { carriesToken, type Echo, makeEcho, newReading, readEcho, stampEcho } from './echo.ts'
import { deviceIndex, type EchoSocket, openEchoSocket, socketAddress } from './echo-socket.ts'
import type { NameWatch } from './name-watch.ts'
import type { Poller } from './poller.ts'
import { reasonOfIcmp } from './reasons.ts'
import type { ReceiveRing } from './receive-ring.ts'

/** Enough for many replies of the largest payload. */
const BUFFER_BYTES = 1 << 20

/** What all streams of a thread share, and what makes this one's echoes its own. */
export type StreamSetting = {
  readonly poller: Poller
  readonly ring: ReceiveRing
  readonly names: NameWatch
  readonly id: number
  readonly token: Uint8Array
}

type Waiting = { readonly sequence: number; readonly sentAtMs: number }

/**
 * Echoes to one destination, sequence numbers from 1. Each brings exactly one event: reply, error or silence; what comes
 * after that for the same number (duplicates, late replies) is ignored. Between two things to do it is a timer.
 */
export class PingStream {
  readonly #request: PingRequest
  readonly #setting: StreamSetting
  readonly #onEvent: (event: PingEvent) => void
  readonly #socket: EchoSocket
  readonly #address: Buffer
  readonly #echo: Echo
  readonly #reading = newReading()
  /** In the order of sending, which is also that of giving up. */
  readonly #waiting = new Map<number, Waiting>()
  #sent = 0
  #nextAtMs = nowMs()
  #timer: NodeJS.Timeout | undefined
  #done: ((error?: unknown) => void) | undefined

  /** @throws KernelError when the namespace is not there or a socket cannot be had */
  constructor(request: PingRequest, destination: Ip, setting: StreamSetting, onEvent: (event: PingEvent) => void) {
    this.#request = request
    this.#setting = setting
    this.#onEvent = onEvent
    const { namespace, device, ttl, dontFragment, payloadBytes } = request
    const { family } = destination
    this.#address = socketAddress(destination, device === undefined ? 0 : deviceIndex(namespace, device))
    this.#echo = makeEcho(family, setting.id, setting.token, payloadBytes)
    this.#socket = openEchoSocket(namespace, { family, id: setting.id, ttl, dontFragment, bufferBytes: BUFFER_BYTES })
  }

  /**
   * Runs until every echo has its event, `signal` aborts, or the name of the namespace goes; then the socket is closed. To
   * be called once.
   */
  async run(signal?: AbortSignal): Promise<void> {
    const stop = () => this.#done?.()
    const unwatch = this.#setting.names.add(this.#request.namespace, stop)
    try {
      if (signal?.aborted === true) return
      this.#setting.poller.add(this.#socket.fd, () => this.#guard(() => this.#read()))
      signal?.addEventListener('abort', stop)
      await new Promise<void>((resolve, reject) => {
        this.#done = (error) => (error === undefined ? resolve() : reject(error))
        this.#guard(() => this.#turn())
      })
    } finally {
      unwatch()
      clearTimeout(this.#timer)
      signal?.removeEventListener('abort', stop)
      this.#setting.poller.remove(this.#socket.fd)
      this.#socket.close()
    }
  }

  /** A callback of the event loop has nobody to throw to. */
  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#done?.(error)
    }
  }

  #turn(): void {
    const now = nowMs()
    if (this.#sent < this.#request.count && now >= this.#nextAtMs) {
      // Counted from now, so that a thread that was held up does not answer with a burst.
      this.#nextAtMs = now + this.#request.intervalMs
      this.#send()
      // Over veth pairs the reply is there when sendto returns: the whole way runs inside it.
      this.#read()
    }
    this.#giveUp()
    this.#planNext()
  }

  #send(): void {
    const sequence = ++this.#sent
    stampEcho(this.#echo, sequence & 0xffff)
    const sentAtMs = nowMs()
    const refusal = this.#socket.sendNamed(this.#echo.packet, this.#address)
    if (refusal === undefined) this.#waiting.set(sequence & 0xffff, { sequence, sentAtMs })
    else this.#onEvent({ kind: 'error', sequence, from: '', ...refusal })
  }

  #read(): void {
    const { ring } = this.#setting
    const count = ring.receive(this.#socket.fd)
    for (let slot = 0; slot < count; slot++) this.#take(slot)
    ring.release(count)
    if (count > 0) this.#planNext()
  }

  #take(slot: number): void {
    const { ring, id, token } = this.#setting
    const { family } = this.#socket
    const reading = this.#reading
    if (!readEcho(family, ring.bytes, ring.startOf(slot), ring.lengthOf(slot), ring.slotBytes, reading)) return
    if (reading.id !== id || !carriesToken(ring.bytes, reading, token, this.#request.payloadBytes)) return
    const waiting = this.#waiting.get(reading.sequence)
    if (waiting === undefined) return
    this.#waiting.delete(reading.sequence)
    const { sequence, sentAtMs } = waiting
    const from = textOfIp(ring.sourceOf(slot, family))
    if (reading.kind === 'reply') {
      const rttMs = Math.max(ring.arrivedAtMs(slot) - sentAtMs, 0)
      const ttl = family === 4 ? reading.ttl : ring.hopLimitOf(slot)
      this.#onEvent({ kind: 'reply', sequence, from, ttl, bytes: reading.icmpBytes, rttMs })
      return
    }
    const reason = reasonOfIcmp(family, reading.type, reading.code)
    const mtu = reading.mtuBytes > 0 ? { mtuBytes: reading.mtuBytes } : {}
    this.#onEvent({ kind: 'error', sequence, from, reason, ...mtu })
  }

  #giveUp(): void {
    const lastMs = nowMs() - this.#request.timeoutMs
    for (const [key, { sequence, sentAtMs }] of this.#waiting) {
      if (sentAtMs > lastMs) return
      this.#waiting.delete(key)
      this.#onEvent({ kind: 'silence', sequence })
    }
  }

  #planNext(): void {
    clearTimeout(this.#timer)
    const sendAtMs = this.#sent < this.#request.count ? this.#nextAtMs : Number.POSITIVE_INFINITY
    const [oldest] = this.#waiting.values()
    const giveUpAtMs = oldest === undefined ? Number.POSITIVE_INFINITY : oldest.sentAtMs + this.#request.timeoutMs
    const nextMs = Math.min(sendAtMs, giveUpAtMs)
    if (nextMs === Number.POSITIVE_INFINITY) this.#done?.()
    else this.#timer = setTimeout(() => this.#guard(() => this.#turn()), Math.max(nextMs - nowMs(), 0))
  }
}

function textOfIp(bytes: Uint8Array): string {
  const ip = ipFromBytes(bytes)
  return ip === undefined ? '' : formatIp(ip)
}
