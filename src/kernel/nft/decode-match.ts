import type { Field } from './fields.ts'
import { isObject, type Json, type JsonObject, single } from './json.ts'

/** What was done to a field before it was compared: `(value & mask) ^ xor`. */
export type Masked = { readonly mask: Buffer; readonly xor: Buffer }

/** Bits of ct state (enum ip_conntrack_info). */
const STATES = [
  [1, 'invalid'],
  [2, 'established'],
  [4, 'related'],
  [8, 'new'],
  [64, 'untracked'],
] as const

/** The inside of a match: what a comparison of a field with a value was when it was written. */
export function matchOf(field: Field, operator: string, value: Buffer, masked?: Masked): JsonObject {
  const { left } = field
  if (isState(left)) {
    const states = stateMatch(operator, value, masked)
    if (states !== undefined) return { left, ...states }
  }
  const length = field.address ? prefixLength(value.length, masked) : undefined
  if (length !== undefined) {
    const address = field.write(Buffer.concat([value, Buffer.alloc(Math.max(0, field.bytes - value.length))]))
    return {
      op: operator,
      left,
      right: length === field.bytes * 8 ? address : { prefix: { addr: address, len: length } },
    }
  }
  if (masked === undefined) return { op: operator, left, right: field.write(value) }
  const bits = { '&': [left, field.write(masked.mask)] }
  return {
    op: operator,
    left: isZero(masked.xor) ? bits : { '^': [bits, field.write(masked.xor)] },
    right: field.write(value),
  }
}

/** One value, or from the first to the last. */
export function rangeOf(field: Field, first: Buffer, last: Buffer): Json {
  return first.equals(last) ? field.write(first) : { range: [field.write(first), field.write(last)] }
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}

/** How many leading bits are compared: those of the mask, or of as many bytes as were loaded. Undefined for a mask with holes. */
function prefixLength(bytes: number, masked: Masked | undefined): number | undefined {
  if (masked === undefined) return bytes * 8
  if (!isZero(masked.xor)) return undefined
  let bits = ''
  for (const byte of masked.mask) bits += byte.toString(2).padStart(8, '0')
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined
}

function isState(left: Json): boolean {
  const [kind, of] = single(left) ?? ['', null]
  return kind === 'ct' && isObject(of) && of.key === 'state' && of.dir === undefined
}

/** `(state & mask) != 0` is one of these states, `== 0` none of them, and without a mask it is exactly this one. */
function stateMatch(operator: string, value: Buffer, masked: Masked | undefined): JsonObject | undefined {
  if (value.length !== 4 || (operator !== '==' && operator !== '!=')) return undefined
  if (masked === undefined) return { op: operator === '==' ? 'in' : '!=', right: statesIn(value) }
  if (!isZero(masked.xor) || !isZero(value) || masked.mask.length !== 4) return undefined
  return { op: operator === '!=' ? 'in' : '!=', right: statesIn(masked.mask) }
}

function statesIn(mask: Buffer): Json {
  const bits = mask.readUInt32LE(0)
  const names = STATES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)
  const known = STATES.reduce((sum, [bit]) => sum | bit, 0)
  // A bit without a name: the number says it all.
  if ((bits & ~known) !== 0 || names.length === 0) return bits
  const [only, second] = names
  return only !== undefined && second === undefined ? only : names
}
