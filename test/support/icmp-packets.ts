/** ICMP packets as a network would deliver them, for tests. */

/** The echo reply that a correct host makes out of a request. */
export function replyTo(request: Buffer): Buffer {
  const reply = Buffer.from(request)
  const isIpv6 = reply[0] === 128
  reply[0] = isIpv6 ? 129 : 0
  return isIpv6 ? reply : withChecksum(reply)
}

export function inIpv4(
  payload: Buffer,
  options: { readonly protocol?: number; readonly optionBytes?: number; readonly fragmentOffset?: number } = {},
): Buffer {
  const { protocol = 1, optionBytes = 0, fragmentOffset = 0 } = options
  const header = Buffer.alloc(20 + optionBytes, 1)
  header[0] = 0x40 | (header.length / 4)
  header.writeUInt16BE(header.length + payload.length, 2)
  header.writeUInt16BE(fragmentOffset, 6)
  header[8] = 64
  header[9] = protocol
  return Buffer.concat([header, payload])
}

export function inIpv6(payload: Buffer, options: { readonly next?: number; readonly fragment?: boolean } = {}): Buffer {
  const { next = 58, fragment = false } = options
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header[6] = fragment ? 44 : next
  const fragmentHeader = Buffer.from([next, 0, 0, 1, 0, 0, 0, 7])
  return Buffer.concat([header, ...(fragment ? [fragmentHeader] : []), payload])
}

type IcmpError = { readonly type: number; readonly code: number; readonly rest?: number }

/** With its own IP header, as an IPv4 raw socket gives it. */
export function error4(error: IcmpError, quoted: Buffer): Buffer {
  return inIpv4(withChecksum(errorMessage(error, quoted)))
}

/** Without IP header, as an IPv6 raw socket gives it. */
export function error6(error: IcmpError, quoted: Buffer): Buffer {
  return errorMessage(error, quoted)
}

function errorMessage({ type, code, rest = 0 }: IcmpError, quoted: Buffer): Buffer {
  const header = Buffer.from([type, code, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(rest, 4)
  return Buffer.concat([header, quoted])
}

/** RFC 1071, written independently of the code under test. */
function withChecksum(message: Buffer): Buffer {
  const packet = Buffer.from(message)
  packet.writeUInt16BE(0, 2)
  const padded = packet.length % 2 === 0 ? packet : Buffer.concat([packet, Buffer.alloc(1)])
  let sum = 0
  for (let at = 0; at < padded.length; at += 2) {
    sum += padded.readUInt16BE(at)
    if (sum > 0xffff) sum -= 0xffff
  }
  packet.writeUInt16BE(0xffff - sum, 2)
  return packet
}
