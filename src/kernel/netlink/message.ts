/**
 * Netlink messages as bytes: builder and parser, pure. Byte order is the machine's; both supported machines (x86-64,
 * arm64) are little-endian, and fields that netlink wants in network order are written by the callers as bytes.
 * Layout: struct nlmsghdr (len u32, type u16, flags u16, seq u32, pid u32), the family's own header, then attributes
 * (struct nlattr: len u16, type u16), everything padded to 4 bytes. https://docs.kernel.org/userspace-api/netlink/intro.html
 */

export const HEADER_BYTES = 16
const ATTRIBUTE_HEADER_BYTES = 4

export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
export const NLM_F_DUMP = 0x300
const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200

export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

const NLMSGERR_ATTR_MSG = 1
export const NLA_F_NESTED = 0x8000
const NLA_TYPE_MASK = 0x3fff

const align = (bytes: number): number => (bytes + 3) & ~3

/** Collects any number of messages in one growing buffer. `begin` a message, add its body and attributes, `begin` the next. */
export class MessageBuilder {
  private bytes: Buffer
  private used = 0
  private messageAt = 0
  /** Messages begun since the last `clear`. */
  count = 0

  constructor(capacity = 4096) {
    this.bytes = Buffer.alloc(capacity)
  }

  /** Starts a message; the family's own header follows by `u8`…`raw`. NLM_F_REQUEST is added. */
  begin(type: number, flags: number, sequence: number): this {
    const at = this.grow(HEADER_BYTES)
    this.messageAt = at
    this.count += 1
    this.bytes.writeUInt16LE(type, at + 4)
    this.bytes.writeUInt16LE(flags | NLM_F_REQUEST, at + 6)
    this.bytes.writeUInt32LE(sequence, at + 8)
    this.bytes.writeUInt32LE(HEADER_BYTES, at)
    return this
  }

  /** Adds flags to the message begun last, e.g. NLM_F_ACK to the last one of a batch. */
  addFlags(flags: number): this {
    this.bytes.writeUInt16LE(this.bytes.readUInt16LE(this.messageAt + 6) | flags, this.messageAt + 6)
    return this
  }

  /** Bytes of a fixed header. A header's length must be a multiple of 4 when attributes follow (all of rtnetlink's are). */
  header(...fields: readonly (readonly [width: 1 | 2 | 4, value: number])[]): this {
    for (const [width, value] of fields) {
      const at = this.grow(width)
      if (width === 4) this.bytes.writeUInt32LE(value >>> 0, at)
      else this.bytes.writeUIntLE(value, at, width)
    }
    return this.seal()
  }

  u8(type: number, value: number): this {
    const at = this.attribute(type, 1)
    this.bytes.writeUInt8(value, at)
    return this
  }

  u16(type: number, value: number): this {
    const at = this.attribute(type, 2)
    this.bytes.writeUInt16LE(value, at)
    return this
  }

  u32(type: number, value: number): this {
    const at = this.attribute(type, 4)
    this.bytes.writeUInt32LE(value >>> 0, at)
    return this
  }

  u64(type: number, value: bigint): this {
    const at = this.attribute(type, 8)
    this.bytes.writeBigUInt64LE(value, at)
    return this
  }

  /** Text with its closing NUL. */
  text(type: number, value: string): this {
    const length = Buffer.byteLength(value)
    const at = this.attribute(type, length + 1)
    this.bytes.write(value, at)
    return this
  }

  data(type: number, value: Uint8Array): this {
    const at = this.attribute(type, value.length)
    this.bytes.set(value, at)
    return this
  }

  /** An attribute whose content is what `fill` adds: attributes, or a header first (as VETH_INFO_PEER wants). */
  nest(type: number, fill: () => void): this {
    const at = this.attribute(type, 0) - ATTRIBUTE_HEADER_BYTES
    fill()
    const length = this.used - at
    // The length field has 16 bits; a longer nest would be cut silently and read as garbage by the kernel.
    if (length > 0xffff) throw new RangeError(`netlink attribute ${type} of ${length} bytes`)
    this.bytes.writeUInt16LE(length, at)
    return this
  }

