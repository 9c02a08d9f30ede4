import * as sys from '../../src/kernel/ffi.ts'
import { must } from '../../src/kernel/kernel-error.ts'
import { enterNamespace } from '../../src/kernel/namespace.ts'
import { bytesOfIp, parseIp } from '../../src/net/ip.ts'

/** Ethernet frames as somebody with a raw socket can send them, and what arrives of them elsewhere. */

const [ARP, IPV4, IPV6, VLAN] = [0x0806, 0x0800, 0x86dd, 0x8100]
const UDP = 17

const macBytes = (mac: string) => Buffer.from(mac.replaceAll(':', ''), 'hex')

function ipBytes(text: string): Uint8Array {
  const ip = parseIp(text)
  if (ip === undefined) throw new Error(`${text} is no address`)
  return bytesOfIp(ip)
}

export type Addressed = {
  readonly fromMac: string
  readonly toMac: string
  readonly from: string
  readonly to: string
}

function ethernet({ fromMac, toMac }: Pick<Addressed, 'fromMac' | 'toMac'>, type: number, payload: Uint8Array): Buffer {
  const header = Buffer.concat([macBytes(toMac), macBytes(fromMac), Buffer.alloc(2)])
  header.writeUInt16BE(type, 12)
  return Buffer.concat([header, payload])
}

/** `fragment`: 1 for a first fragment, 185 and the like for one further back, in units of 8 bytes. */
type Ipv4Oddities = { readonly sourceRoute?: string; readonly fragment?: number }

/** A datagram to port 9 whose payload is `marker`; without a UDP checksum (RFC 768 lets 0 stand for none). */
export function udpFrame(at: Addressed, marker: string, { sourceRoute, fragment = 0 }: Ipv4Oddities = {}): Buffer {
  const udp = udpOf(marker)
  // Loose source and record route (RFC 791): type, length, pointer, then the stations, filled up to 4 bytes.
  const options = sourceRoute === undefined ? [] : [131, 7, 4, ...ipBytes(sourceRoute), 0]
  const header = Buffer.alloc(20 + options.length)
  header[0] = 0x40 | (header.length / 4)
  header.writeUInt16BE(header.length + udp.length, 2)
  header.writeUInt16BE(nextId++ & 0xffff, 4)
  header.writeUInt16BE(fragment, 6)
  header[8] = 64
  header[9] = UDP
  header.set(ipBytes(at.from), 12)
  header.set(ipBytes(at.to), 16)
  header.set(options, 20)
  header.writeUInt16BE(checksum(header), 10)
  return ethernet(at, IPV4, Buffer.concat([header, udp]))
}
let nextId = 1

export function udp6Frame(at: Addressed, marker: string): Buffer {
  const udp = udpOf(marker)
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(udp.length, 4)
  header[6] = UDP
  header[7] = 64
  header.set(ipBytes(at.from), 8)
  header.set(ipBytes(at.to), 24)
  return ethernet(at, IPV6, Buffer.concat([header, udp]))
}

/** The same frame with a VLAN tag (IEEE 802.1Q). */
export function tagged(frame: Buffer, vlan: number): Buffer {
  const tag = Buffer.alloc(4)
  tag.writeUInt16BE(VLAN, 0)
  tag.writeUInt16BE(vlan, 2)
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)])
}

/** An ARP reply that says: `claimedIp` is at `claimedMac` (RFC 826). */
export function arpFrame(at: Addressed, claimedMac: string, claimedIp: string): Buffer {
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, 2])
  const body = [head, macBytes(claimedMac), ipBytes(claimedIp), macBytes(at.toMac), ipBytes(at.to)]
  return ethernet(at, ARP, Buffer.concat(body))
}

function udpOf(marker: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(9, 0)
  header.writeUInt16BE(9, 2)
  header.writeUInt16BE(8 + marker.length, 4)
  return Buffer.concat([header, Buffer.from(marker, 'latin1')])
}

function checksum(header: Buffer): number {
  let sum = 0
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

const AF_PACKET = 17
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const ETH_P_ALL_BE = 0x0300
const [SOL_SOCKET, SO_RCVTIMEO] = [1, 20]
const WAIT_MICROSECONDS = 100_000n

function packetSocket(protocol: number): number {
  return must(sys.socket(AF_PACKET, SOCK_RAW_CLOEXEC, protocol), 'packet socket')
}

/** Sends frames out of a device of a namespace, in order. */
export function sendFrames(namespace: string, device: string, frames: readonly Buffer[]): void {
  const [socket, index] = enterNamespace(namespace, () => [packetSocket(0), sys.ifNametoindex(device)])
  try {
    // struct sockaddr_ll: family u16, protocol u16 (big endian), index i32, then the far address, which nobody reads here.
    const address = Buffer.alloc(20)
    address.writeUInt16LE(AF_PACKET, 0)
    address.writeInt32LE(index ?? 0, 4)
    for (const frame of frames) {
      must(sys.sendto(socket ?? -1, frame, frame.length, 0, address, address.length), 'send a frame')
    }
  } finally {
    sys.close(socket ?? -1)
  }
}

/** Hears every frame of a network namespace, coming and going. `namespace` is a name, or an fd of one. */
export class Wiretap {
  readonly #socket: number
  readonly #buffer = Buffer.alloc(65_536)
  #heard = ''

  constructor(namespace: string | number) {
    this.#socket = enterNamespace(namespace, () => packetSocket(ETH_P_ALL_BE))
    // struct timeval: seconds, microseconds.
    const wait = Buffer.from(BigInt64Array.of(0n, WAIT_MICROSECONDS).buffer)
    must(sys.setsockopt(this.#socket, SOL_SOCKET, SO_RCVTIMEO, wait, wait.length), 'SO_RCVTIMEO')
  }

  /** Everything heard until `last` is, as one text; frames arrive in the order they were sent. Throws after two seconds. */
  hearUntil(last: string): string {
    const deadline = performance.now() + 2_000
    while (!this.#heard.includes(last)) {
      if (performance.now() > deadline) throw new Error(`"${last}" never arrived; heard ${this.#heard.length} bytes`)
      const size = sys.recv(this.#socket, this.#buffer, this.#buffer.length, 0)
      if (size > 0) this.#heard += this.#buffer.toString('latin1', 0, size)
    }
    return this.#heard
  }

  close(): void {
    sys.close(this.#socket)
  }
}
