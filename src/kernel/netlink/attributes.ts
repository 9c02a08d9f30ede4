import { plainText } from '../plain-text.ts'

const TYPE_MASK = 0x3fff

/**
 * Where each attribute of one message stands. One table is filled again for every message, so that reading thousands of
 * them makes no garbage. The numbers are offsets into the buffer that was scanned; 0 means the attribute is absent (offset
 * 0 is always inside a header).
 */
export class Attributes {
  private readonly starts: Int32Array
  private readonly ends: Int32Array

  /** @param highest attribute type that is looked for; those above are skipped, as newer kernels send ever more */
  constructor(highest: number) {
    this.starts = new Int32Array(highest + 1)
    this.ends = new Int32Array(highest + 1)
  }

  /** Notes the attributes between two offsets; a malformed tail is ignored, of two of one type the later one counts. */
  scan(bytes: Buffer, start: number, end: number): void {
    this.starts.fill(0)
    let at = start
    while (at + 4 <= end) {
      const size = bytes.readUInt16LE(at)
      if (size < 4 || at + size > end) return
      const type = bytes.readUInt16LE(at + 2) & TYPE_MASK
      if (type < this.starts.length) {
        this.starts[type] = at + 4
        this.ends[type] = at + size
      }
      at += (size + 3) & ~3
    }
  }

  /** Offset of the content, or 0. */
  start(type: number): number {
    return this.starts[type] ?? 0
  }

  /** Offset behind the content, or 0: an absent nest is then scanned as an empty one. */
  end(type: number): number {
    return this.start(type) === 0 ? 0 : (this.ends[type] ?? 0)
  }

  /** Bytes of content; 0 also when absent. */
  size(type: number): number {
    const start = this.start(type)
    return start === 0 ? 0 : this.end(type) - start
  }

  u32(bytes: Buffer, type: number): number {
    return this.size(type) >= 4 ? bytes.readUInt32LE(this.start(type)) : 0
  }

  u16(bytes: Buffer, type: number): number {
    return this.size(type) >= 2 ? bytes.readUInt16LE(this.start(type)) : 0
  }

  u8(bytes: Buffer, type: number): number {
    return this.size(type) >= 1 ? bytes.readUInt8(this.start(type)) : 0
  }

  u64(bytes: Buffer, type: number): number {
    return this.size(type) >= 8 ? readU64(bytes, this.start(type)) : 0
  }

  text(bytes: Buffer, type: number): string {
    const start = this.start(type)
    return start === 0 ? '' : kernelText(bytes, start, this.end(type))
  }
}

/** Exact up to 2^53, which no counter of a lab reaches. */
export function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
}

/** Text up to its first NUL. Names that students chose may hold any bytes: what cannot be shown becomes U+FFFD. */
export function kernelText(bytes: Buffer, start: number, end: number): string {
  let stop = start
  let plain = true
  for (; stop < end; stop += 1) {
    const byte = bytes[stop] ?? 0
    if (byte === 0) break
    if (byte < 0x20 || byte > 0x7e) plain = false
  }
  return plain ? bytes.toString('latin1', start, stop) : plainText(bytes.toString('utf8', start, stop))
}

/** The same as bytes, one to a character: for finding a name again and giving it back to the kernel, not for showing. */
export function rawText(bytes: Buffer, start: number, end: number): string {
  const nul = bytes.indexOf(0, start)
  return bytes.toString('latin1', start, nul === -1 || nul > end ? end : nul)
}

/** A raw name for showing. */
export function shownText(raw: string): string {
  const bytes = Buffer.from(raw, 'latin1')
  return kernelText(bytes, 0, bytes.length)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Link-layer address, `aa:bb:cc:dd:ee:ff` for Ethernet; '' when there is none. */
export function macText(bytes: Buffer, start: number, size: number): string {
  let text = ''
  for (let at = start; at < start + size; at += 1) text += (at === start ? '' : ':') + HEX[bytes[at] ?? 0]
  return text
}

/**
 * IPv4 or IPv6 (RFC 5952) text, as net/ip.ts `formatIp` writes it, straight from the bytes: a lab has thousands of
 * addresses and by way of a bigint each takes ten times as long.
 */
export function ipText(bytes: Buffer, at: number, size: number): string {
  if (size === 4) return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
  return size === 16 ? ip6Text(bytes, at) : ''
}

function ip6Text(bytes: Buffer, at: number): string {
  const [runStart, runEnd] = longestZeroRun(bytes, at)
  if (runStart === 0 && runEnd === 5 && bytes.readUInt16BE(at + 10) === 0xffff)
    return `::ffff:${ipText(bytes, at + 12, 4)}`
  let text = ''
  for (let group = 0; group < 8; group += 1) {
    if (group === runStart) {
      text += '::'
      group = runEnd - 1
      continue
    }
    if (group > 0 && group !== runEnd) text += ':'
    text += bytes.readUInt16BE(at + group * 2).toString(16)
  }
  return text
}

/** First and one past the last group of the first longest run of at least two zero groups; -1 and -1 without one. */
function longestZeroRun(bytes: Buffer, at: number): readonly [start: number, end: number] {
  let [best, bestLength, start] = [-1, 1, 0]
  for (let group = 0; group <= 8; group += 1) {
    if (group < 8 && bytes[at + group * 2] === 0 && bytes[at + group * 2 + 1] === 0) continue
    if (group - start > bestLength) {
      best = start
      bestLength = group - start
    }
    start = group + 1
  }
  return best < 0 ? [-1, -1] : [best, best + bestLength]
}

/** Names of the bits set, lowest first. */
export function bitNames(value: number, names: readonly (readonly [bit: number, name: string])[]): readonly string[] {
  const set: string[] = []
  for (const [bit, name] of names) if ((value & bit) !== 0) set.push(name)
  return set
}
