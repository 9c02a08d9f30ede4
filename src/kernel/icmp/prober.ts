import { type Ip, parseIp, useOf } from '../../net/ip.ts'
import type { Kernel, PairAnswer, PingEvent, PingPairsRequest, PingRequest } from '../kernel.ts'
import { KernelError } from '../kernel-error.ts'
import { TOKEN_BYTES } from './echo.ts'
import { NameWatch } from './name-watch.ts'
import { PairRun } from './pair-run.ts'
import { PingStream, type StreamSetting } from './ping-stream.ts'
import { Poller } from './poller.ts'
import { ReceiveRing } from './receive-ring.ts'

const EINVAL = 22

/**
 * Pings by raw sockets, for a thread of its own: `ping` and `pingPairs` as the port names them. Any number may run at
 * once; they share the thread turn by turn, and while all wait the thread sleeps. A namespace whose name is taken away is
 * let go of soon after, so that labs can be removed while they are pinged.
 */
export class Prober implements Pick<Kernel, 'ping' | 'pingPairs'> {
  readonly #poller = new Poller()
  readonly #ring = new ReceiveRing()
  readonly #names = new NameWatch()
  readonly #idsInUse = new Set<number>()
  #lastId: number
  #nextToken: bigint

  /** @param seed where tokens and ids begin: two probers on one host need different ones, so that neither takes the other's replies */
  constructor(seed: bigint = process.hrtime.bigint() ^ (BigInt(process.pid) << 40n)) {
    this.#nextToken = BigInt.asUintN(64, seed)
    this.#lastId = Number(BigInt.asUintN(16, seed))
  }

  /**
   * @throws KernelError `ENOENT` when the namespace is not there, `EINVAL` when the destination is no address or is
   *   link-local and no device is given; refusals to send are events
   */
  async ping(request: PingRequest, onEvent: (event: PingEvent) => void, signal?: AbortSignal): Promise<void> {
    const destination = addressOf(request.destination, request.device !== undefined)
    await this.#withIdentity((setting) => new PingStream(request, destination, setting, onEvent).run(signal))
  }

  /** @throws LabError cancelled; KernelError `EINVAL` as above, or when sockets cannot be had */
  async pingPairs(request: PingPairsRequest, signal?: AbortSignal): Promise<readonly PairAnswer[]> {
    const destinations = new Map<string, Ip>()
    const pairs = request.pairs.map(({ namespace, destination: text }) => {
      const destination = destinations.get(text) ?? addressOf(text, false)
      destinations.set(text, destination)
      return { namespace, destination }
    })
    return await this.#withIdentity((setting) => new PairRun(pairs, setting).run(request.timeoutMs, signal))
  }

  /** To be called when nothing runs any more. */
  close(): void {
    this.#poller.close()
  }

  async #withIdentity<T>(work: (setting: StreamSetting) => Promise<T>): Promise<T> {
    const id = this.#takeId()
    const token = Buffer.alloc(TOKEN_BYTES)
    token.writeBigUInt64BE(this.#nextToken)
    this.#nextToken = BigInt.asUintN(64, this.#nextToken + 1n)
    try {
      return await work({ poller: this.#poller, ring: this.#ring, names: this.#names, id, token })
    } finally {
      this.#idsInUse.delete(id)
    }
  }

  #takeId(): number {
    if (this.#idsInUse.size > 0xffff) throw new KernelError(11, 'ping', 'all echo ids are in use')
    do this.#lastId = (this.#lastId + 1) & 0xffff
    while (this.#idsInUse.has(this.#lastId))
    this.#idsInUse.add(this.#lastId)
    return this.#lastId
  }
}

function addressOf(text: string, hasDevice: boolean): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new KernelError(EINVAL, 'ping', `${JSON.stringify(text)} is no address`)
  if (ip.family === 6 && useOf(ip) === 'link-local' && !hasDevice) {
    throw new KernelError(EINVAL, 'ping', `${text} is link-local and needs a device`)
  }
  return ip
}
