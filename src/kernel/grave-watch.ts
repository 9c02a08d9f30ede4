import * as sys from './ffi.ts'
import { KernelError } from './kernel-error.ts'
import { inFreshNamespace } from './namespace.ts'
import { DumpSocket, dumpRequest } from './netlink/dump.ts'
import { eachAttribute, type Message, MessageBuilder, NLM_F_CREATE, NLM_F_EXCL } from './netlink/message.ts'
import {
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_NET_NS_FD,
  linkHeader,
  RTM_DELLINK,
  RTM_DELNSID,
  RTM_GETLINK,
  RTM_GETNSID,
  RTM_NEWLINK,
  RTM_NEWNSID,
  VETH_INFO_PEER,
} from './netlink/rtnetlink.ts'
import { NETLINK_ROUTE, NetlinkSocket } from './netlink/socket.ts'

const NETNSA_NSID = 1
const NETNSA_FD = 3
const RTNLGRP_LINK = 1
const RTNLGRP_NSID = 28
const IFLA_TARGET_NETNSID = 46
const F_DUPFD_CLOEXEC = 1030
const LOOPBACK = 1
const ENOBUFS = 105
/** More than a host can have of either. */
const MAX_ENTRIES = 1_000_000

/**
 * Far above the numbers that the kernel gives out by itself: for each fence the lowest that is free, as its device's other end
 * is in a namespace that has none yet.
 */
const FIRST_ID = 1 << 20

/** A throw-away namespace; see GraveWatch.fence. */
export type Fence = { readonly index: number; readonly release: () => void }

/**
 * Tells when network namespaces are gone, which the kernel does some 50 to 100 ms after their last user let go.
 *
 * From inside a nameless namespace of our own each watched namespace has a number (nsid). The kernel takes the number away when it
 * begins to clean up after the last reference, and says so (RTM_DELNSID). Then come the devices: `cleanup_net` is one worker
 * that takes namespaces in the order in which they were let go, and unregisters the devices of all it took at once. So when
 * the device of a namespace that was let go last, the fence, is gone (RTM_DELLINK), those of all before it are gone too.
 */
export class GraveWatch {
  private readonly requests: NetlinkSocket
  private readonly lists: DumpSocket
  private readonly events: NetlinkSocket
  private readonly ids = new Set<number>()
  private readonly fences = new Set<number>()
  private readonly waiters = new Set<() => void>()
  private nextId = FIRST_ID
  private nextIndex = LOOPBACK + 1
  private readonly ownFd: number
  private stopWatching: (() => void) | undefined

  constructor() {
    const opened = inFreshNamespace((fresh) => {
      const events = new NetlinkSocket()
      events.subscribe(RTNLGRP_LINK)
      events.subscribe(RTNLGRP_NSID)
      const ownFd = sys.fcntl(fresh, F_DUPFD_CLOEXEC, 0)
      return { ownFd, events, requests: new NetlinkSocket(), lists: new DumpSocket(NETLINK_ROUTE) }
    })
    this.ownFd = opened.ownFd
    this.requests = opened.requests
    this.lists = opened.lists
    this.events = opened.events
  }

  /** Numbers for namespaces, in their order. The caller goes on to hold the fds until it lets the namespaces go. */
  watch(fds: readonly number[]): readonly number[] {
    const first = this.nextId
    const builder = new MessageBuilder(fds.length * 40 + 64)
    const sequence = this.requests.takeSequence(fds.length)
    fds.forEach((fd, place) => {
      builder.begin(RTM_NEWNSID, 0, sequence + place).header([4, 0])
      builder.u32(NETNSA_NSID, first + place).u32(NETNSA_FD, fd)
    })
    this.nextId += fds.length
    if (fds.length === 0) return []
    const [refused] = this.requests.batch(builder, sequence, 'RTM_NEWNSID')
    if (refused !== undefined) throw refused.error
    const ids = fds.map((_, place) => first + place)
    for (const id of ids) this.ids.add(id)
    return ids
  }

