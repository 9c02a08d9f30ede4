import { bytesOfIp, type Family, type Ip } from '../../net/ip.ts'
import type { NamespaceName } from '../../plan/objects.ts'
import * as sys from '../ffi.ts'
import { errnoName, KernelError, must } from '../kernel-error.ts'
import { enterNamespace } from '../namespace.ts'
import { findControl } from './control-message.ts'
import { idFilter, typeFilter } from './echo-filter.ts'
import { MESSAGE_TOO_LONG, reasonOfErrno } from './reasons.ts'

const AF = { 4: 2, 6: 10 } as const
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000
const PROTOCOL = { 4: 1, 6: 58 } as const
const IP_LEVEL = { 4: 0, 6: 41 } as const
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const SO_TIMESTAMPNS = 35
/** ICMP_FILTER of SOL_RAW, ICMPV6_FILTER of SOL_ICMPV6. */
const TYPE_FILTER = { 4: [255, 1], 6: [58, 1] } as const
const TTL = { 4: 2, 6: 16 } as const
const IPV6_MULTICAST_HOPS = 18
const MTU_DISCOVER = { 4: 10, 6: 23 } as const
const PMTUDISC_DONT = 0
const PMTUDISC_PROBE = 3
const IPV6_DONTFRAG = 62
const RECVERR = { 4: 11, 6: 25 } as const
const IPV6_RECVHOPLIMIT = 51
const MSG_ERRQUEUE = 0x2000
const MSG_DONTWAIT = 0x40
const SO_EE_ORIGIN_LOCAL = 1

export type EchoSocketOptions = {
  readonly family: Family
  /** Only replies to, and errors about, echoes with this id are received. */
  readonly id: number
  /** 0: the namespace's default. */
  readonly ttl: number
  readonly dontFragment: boolean
  /** Room for packets that wait to be read, and for those that wait for their neighbour's MAC, in bytes. */
  readonly bufferBytes: number
}

/** A refusal by the sender's own kernel, in the words of PingEvent. */
export type LocalRefusal = { readonly reason: string; readonly mtuBytes?: number }

/**
 * A raw ICMP or ICMPv6 socket inside a network namespace. ICMP errors are read from the socket itself, not from its
 * error queue: there the filter keeps out what is not ours, however much of it a lab's students make.
 */
export class EchoSocket {
  readonly fd: number
  readonly family: Family

  constructor(fd: number, family: Family) {
    this.fd = fd
    this.family = family
  }

  /** @returns 0, or minus errno. A full neighbour table is not told (see `sendNamed`). */
  send(packet: Buffer, address: Buffer): number {
    return Math.min(sys.sendto(this.fd, packet, packet.length, MSG_DONTWAIT, address, address.length), 0)
  }

  /**
   * Sends, and says what kept the packet back. Linux hides ENOBUFS of a raw socket, and the MTU behind EMSGSIZE, unless
   * IP_RECVERR is on (raw_sendmsg in net/ipv4/raw.c); left on, every ICMP error in the namespace would fill the error
   * queue and fail some later sending in its place. So it is on for the length of one call.
   */
  sendNamed(packet: Buffer, address: Buffer): LocalRefusal | undefined {
    this.#setOption(RECVERR[this.family], 1)
    try {
      const result = this.send(packet, address)
      if (result >= 0) return undefined
      const reason = reasonOfErrno(errnoName(-result))
      const mtuBytes = reason === MESSAGE_TOO_LONG ? this.#localMtu() : 0
      return mtuBytes > 0 ? { reason, mtuBytes } : { reason }
    } finally {
      // Off again; this also empties the error queue.
      this.#setOption(RECVERR[this.family], 0)
    }
  }

  close(): void {
    sys.close(this.fd)
  }

  #setOption(option: number, value: number): void {
    setNumber(this.fd, IP_LEVEL[this.family], option, value)
  }

  /** What the kernel noted beside its EMSGSIZE (struct sock_extended_err, ip(7)); 0 when it noted nothing. */
  #localMtu(): number {
    for (let tries = 0; tries < 16; tries++) {
      errorHeader.writeBigUInt64LE(BigInt(errorControl.length), 40)
      if (sys.recvmsg(this.fd, errorHeader, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return 0
      const end = errorHeader.readUInt32LE(40)
      const at = findControl(errorControl, 0, end, IP_LEVEL[this.family], RECVERR[this.family])
      if (at !== -1 && errorControl[at + 4] === SO_EE_ORIGIN_LOCAL) return errorControl.readUInt32LE(at + 8)
    }
    return 0
  }
}

