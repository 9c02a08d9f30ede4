import { type DescEnum, ScalarType } from '@bufbuild/protobuf'
import { quote } from './paths.ts'
import { didYouMean } from './suggest.ts'

type Range = { readonly min: bigint; readonly max: bigint }
const INT32: Range = { min: -(2n ** 31n), max: 2n ** 31n - 1n }
const UINT32: Range = { min: 0n, max: 2n ** 32n - 1n }
const INT64: Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const UINT64: Range = { min: 0n, max: 2n ** 64n - 1n }

const RANGES: ReadonlyMap<ScalarType, Range> = new Map([
  [ScalarType.INT32, INT32],
  [ScalarType.SINT32, INT32],
  [ScalarType.SFIXED32, INT32],
  [ScalarType.UINT32, UINT32],
  [ScalarType.FIXED32, UINT32],
  [ScalarType.INT64, INT64],
  [ScalarType.SINT64, INT64],
  [ScalarType.SFIXED64, INT64],
  [ScalarType.UINT64, UINT64],
  [ScalarType.FIXED64, UINT64],
])

/** What is wrong with one value: a word for programs and a sentence that follows the field's path. */
export type Mistake = { readonly reason: string; readonly message: string }

/** @returns undefined for a value that proto3 JSON allows for this type */
export function mistakeInScalar(type: ScalarType, value: unknown): Mistake | undefined {
  const range = RANGES.get(type)
  if (range !== undefined) return mistakeInInteger(range, value)
  if (type === ScalarType.BOOL) return typeof value === 'boolean' ? undefined : wrongType('true or false', value)
  if (type === ScalarType.BYTES) return mistakeInBase64(value)
  if (type === ScalarType.FLOAT || type === ScalarType.DOUBLE) return mistakeInFloat(type, value)
  if (typeof value !== 'string') return wrongType('a text', value)
  return isWellFormed(value) ? undefined : { reason: 'WRONG_FORMAT', message: 'is text that is not valid Unicode' }
}

/** ProtoJSON reads integers from numbers and from texts of digits. */
function mistakeInInteger({ min, max }: Range, value: unknown): Mistake | undefined {
  const number = wholeNumber(value)
  if (number === undefined) return wrongType('a whole number', value)
  if (number >= min && number <= max) return undefined
  return { reason: 'OUT_OF_RANGE', message: `must be between ${min} and ${max}, not ${nameOf(value)}` }
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  return typeof value === 'string' && /^-?(?:0|[1-9]\d{0,30})$/.test(value) ? BigInt(value) : undefined
}

const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function mistakeInFloat(type: ScalarType, value: unknown): Mistake | undefined {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return undefined
  const isNumber = typeof value === 'string' ? DECIMAL.test(value) : typeof value === 'number'
  if (!isNumber) return wrongType('a number', value)
  const number = Number(value)
  if (Number.isFinite(type === ScalarType.FLOAT ? Math.fround(number) : number)) return undefined
  return { reason: 'OUT_OF_RANGE', message: 'is a number too large to be kept' }
}

/** Standard or URL alphabet (RFC 4648), padding optional but right where it is given. */
function mistakeInBase64(value: unknown): Mistake | undefined {
  if (typeof value !== 'string') return wrongType('base64 text', value)
  const digits = value.replace(/={1,2}$/, '')
  const isPadded = digits.length !== value.length
  const fits = digits.length % 4 !== 1 && (!isPadded || value.length % 4 === 0)
  if (fits && /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(digits)) return undefined
  return { reason: 'WRONG_FORMAT', message: `must be base64 text, not ${nameOf(value)}` }
}

/** By name, or by a number that the contract knows. */
export function mistakeInEnum(desc: DescEnum, value: unknown): Mistake | undefined {
  if (desc.typeName === 'google.protobuf.NullValue' && value === null) return undefined
  const names = desc.values.map((known) => known.name)
  if (typeof value === 'string' && names.includes(value)) return undefined
  if (typeof value === 'number' && desc.value[value] !== undefined) return undefined
  const hint = typeof value === 'string' ? didYouMean(value, names) : ''
  return { reason: 'UNKNOWN_VALUE', message: `must be one of ${names.join(', ')}, not ${nameOf(value)}${hint}` }
}

/** JSON has only texts as keys; those of a map<bool, …> are "true" and "false". */
export function mistakeInMapKey(type: ScalarType, key: string): Mistake | undefined {
  if (type !== ScalarType.BOOL) return mistakeInScalar(type, key)
  return key === 'true' || key === 'false' ? undefined : wrongType('true or false', key)
}

export function wrongType(expected: string, value: unknown): Mistake {
  return { reason: 'WRONG_TYPE', message: `must be ${expected}, not ${nameOf(value)}` }
}

const LONE_SURROGATE = /\p{Surrogate}/u

/** Half a surrogate pair has no UTF-8 form, so it would arrive as another character. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/** What a caller gave, in few words. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return 'an object'
}
