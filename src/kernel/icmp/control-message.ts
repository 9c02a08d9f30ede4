/** struct cmsghdr: length (8 bytes), level, type (cmsg(3)). */
const HEADER_BYTES = 16

/**
 * Where the data of the first control message of `level` and `type` stands between `start` and `end`, or -1.
 * @param end as the kernel told it: msg_controllen behind `start`
 */
export function findControl(control: Buffer, start: number, end: number, level: number, type: number): number {
  for (let at = start; at + HEADER_BYTES <= end; ) {
    const length = control.readUInt32LE(at)
    if (length < HEADER_BYTES) return -1
    if (control.readInt32LE(at + 8) === level && control.readInt32LE(at + 12) === type) return at + HEADER_BYTES
    at += (length + 7) & ~7
  }
  return -1
}
