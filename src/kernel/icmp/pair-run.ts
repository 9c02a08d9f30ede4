import { setImmediate as nextTurn } from 'node:timers/promises'
import { LabError } from '../../errors.ts'
import type { Family, Ip } from '../../net/ip.ts'
import type { NamespaceName } from '../../plan/objects.ts'
import type { PairAnswer } from '../kernel.ts'
import { errnoName, KernelError } from '../kernel-error.ts'
import { nowMs } from './clock.ts'
import {
  attemptOf,
  carriesToken,
  makeEcho,
  newReading,
  PAYLOAD_WITH_ATTEMPT_BYTES,
  readEcho,
  stampEcho,
} from './echo.ts'
import { type EchoSocket, openEchoSocket, socketAddress } from './echo-socket.ts'
import { PairBook } from './pair-book.ts'
import { interleave } from './pair-order.ts'
import type { StreamSetting } from './ping-stream.ts'
import { NO_BUFFER, reasonOfErrno, reasonOfIcmp, SENDER_GONE } from './reasons.ts'

/** The sequence number names the pair, so that even an ICMP error that quotes 8 bytes does. */
export const MOST_PAIRS = 65_536

/** Echoes on their way at once: enough to keep both ends busy, few enough for every queue on the way. */
const WINDOW = 256
/** So long the thread sends before it looks at what came in and lets others have their turn. */
const TURN_MS = 2
/** With the window full and nothing coming in for so long, what is on its way is taken to be lost or far away. */
const STALL_MS = 5
/** Room for the queue of every neighbour that is being asked for, and for thousands of replies. */
const BUFFER_BYTES = 4 << 20
const SOCKETS_PER_TURN = 32
const ENOENT = 2

export type Pair = { readonly namespace: NamespaceName; readonly destination: Ip }
type Source = { readonly namespace: NamespaceName; readonly family: Family; readonly pairs: number[] }

/** One echo for each pair, and up to two more for the silent; one socket for each source and family; one deadline. */
export class PairRun {
  readonly #setting: StreamSetting
  readonly #book: PairBook
  readonly #sources: readonly Source[]
  /** By pair. */
  readonly #sourceOf: Int32Array
  readonly #addressOf: readonly Buffer[]
  /** By source; undefined when its namespace is gone. */
  readonly #sockets: (EchoSocket | undefined)[] = []
  readonly #unwatch: (() => void)[] = []
  readonly #echoes: ReturnType<typeof echoesOf>
  readonly #reading = newReading()
  #underWay = 0
  #wake: (() => void) | undefined
  #failure: unknown