  /** A namespace whose end comes after the end of all that are let go before its `release`. */
  fence(): Fence {
    const index = this.nextIndex
    this.nextIndex += 1
    const fenceFd = inFreshNamespace((fd) => sys.fcntl(fd, F_DUPFD_CLOEXEC, 0))
    try {
      this.requests.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 'fence', (message) => {
        linkHeader(message, { index }).text(IFLA_IFNAME, `fence${index}`)
        message.nest(IFLA_LINKINFO, () => {
          message.text(IFLA_INFO_KIND, 'veth').nest(IFLA_INFO_DATA, () => {
            message.nest(VETH_INFO_PEER, () => {
              linkHeader(message, {}).text(IFLA_IFNAME, 'fence').u32(IFLA_NET_NS_FD, fenceFd)
            })
          })
        })
      })
    } catch (error) {
      sys.close(fenceFd)
      throw error
    }
    this.fences.add(index)
    return { index, release: () => sys.close(fenceFd) }
  }

  /** Which of `ids` still stand for a namespace that somebody holds, or that the kernel has not come to yet. */
  stillThere(ids: readonly number[]): readonly number[] {
    this.readEvents()
    return ids.filter((id) => this.ids.has(id))
  }

  /** Waits until the fence and all that were let go before it are gone; false when that takes longer. */
  fenceGone(fence: Fence, timeoutMs: number): Promise<boolean> {
    return this.until(() => !this.fences.has(fence.index), timeoutMs)
  }

  /** Waits until nobody holds any of `ids`; false when that takes longer. Their devices may still be there. */
  idsGone(ids: readonly number[], timeoutMs: number): Promise<boolean> {
    return this.until(() => !ids.some((id) => this.ids.has(id)), timeoutMs)
  }

  private async until(reached: () => boolean, timeoutMs: number): Promise<boolean> {
    this.readEvents()
    if (reached()) return true
    return new Promise((settle) => {
      const finish = (answer: boolean) => {
        clearTimeout(timer)
        this.waiters.delete(look)
        if (this.waiters.size === 0) this.rest()
        settle(answer)
      }
      const look = () => {
        if (reached()) finish(true)
      }
      const timer = setTimeout(() => finish(false), timeoutMs)
      this.waiters.add(look)
      this.stopWatching ??= sys.watchReadable(this.events.fd, () => {
        this.readEvents()
        for (const waiter of this.waiters) waiter()
      })
    })
  }

  /**
   * Deletes every device but `lo` of a watched namespace, also when it has no name any more, so that it answers nobody.
   * What the kernel does not let go (its own fallback devices) stays; it answers nobody either, being down.
   */
  disconnect(id: number): void {
    const indexes: number[] = []
    const request = dumpRequest(RTM_GETLINK, (message) => linkHeader(message, {}).u32(IFLA_TARGET_NETNSID, id))
    try {
      this.lists.dump(
        request,
        MAX_ENTRIES,
        (bytes, start) => indexes.push(bytes.readInt32LE(start + 4)),
        () => indexes.splice(0),
      )
    } catch (error) {
      if (error instanceof KernelError) return // it is gone by now
      throw error
    }
    for (const index of indexes.filter((each) => each !== LOOPBACK)) {
      try {
        this.requests.request(RTM_DELLINK, 0, 'RTM_DELLINK', (message) =>
          linkHeader(message, { index }).u32(IFLA_TARGET_NETNSID, id),
        )
      } catch (error) {
        if (!(error instanceof KernelError)) throw error
      }
    }
  }

  close(): void {
    this.rest()
    this.requests.close()
    this.lists.close()
    this.events.close()
    sys.close(this.ownFd)
  }

  private rest(): void {
    this.stopWatching?.()
    this.stopWatching = undefined
  }

  private readEvents(): void {
    try {
      while (this.events.tryReceive((message) => this.note(message)));
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== ENOBUFS) throw error
      this.readAnew()
    }
  }

  private note(message: Message): void {
    if (message.type === RTM_DELLINK) this.fences.delete(message.bytes.readInt32LE(message.start + 4))
    if (message.type === RTM_DELNSID) {
      eachId(message.bytes, message.start, message.end, (id) => this.ids.delete(id))
    }
  }

  /** Events were lost: asks what is there. */
  private readAnew(): void {
    const ids = new Set<number>()
    const links = new Set<number>()
    this.lists.dump(
      dumpRequest(RTM_GETNSID, (message) => message.header([4, 0])),
      MAX_ENTRIES,
      (bytes, start, end) => eachId(bytes, start, end, (id) => ids.add(id)),
      () => ids.clear(),
    )
    this.lists.dump(
      dumpRequest(RTM_GETLINK, (message) => linkHeader(message, {})),
      MAX_ENTRIES,
      (bytes, start) => links.add(bytes.readInt32LE(start + 4)),
      () => links.clear(),
    )
    for (const id of this.ids) if (!ids.has(id)) this.ids.delete(id)
    for (const index of this.fences) if (!links.has(index)) this.fences.delete(index)
  }
}

/** struct rtgenmsg is one byte, padded to four. */
function eachId(bytes: Buffer, start: number, end: number, visit: (id: number) => void): void {
  eachAttribute(bytes, start + 4, end, (type, at) => {
    if (type === NETNSA_NSID) visit(bytes.readInt32LE(at))
  })
}
