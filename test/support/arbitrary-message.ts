import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { type ContractMethod, messageType } from '../../src/contract/methods.ts'
import type { Json } from './contract-request.ts'

/** Words that mean something to some field of some request; the labs "duo" and "gone" and their members among them. */
const NAMES = ['duo', 'gone', 'a', 'b', 'lan', 'a:eth0', 'b:eth9', '-', '', 'No Name', 'x'.repeat(64), 'x'.repeat(65)]
const ADDRESSES = ['192.0.2.2', '2001:db8::2', 'fe80::1%eth0', '::', '224.0.0.1']
const HOSTILE = ['__proto__', 'constructor', '../..', '%2e', 'ä', '\u0000', 'name: y\nhosts: []']
const FILTERS = ['state=READY', 'name=*', 'labels.a=*b*', 'a=', 'AND']
const FORMATS = ['mermaid', 'svg', 'json', 'dot']
const WORDS = [...NAMES, ...ADDRESSES, ...HOSTILE, ...FILTERS, ...FORMATS]
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const whole = fc.oneof(fc.constantFrom(0, 1, 4, 6, -1, 255, 256, 1000, 65_000, INT32.max, INT32.min), fc.integer(INT32))
const MASK_WORDS = ['devices', 'routes', 'rules', 'drifts', 'conntrack', 'sysctls', 'qdiscs', 'colour', 'a.b']
const mask = fc.subarray(MASK_WORDS).map((words) => words.join(','))

/** A request of the method as proto3 JSON, which any protobuf library can encode; what it asks for is arbitrary. */
export function arbitraryRequest(method: ContractMethod): fc.Arbitrary<Json> {
  return messageOf(messageType(method.requestName))
}

function messageOf(type: DescMessage): fc.Arbitrary<Json> {
  const fields = type.fields.map((field) => [field.jsonName, contentOf(field)] as const)
  // Left-out keys are not there at all, which the type of `record` does not say.
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Json>
}

function contentOf(field: DescField): fc.Arbitrary<JsonValue> {
  if (field.fieldKind === 'list') return fc.array(field.listKind === 'scalar' ? scalarOf(field.scalar) : word, SHORT)
  if (field.fieldKind === 'scalar') return scalarOf(field.scalar)
  if (field.fieldKind === 'message' && field.message.typeName === 'google.protobuf.FieldMask') return mask
  if (field.fieldKind === 'message' && field.message.typeName === 'google.protobuf.Struct') return struct
  throw new Error(`teach the fuzz test what to put into ${field.parent.typeName}.${field.name}`)
}

const SHORT = { maxLength: 4 }
const struct = fc.dictionary(word, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }) as fc.Arbitrary<JsonValue>

function scalarOf(type: ScalarType): fc.Arbitrary<JsonValue> {
  if (type === ScalarType.STRING) return word
  if (type === ScalarType.BOOL) return fc.boolean()
  if (type === ScalarType.INT32) return whole
  throw new Error(`teach the fuzz test about scalars of type ${ScalarType[type]}`)
}