const errorControl = Buffer.from(new ArrayBuffer(256))
/** struct msghdr with nothing but room for control messages. */
const errorHeader = Buffer.from(new ArrayBuffer(56))
errorHeader.writeBigUInt64LE(sys.addressOf(errorControl), 32)

/** @throws KernelError ENOENT when the namespace is not there, EMFILE when no more fds are left */
export function openEchoSocket(namespace: NamespaceName, options: EchoSocketOptions): EchoSocket {
  const { family } = options
  const fd = enterNamespace(namespace, () =>
    must(sys.socket(AF[family], SOCK_RAW_NONBLOCK_CLOEXEC, PROTOCOL[family]), 'socket'),
  )
  try {
    setOptions(fd, options)
    return new EchoSocket(fd, family)
  } catch (error) {
    sys.close(fd)
    throw error
  }
}

/** Index of a device in a namespace; 0 when there is none. */
export function deviceIndex(namespace: NamespaceName, device: string): number {
  return enterNamespace(namespace, () => sys.ifNametoindex(device))
}

/** `struct sockaddr_in` or `sockaddr_in6`. @param scope device index, for link-local IPv6 destinations */
export function socketAddress(ip: Ip, scope = 0): Buffer {
  const address = Buffer.from(new ArrayBuffer(ip.family === 4 ? 16 : 28))
  address.writeUInt16LE(AF[ip.family], 0)
  address.set(bytesOfIp(ip), ip.family === 4 ? 4 : 8)
  if (ip.family === 6) address.writeUInt32LE(scope, 24)
  return address
}

function setOptions(fd: number, options: EchoSocketOptions): void {
  const { family, id, ttl, dontFragment, bufferBytes } = options
  const [level, typeOption] = TYPE_FILTER[family]
  setBytes(fd, level, typeOption, typeFilter(family))
  attachFilter(fd, idFilter(family, id))
  setNumber(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1)
  setNumber(fd, SOL_SOCKET, SO_RCVBUFFORCE, bufferBytes)
  setNumber(fd, SOL_SOCKET, SO_SNDBUFFORCE, bufferBytes)
  if (ttl > 0) setNumber(fd, IP_LEVEL[family], TTL[family], ttl)
  // PROBE sets DF, yet goes by the device's MTU and not by what earlier errors taught: each echo asks the path itself.
  if (dontFragment) setNumber(fd, IP_LEVEL[family], MTU_DISCOVER[family], PMTUDISC_PROBE)
  else if (family === 4) setNumber(fd, IP_LEVEL[family], MTU_DISCOVER[family], PMTUDISC_DONT)
  if (family === 4) return
  setNumber(fd, IP_LEVEL[family], IPV6_RECVHOPLIMIT, 1)
  if (ttl > 0) setNumber(fd, IP_LEVEL[family], IPV6_MULTICAST_HOPS, ttl)
  if (dontFragment) setNumber(fd, IP_LEVEL[family], IPV6_DONTFRAG, 1)
}

function attachFilter(fd: number, program: Buffer): void {
  const lines = Buffer.from(new ArrayBuffer(program.length))
  lines.set(program)
  // struct sock_fprog: how many lines, padding, where they are.
  const header = Buffer.from(new ArrayBuffer(16))
  header.writeUInt16LE(lines.length / 8, 0)
  header.writeBigUInt64LE(sys.addressOf(lines), 8)
  setBytes(fd, SOL_SOCKET, SO_ATTACH_FILTER, header)
}

const number = new Int32Array(new ArrayBuffer(4))
const numberBytes = new Uint8Array(number.buffer)

function setNumber(fd: number, level: number, option: number, value: number): void {
  number[0] = value
  setBytes(fd, level, option, numberBytes)
}

function setBytes(fd: number, level: number, option: number, value: Uint8Array): void {
  const result = sys.setsockopt(fd, level, option, value, value.length)
  if (result < 0) throw new KernelError(-result, `setsockopt ${level}/${option}`)
}
