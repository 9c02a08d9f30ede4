/** A small machine for classic BPF programs (linux/filter.h): whether a socket with this filter would take the packet. */
export function passes(program: Buffer, packet: Buffer): boolean {
  let a = 0
  let x = 0
  for (let line = 0; line < program.length / 8; line++) {
    const code = program.readUInt16LE(line * 8)
    const ifTrue = program[line * 8 + 2] ?? 0
    const ifFalse = program[line * 8 + 3] ?? 0
    const k = program.readUInt32LE(line * 8 + 4)
    const size = code === 0x28 || code === 0x48 ? 2 : 1
    const at = code === 0x48 || code === 0x50 ? x + k : k
    switch (code) {
      case 0x28:
      case 0x30:
      case 0x48:
      case 0x50:
      case 0xb1:
        // The kernel drops a packet when a load reaches behind its end.
        if (at + size > packet.length) return false
        if (code === 0xb1) x = 4 * ((packet[at] ?? 0) & 0xf)
        else a = packet.readUIntBE(at, size)
        break
      case 0x54:
        a &= k
        break
      case 0x64:
        a <<= k
        break
      case 0x0c:
        a += x
        break
      case 0x07:
        x = a
        break
      case 0x15:
        line += a === k ? ifTrue : ifFalse
        break
      case 0x05:
        line += k
        break
      case 0x06:
        return k > 0
      default:
        throw new Error(`unknown instruction 0x${code.toString(16)} in line ${line}`)
    }
  }
  throw new Error('the program has no end')
}