  /** The messages so far; valid until the builder is used again. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.used)
  }

  get byteLength(): number {
    return this.used
  }

  /** A place to `rewind` to: what was added since is forgotten. */
  mark(): readonly [used: number, messageAt: number, count: number] {
    return [this.used, this.messageAt, this.count]
  }

  rewind([used, messageAt, count]: readonly [number, number, number]): void {
    this.used = used
    this.messageAt = messageAt
    this.count = count
  }

  clear(): void {
    this.used = 0
    this.messageAt = 0
    this.count = 0
  }

  /** Offset of a new attribute's content. Call it before looking at `bytes`: making room may replace them. */
  private attribute(type: number, length: number): number {
    const at = this.grow(align(ATTRIBUTE_HEADER_BYTES + length))
    this.bytes.writeUInt16LE(ATTRIBUTE_HEADER_BYTES + length, at)
    this.bytes.writeUInt16LE(type, at + 2)
    this.seal()
    return at + ATTRIBUTE_HEADER_BYTES
  }

  private seal(): this {
    this.bytes.writeUInt32LE(this.used - this.messageAt, this.messageAt)
    return this
  }

  /** Room for `length` more bytes, zeroed: what was there from an earlier batch would travel to the kernel as padding. */
  private grow(length: number): number {
    const at = this.used
    if (at + length > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(this.bytes.length * 2, at + length))
      this.bytes.copy(larger, 0, 0, at)
      this.bytes = larger
    }
    this.bytes.fill(0, at, at + length)
    this.used = at + length
    return at
  }
}

/** One message of an answer: `start` to `end` is what follows nlmsghdr in `bytes`. */
export type Message = {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Calls `visit` for each whole message in the first `length` bytes; a cut-off tail is ignored. */
export function eachMessage(bytes: Buffer, length: number, visit: (message: Message) => void): void {
  let at = 0
  while (at + HEADER_BYTES <= length) {
    const size = bytes.readUInt32LE(at)
    if (size < HEADER_BYTES || at + size > length) return
    visit({
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      bytes,
      start: at + HEADER_BYTES,
      end: at + size,
    })
    at += align(size)
  }
}

/** Calls `visit` for each attribute between two offsets, without its NLA_F_ flags; a malformed tail is ignored. */
export function eachAttribute(
  bytes: Buffer,
  start: number,
  end: number,
  visit: (type: number, start: number, end: number) => void,
): void {
  let at = start
  while (at + ATTRIBUTE_HEADER_BYTES <= end) {
    const size = bytes.readUInt16LE(at)
    if (size < ATTRIBUTE_HEADER_BYTES || at + size > end) return
    visit(bytes.readUInt16LE(at + 2) & NLA_TYPE_MASK, at + ATTRIBUTE_HEADER_BYTES, at + size)
    at += align(size)
  }
}

/** Text of an attribute up to its first NUL; bytes that are no UTF-8 become U+FFFD. */
export function attributeText(bytes: Buffer, start: number, end: number): string {
  const nul = bytes.indexOf(0, start)
  return bytes.toString('utf8', start, nul === -1 || nul > end ? end : nul)
}

/** What an NLMSG_ERROR says: errno (0 is an acknowledgement) and the kernel's words where the socket asked for them. */
export function readAcknowledgement(message: Message): { readonly errno: number; readonly words: string } {
  const errno = -message.bytes.readInt32LE(message.start)
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return { errno, words: '' }
  const requestBytes = message.bytes.readUInt32LE(message.start + 4)
  const quoted = message.flags & NLM_F_CAPPED ? HEADER_BYTES : align(requestBytes)
  let words = ''
  eachAttribute(message.bytes, message.start + 4 + quoted, message.end, (type, start, end) => {
    if (type === NLMSGERR_ATTR_MSG) words = attributeText(message.bytes, start, end)
  })
  return { errno, words }
}
