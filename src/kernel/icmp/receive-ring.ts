import type { Family } from '../../net/ip.ts'
import * as sys from '../ffi.ts'
import { KernelError } from '../kernel-error.ts'
import { msOfTimespec, nowMs, wallAheadMs } from './clock.ts'
import { findControl } from './control-message.ts'

const SLOTS = 64
/** Room for one packet; a longer one is cut, and its true length still told (MSG_TRUNC). */
const SLOT_BYTES = 2048
const ADDRESS_BYTES = 28
const CONTROL_BYTES = 128
/** struct mmsghdr: a struct msghdr of 56 bytes, the length, padding. */
const HEADER_BYTES = 64
const IOVEC_BYTES = 16
const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
const EAGAIN = 11
const SOL_SOCKET = 1
const SCM_TIMESTAMPNS = 35
const IPPROTO_IPV6 = 41
const IPV6_HOPLIMIT = 52

/**
 * Memory into which packets are read many at a time, shared by all sockets of a thread: what one `receive` brought is
 * gone with the next one. Nothing is allocated for a packet.
 */
export class ReceiveRing {
  readonly bytes = Buffer.from(new ArrayBuffer(SLOTS * SLOT_BYTES))
  readonly slotBytes = SLOT_BYTES
  readonly #addresses = Buffer.from(new ArrayBuffer(SLOTS * ADDRESS_BYTES))
  readonly #controls = Buffer.from(new ArrayBuffer(SLOTS * CONTROL_BYTES))
  readonly #headers = Buffer.from(new ArrayBuffer(SLOTS * HEADER_BYTES))
  readonly #iovecs = Buffer.from(new ArrayBuffer(SLOTS * IOVEC_BYTES))
  #wallAheadMs = 0
  #readAtMs = 0

  constructor() {
    const at = {
      bytes: sys.addressOf(this.bytes),
      addresses: sys.addressOf(this.#addresses),
      controls: sys.addressOf(this.#controls),
      iovecs: sys.addressOf(this.#iovecs),
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#iovecs.writeBigUInt64LE(at.bytes + BigInt(slot * SLOT_BYTES), slot * IOVEC_BYTES)
      this.#iovecs.writeBigUInt64LE(BigInt(SLOT_BYTES), slot * IOVEC_BYTES + 8)
      const header = slot * HEADER_BYTES
      this.#headers.writeBigUInt64LE(at.addresses + BigInt(slot * ADDRESS_BYTES), header)
      this.#headers.writeBigUInt64LE(at.iovecs + BigInt(slot * IOVEC_BYTES), header + 16)
      this.#headers.writeBigUInt64LE(1n, header + 24)
      this.#headers.writeBigUInt64LE(at.controls + BigInt(slot * CONTROL_BYTES), header + 32)
      this.#clear(slot)
    }
  }

  /** How many packets were there, at most 64; they stand in slots 0 and up. Never waits. */
  receive(fd: number): number {
    const aheadMs = wallAheadMs()
    for (let tries = 0; tries < TOLD_ONCE.size; tries++) {
      const count = sys.recvmmsg(fd, this.#headers, SLOTS, MSG_DONTWAIT | MSG_TRUNC, null)
      if (count === -EAGAIN) return 0
      // An error that the socket kept from an earlier sending is told once, in place of packets; ours come by ICMP.
      if (count < 0 && TOLD_ONCE.has(-count)) continue
      if (count < 0) throw new KernelError(-count, 'recvmmsg')
      this.#wallAheadMs = aheadMs
      this.#readAtMs = nowMs()
      return count
    }
    return 0
  }

  startOf(slot: number): number {
    return slot * SLOT_BYTES
  }

  /** On the wire; more than `slotBytes` when the packet was cut. */
  lengthOf(slot: number): number {
    return this.#headers.readUInt32LE(slot * HEADER_BYTES + 56)
  }

  /** Source address in network byte order; valid until the next `receive`. */
  sourceOf(slot: number, family: Family): Uint8Array {
    const at = slot * ADDRESS_BYTES + (family === 4 ? 4 : 8)
    return this.#addresses.subarray(at, at + (family === 4 ? 4 : 16))
  }

  /** Whether the packet came from the address of a `sockaddr_in` or `sockaddr_in6`. */
  isFrom(slot: number, family: Family, address: Buffer): boolean {
    const at = family === 4 ? 4 : 8
    const end = family === 4 ? 8 : 24
    return address.compare(this.#addresses, slot * ADDRESS_BYTES + at, slot * ADDRESS_BYTES + end, at, end) === 0
  }

  /** IPv6 hop limit as the kernel told it beside the packet; 0 when it did not. */
  hopLimitOf(slot: number): number {
    const at = this.#controlOf(slot, IPPROTO_IPV6, IPV6_HOPLIMIT)
    return at === -1 ? 0 : this.#controls.readInt32LE(at)
  }

  /**
   * When the packet came in, by `nowMs`, from the kernel's own stamp: time that it lay in our buffer while this thread
   * did other things does not count. Never later than the reading.
   */
  arrivedAtMs(slot: number): number {
    const at = this.#controlOf(slot, SOL_SOCKET, SCM_TIMESTAMPNS)
    if (at === -1) return this.#readAtMs
    const seconds = this.#controls.readUInt32LE(at) + this.#controls.readUInt32LE(at + 4) * 2 ** 32
    return Math.min(msOfTimespec(seconds, this.#controls.readUInt32LE(at + 8)) - this.#wallAheadMs, this.#readAtMs)
  }

  /** To be called for each slot that was filled, when it has been read: the kernel shortened its lengths. */
  release(count: number): void {
    for (let slot = 0; slot < count; slot++) this.#clear(slot)
  }

  #clear(slot: number): void {
    const header = slot * HEADER_BYTES
    this.#headers.writeUInt32LE(ADDRESS_BYTES, header + 8)
    this.#headers.writeUInt32LE(CONTROL_BYTES, header + 40)
    this.#headers.writeUInt32LE(0, header + 44)
    this.#headers.writeUInt32LE(0, header + 48)
  }

  #controlOf(slot: number, level: number, type: number): number {
    const start = slot * CONTROL_BYTES
    const end = start + this.#headers.readUInt32LE(slot * HEADER_BYTES + 40)
    return findControl(this.#controls, start, end, level, type)
  }
}

/** EINTR, and what ICMP errors leave on a socket: EPROTO, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP, ENET/EHOST*, ECONNREFUSED, EACCES. */
const TOLD_ONCE: ReadonlySet<number> = new Set([4, 13, 64, 71, 90, 92, 95, 100, 101, 111, 112, 113])
