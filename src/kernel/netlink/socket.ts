import * as sys from '../ffi.ts'
import { KernelError, must } from '../kernel-error.ts'
import { eachMessage, type Message, MessageBuilder, NLM_F_ACK, NLMSG_ERROR, readAcknowledgement } from './message.ts'

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const SOL_SOCKET = 1
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
const EINTR = 4
const EAGAIN = 11
const ENOBUFS = 105

export const NETLINK_ROUTE = 0
export const NETLINK_SOCK_DIAG = 4
export const NETLINK_NETFILTER = 12

/** Room for the answers of one batch: an acknowledgement takes about 1 KiB of it, whatever its length. */
const BUFFER_BYTES = 4 * 1024 * 1024
/** Acknowledgements and single objects are far smaller. */
const RECEIVE_BYTES = 64 * 1024

const KERNEL_ADDRESS = Buffer.from([AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
const ONE = u32(1)
const BUFFER_SIZE = u32(BUFFER_BYTES)
const inbox = Buffer.alloc(RECEIVE_BYTES)

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** A refusal inside a batch: which message, by its place from 0. */
export type BatchRefusal = { readonly index: number; readonly error: KernelError }

/**
 * A netlink socket for changes and events (dump.ts reads lists), of the namespace that the thread was in when it was opened;
 * it stays there wherever the thread goes.
 * rtnetlink works while `send` runs: when that returns, the answers are queued and reading them never waits.
 */
export class NetlinkSocket {
  readonly fd: number
  private sequence = 1
  private readonly protocol: number

  constructor(protocol: number = NETLINK_ROUTE) {
    this.protocol = protocol
    this.fd = must(sys.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), 'socket')
    // To the kernel: nobody else inside the namespace can slip answers in then (netlink_getsockbyportid).
    const connected = sys.connect(this.fd, KERNEL_ADDRESS, KERNEL_ADDRESS.length)
    if (connected < 0) {
      sys.close(this.fd)
      must(connected, 'netlink connect')
    }
    // Without these the socket still works, only with fewer words and smaller batches: failures are not worth a refusal.
    sys.setsockopt(this.fd, SOL_NETLINK, NETLINK_CAP_ACK, ONE, 4)
    sys.setsockopt(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, ONE, 4)
    sys.setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE, 4)
    sys.setsockopt(this.fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_SIZE, 4)
  }

  /** First of `count` fresh sequence numbers, for messages that the caller begins itself. */
  takeSequence(count = 1): number {
    const first = this.sequence
    this.sequence = (this.sequence + count) >>> 0 || 1
    return first
  }

  /**
   * Sends the messages of `builder`, whose sequence numbers run from `firstSequence` without gaps, and answers the refused
   * ones in order. Only the last message asks for an acknowledgement: the kernel answers a refusal always
   * (netlink_rcv_skb), and answers in order, so silence before the last answer means done.
   */
  batch(builder: MessageBuilder, firstSequence: number, call: string): readonly BatchRefusal[] {
    const last = firstSequence + builder.count - 1
    builder.addFlags(NLM_F_ACK)
    this.send(builder.finish())
    const refusals: BatchRefusal[] = []
    let done = false
    while (!done) {
      this.receive((message) => {
        if (message.type !== NLMSG_ERROR) return
        const { errno, words } = readAcknowledgement(message)
        if (errno !== 0) {
          refusals.push({ index: message.sequence - firstSequence, error: new KernelError(errno, call, words) })
        }
        if (message.sequence === last) done = true
      })
    }
    return refusals
  }

  /** One message, whose refusal is thrown. `build` adds header and attributes; `onAnswer` sees what comes before the acknowledgement. */
  request(
    type: number,
    flags: number,
    call: string,
    build: (message: MessageBuilder) => void,
    onAnswer: (message: Message) => void = () => {},
  ): void {
    const builder = new MessageBuilder(512)
    const sequence = this.takeSequence()
    build(builder.begin(type, flags | NLM_F_ACK, sequence))
    this.send(builder.finish())
    let answer: { readonly errno: number; readonly words: string } | undefined
    while (answer === undefined) {
      this.receive((message) => {
        if (message.sequence !== sequence) return
        if (message.type === NLMSG_ERROR) answer = readAcknowledgement(message)
        else onAnswer(message)
      })
    }
    if (answer.errno !== 0) throw new KernelError(answer.errno, call, answer.words)
  }

  /** Sends bytes to the kernel as they are. */
  send(bytes: Uint8Array): void {
    let sent: number
    do sent = sys.send(this.fd, bytes, bytes.length, 0)
    while (sent === -EINTR)
    must(sent, `netlink ${this.protocol} send`)
  }

  /** Reads one datagram, waiting for it, and visits its messages. */
  receive(visit: (message: Message) => void): void {
    let length: number
    do length = sys.recv(this.fd, inbox, inbox.length, MSG_TRUNC)
    while (length === -EINTR)
    must(length, `netlink ${this.protocol} receive`)
    if (length > inbox.length) throw new KernelError(ENOBUFS, `netlink ${this.protocol} receive`, 'datagram cut off')
    eachMessage(inbox, length, visit)
  }

  /** As `receive`, but answers false at once when nothing is queued: for subscribed sockets. */
  tryReceive(visit: (message: Message) => void): boolean {
    const length = sys.recv(this.fd, inbox, inbox.length, MSG_TRUNC | MSG_DONTWAIT)
    if (length === -EAGAIN || length === -EINTR) return false
    must(length, `netlink ${this.protocol} receive`)
    eachMessage(inbox, Math.min(length, inbox.length), visit)
    return true
  }

  /** Subscribes to the events of one group, by its RTNLGRP_ number. */
  subscribe(group: number): void {
    must(sys.setsockopt(this.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, u32(group), 4), 'netlink subscribe')
  }

  close(): void {
    sys.close(this.fd)
  }
}