  /** @throws RangeError for more than MOST_PAIRS */
  constructor(pairs: readonly Pair[], setting: StreamSetting) {
    if (pairs.length > MOST_PAIRS) throw new RangeError(`at most ${MOST_PAIRS} pairs`)
    this.#setting = setting
    this.#echoes = echoesOf(setting)
    this.#sources = sourcesOf(pairs)
    this.#sourceOf = new Int32Array(pairs.length)
    for (const [place, source] of this.#sources.entries()) for (const pair of source.pairs) this.#sourceOf[pair] = place
    this.#addressOf = addressesOf(pairs)
    this.#book = new PairBook(pairs.length, interleave(this.#sources.map((source) => source.pairs)))
  }

  /**
   * @param timeoutMs counts from the first echo
   * @throws LabError cancelled
   * @throws KernelError when sockets cannot be had
   */
  async run(timeoutMs: number, signal?: AbortSignal): Promise<readonly PairAnswer[]> {
    const wake = () => this.#wake?.()
    signal?.addEventListener('abort', wake)
    try {
      await this.#openSockets()
      const deadlineMs = nowMs() + timeoutMs
      while (this.#book.open > 0 && nowMs() < deadlineMs) {
        if (signal?.aborted === true) throw new LabError({ kind: 'cancelled' })
        if (this.#failure !== undefined) throw this.#failure
        const sent = this.#sendSome()
        if (this.#setting.poller.drain() + sent > 0) await nextTurn()
        else await this.#quiet(deadlineMs)
      }
      // What came in while the last turn ended is still in time.
      this.#setting.poller.drain()
      return this.#book.answers()
    } finally {
      signal?.removeEventListener('abort', wake)
      for (const unwatch of this.#unwatch) unwatch()
      for (const place of this.#sources.keys()) this.#closeSocket(place)
    }
  }

  async #openSockets(): Promise<void> {
    for (const [place, source] of this.#sources.entries()) {
      if (place % SOCKETS_PER_TURN === SOCKETS_PER_TURN - 1) await nextTurn()
      const { namespace, family } = source
      try {
        const options = { family, id: this.#setting.id, ttl: 0, dontFragment: false, bufferBytes: BUFFER_BYTES }
        const socket = openEchoSocket(namespace, options)
        this.#sockets[place] = socket
        this.#setting.poller.add(socket.fd, () => this.#read(place, socket))
        this.#unwatch.push(this.#setting.names.add(namespace, () => this.#giveUp(place)))
      } catch (error) {
        if (!(error instanceof KernelError) || error.errno !== ENOENT) throw error
        this.#giveUp(place)
      }
    }
  }

  /** The sender's namespace is not there, or is there no more. */
  #giveUp(place: number): void {
    this.#closeSocket(place)
    for (const pair of this.#sources[place]?.pairs ?? []) {
      if (this.#book.isOpen(pair)) this.#book.settle(pair, SENDER_GONE)
    }
    this.#wake?.()
  }

  #closeSocket(place: number): void {
    const socket = this.#sockets[place]
    if (socket === undefined) return
    this.#sockets[place] = undefined
    this.#setting.poller.remove(socket.fd)
    socket.close()
  }

  /** Fills the window, for one turn at most. Answers how many were sent. */
  #sendSome(): number {
    let now = nowMs()
    const endMs = now + TURN_MS
    let sent = 0
    for (; this.#underWay < WINDOW && now < endMs; now = nowMs()) {
      const pair = this.#book.next(now)
      if (pair === -1) break
      this.#ask(pair)
      sent++
    }
    return sent
  }

  #ask(pair: number): void {
    const socket = this.#sockets[this.#sourceOf[pair] ?? -1]
    const address = this.#addressOf[pair]
    if (socket === undefined || address === undefined) return
    const echo = this.#echoes[socket.family]
    const attempt = this.#book.attemptOf(pair)
    stampEcho(echo, pair, attempt)
    const atMs = nowMs()
    // The dearer way, which also tells of a full neighbour table, is kept for those that were silent.
    const refusal =
      attempt === 1 ? refusalOf(socket.send(echo.packet, address)) : socket.sendNamed(echo.packet, address)?.reason
    if (refusal !== undefined && refusal !== NO_BUFFER) {
      this.#book.settle(pair, refusal)
      return
    }
    this.#book.asked(pair, atMs, refusal)
    this.#underWay++
  }

  #read(source: number, socket: EchoSocket): void {
    const { ring } = this.#setting
    try {
      const count = ring.receive(socket.fd)
      for (let slot = 0; slot < count; slot++) this.#take(slot, source, socket.family)
      ring.release(count)
    } catch (error) {
      // A callback of the event loop has nobody to throw to.
      this.#failure = error
    }
    this.#wake?.()
  }

  #take(slot: number, source: number, family: Family): void {
    const { ring, id, token } = this.#setting
    const reading = this.#reading
    if (!readEcho(family, ring.bytes, ring.startOf(slot), ring.lengthOf(slot), ring.slotBytes, reading)) return
    if (reading.id !== id || !carriesToken(ring.bytes, reading, token, PAYLOAD_WITH_ATTEMPT_BYTES)) return
    const pair = reading.sequence
    if (!this.#book.isOpen(pair) || this.#sourceOf[pair] !== source) return
    if (reading.kind === 'error') {
      this.#book.settle(pair, reasonOfIcmp(family, reading.type, reading.code))
    } else {
      // A reply by another address than the one asked would be no use to any program: it is no answer.
      const address = this.#addressOf[pair]
      if (address === undefined || !ring.isFrom(slot, family, address)) return
      if (!this.#book.answered(pair, attemptOf(ring.bytes, reading), ring.arrivedAtMs(slot))) return
    }
    if (this.#underWay > 0) this.#underWay--
  }

  /** Sleeps until something arrives or there is something to do. */
  async #quiet(deadlineMs: number): Promise<void> {
    const isFull = this.#underWay >= WINDOW
    const untilMs = Math.min(isFull ? nowMs() + STALL_MS : this.#book.nextDueAtMs(), deadlineMs)
    let timer: NodeJS.Timeout | undefined
    const arrived = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true)
      timer = setTimeout(() => resolve(false), Math.max(untilMs - nowMs(), 0))
    })
    clearTimeout(timer)
    this.#wake = undefined
    if (!arrived) this.#underWay = 0
  }
}

function refusalOf(result: number): string | undefined {
  return result < 0 ? reasonOfErrno(errnoName(-result)) : undefined
}

function echoesOf({ id, token }: StreamSetting) {
  return {
    4: makeEcho(4, id, token, PAYLOAD_WITH_ATTEMPT_BYTES),
    6: makeEcho(6, id, token, PAYLOAD_WITH_ATTEMPT_BYTES),
  } as const
}

/** In the order of their first pair. */
function sourcesOf(pairs: readonly Pair[]): readonly Source[] {
  const sources = new Map<string, Source>()
  for (const [place, { namespace, destination }] of pairs.entries()) {
    const key = `${namespace} ${destination.family}`
    const source = sources.get(key) ?? { namespace, family: destination.family, pairs: [] }
    if (source.pairs.length === 0) sources.set(key, source)
    source.pairs.push(place)
  }
  return [...sources.values()]
}

/** One socket address for each destination, shared by all pairs that ask it. */
function addressesOf(pairs: readonly Pair[]): readonly Buffer[] {
  const addresses = new Map<string, Buffer>()
  return pairs.map(({ destination }) => {
    const key = `${destination.family} ${destination.value}`
    const address = addresses.get(key) ?? socketAddress(destination)
    addresses.set(key, address)
    return address
  })
}
