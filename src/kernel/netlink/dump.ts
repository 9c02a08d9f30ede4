import * as sys from '../ffi.ts'
import { KernelError, must } from '../kernel-error.ts'
import {
  HEADER_BYTES,
  MessageBuilder,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from './message.ts'

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const SOL_NETLINK = 270
const NETLINK_GET_STRICT_CHK = 12
const MSG_TRUNC = 0x20
const [EINTR, ENOBUFS, EMSGSIZE] = [4, 105, 90]

/** A dump's datagrams are at most 32 KiB (netlink_dump), whatever the reader offers. */
const inbox = Buffer.alloc(64 * 1024)
/** A list that changes while it is read is read again this often before it is taken as it is. */
const TRIES = 4

const KERNEL = Buffer.from([AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
const ONE = Buffer.from([1, 0, 0, 0])

/**
 * `whole`; `capped` at the limit; or `changing`: something was added or removed during every attempt (NLM_F_DUMP_INTR),
 * so that entries may be missing or stand twice.
 */
export type DumpOutcome = 'whole' | 'capped' | 'changing'

/** `start` to `end` is what follows nlmsghdr. The buffer is used again for the next datagram. */
export type EntryReader = (bytes: Buffer, start: number, end: number) => void

/** As `dumpRequest`, for one answer instead of a list; the acknowledgement ends it as NLMSG_DONE ends a list. */
export function singleRequest(type: number, fill: (message: MessageBuilder) => void): Buffer {
  const builder = new MessageBuilder(64)
  fill(builder.begin(type, NLM_F_ACK, 0))
  return Buffer.from(builder.finish())
}

/** A request that can be sent as often as wanted: type, then what `fill` adds. */
export function dumpRequest(type: number, fill: (message: MessageBuilder) => void): Buffer {
  const builder = new MessageBuilder(64)
  fill(builder.begin(type, NLM_F_DUMP, 0))
  return Buffer.from(builder.finish())
}

/**
 * A netlink socket for reading lists, of the namespace that the thread is in, and leaner than NetlinkSocket: a hundred
 * namespaces are read in the time in which ten programs start. It is connected to the kernel, so that nobody inside the
 * namespace can slip messages into the answer (netlink_unicast refuses other senders then).
 */
export class DumpSocket {
  private fd: number
  private sequence = 0
  private readonly protocol: number

  constructor(protocol: number) {
    this.protocol = protocol
    this.fd = openSocket(protocol)
  }

  /**
   * Reads one list. At most `limit` entries are handed to `read`: some lists are as long as a student wants.
   * @param restart called before the list is read again from its beginning
   * @throws KernelError e.g. when the kernel lacks the family
   */
  dump(request: Buffer, limit: number, read: EntryReader, restart: () => void): DumpOutcome {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = this.attempt(request, limit, read, attempt === TRIES)
      // What was not read stays queued in the socket; a fresh one costs less than reading it all.
      if (outcome === 'capped' || outcome === 'lost') this.reopen()
      if (outcome !== 'lost' && (outcome !== 'changing' || attempt === TRIES)) return outcome
      restart()
    }
  }

  close(): void {
    sys.close(this.fd)
    this.fd = -1
  }

  private attempt(request: Buffer, limit: number, read: EntryReader, last: boolean): DumpOutcome | 'lost' {
    this.sequence = (this.sequence + 1) >>> 0 || 1
    request.writeUInt32LE(this.sequence, 8)
    must(sys.send(this.fd, request, request.length, 0), 'netlink send')
    let outcome: DumpOutcome = 'whole'
    let entries = 0
    for (;;) {
      const length = sys.recv(this.fd, inbox, inbox.length, MSG_TRUNC)
      if (length === -EINTR) continue
      if (length === -ENOBUFS && !last) return 'lost'
      must(length, 'netlink receive')
      if (length > inbox.length) throw new KernelError(EMSGSIZE, 'netlink receive', `datagram of ${length} bytes`)
      let at = 0
      while (at + HEADER_BYTES <= length) {
        const size = inbox.readUInt32LE(at)
        if (size < HEADER_BYTES || at + size > length)
          throw new KernelError(EMSGSIZE, 'netlink receive', 'message cut off')
        const type = inbox.readUInt16LE(at + 4)
        if ((inbox.readUInt16LE(at + 6) & NLM_F_DUMP_INTR) !== 0) outcome = 'changing'
        if (type === NLMSG_DONE || type === NLMSG_ERROR) {
          const errno = size >= HEADER_BYTES + 4 ? -inbox.readInt32LE(at + HEADER_BYTES) : 0
          if (errno !== 0) throw new KernelError(errno, `netlink dump ${request.readUInt16LE(4)}`)
          return outcome
        }
        if (entries === limit) return 'capped'
        entries += 1
        read(inbox, at + HEADER_BYTES, at + size)
        at += (size + 3) & ~3
      }
    }
  }

  private reopen(): void {
    this.close()
    this.fd = openSocket(this.protocol)
  }
}

function openSocket(protocol: number): number {
  const fd = must(sys.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), 'socket')
  const connected = sys.connect(fd, KERNEL, KERNEL.length)
  if (connected < 0) {
    sys.close(fd)
    must(connected, 'netlink connect')
  }
  // Without it the kernel ignores filters and sends all; the readers would still be right, only slower.
  sys.setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, ONE, 4)
  return fd
}
