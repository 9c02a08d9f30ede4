import * as sys from '../ffi.ts'
import { must } from '../kernel-error.ts'

const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
const EPOLLIN = 1
/** struct epoll_event is packed on x86-64 only (linux/eventpoll.h). */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16
const DATA_AT = EVENT_BYTES - 8
const EVENTS = 256

/**
 * Tells the owners of sockets when something has arrived. One epoll for all sockets of a thread, itself watched by the
 * event loop: waiting costs nothing, and while nobody is registered the loop is not held open.
 */
export class Poller {
  readonly #epoll = must(sys.epollCreate(EPOLL_CLOEXEC), 'epoll_create1')
  readonly #readers = new Map<number, () => void>()
  readonly #events = Buffer.from(new ArrayBuffer(EVENTS * EVENT_BYTES))
  readonly #event = Buffer.from(new ArrayBuffer(16))
  #stopWatching: (() => void) | undefined

  /** @param onReadable takes what is there, or a part; it is called again as long as something is left */
  add(fd: number, onReadable: () => void): void {
    this.#event.fill(0)
    this.#event.writeUInt32LE(EPOLLIN, 0)
    this.#event.writeInt32LE(fd, DATA_AT)
    must(sys.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, this.#event), 'epoll_ctl')
    this.#readers.set(fd, onReadable)
    this.#stopWatching ??= sys.watchReadable(this.#epoll, () => this.drain())
  }

  /** To be called before the fd is closed. */
  remove(fd: number): void {
    if (!this.#readers.delete(fd)) return
    sys.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, null)
    if (this.#readers.size > 0) return
    this.#stopWatching?.()
    this.#stopWatching = undefined
  }

  /** Hands out what has arrived by now, without waiting, one batch for each ready socket. Answers how many were ready. */
  drain(): number {
    const ready = sys.epollWait(this.#epoll, this.#events, EVENTS, 0)
    for (let place = 0; place < ready; place++) {
      this.#readers.get(this.#events.readInt32LE(place * EVENT_BYTES + DATA_AT))?.()
    }
    return Math.max(ready, 0)
  }

  close(): void {
    for (const fd of this.#readers.keys()) this.remove(fd)
    sys.close(this.#epoll)
  }
}
