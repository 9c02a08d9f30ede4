import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  ScalarType,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { registry } from '../../src/contract/descriptors.ts'
import { messageType, methods } from '../../src/contract/methods.ts'
import { definitionOf } from '../support/test-engine.ts'

// The engine reads messages by the gRPC loader (from the proto files), the gateway by the descriptor set. What one writes
// the other must read, field by field; otherwise REST and gRPC drift apart without a word.
test.each(methods.map(({ path, ...method }) => ({ path: path.slice(1), ...method })))(
  'both codecs read the same out of every field of $path',
  ({ path, requestName, responseName }) => {
    const definition = definitionOf(path)
    for (const [name, decode, encode] of [
      [requestName, definition.requestDeserialize, definition.requestSerialize],
      [responseName, definition.responseDeserialize, definition.responseSerialize],
    ] as const) {
      const type = messageType(name)
      for (let variant = 0; variant < 6; variant++) {
        const json = sampleOf(type, variant)
        const bytes = toBinary(type, fromJson(type, json, { registry }))

        const again = encode(decode(Buffer.from(bytes)))

        expect(toJson(type, fromBinary(type, again), { registry })).toEqual(json)
      }
      expect(toJson(type, fromBinary(type, encode(decode(Buffer.alloc(0)))))).toEqual(toJson(type, create(type)))
    }
  },
)

/** Every field set to something that is not its default; of each oneof the member number `variant`. */
function sampleOf(type: DescMessage, variant: number): JsonValue {
  switch (type.typeName) {
    case 'google.protobuf.Struct':
      return { text: 'ä', number: -1.5, yes: true, nothing: null, list: [1, 'x', [], {}], deep: { er: { est: [] } } }
    case 'google.protobuf.Timestamp':
      return '2026-11-21T07:00:00.250Z'
    case 'google.protobuf.FieldMask':
      return 'devices,portState'
    default:
      break
  }
  const sample: Record<string, JsonValue> = {}
  for (const member of type.members) {
    if (member.kind === 'field') sample[member.jsonName] = sampleField(member, variant)
    else {
      const field = member.fields[variant % member.fields.length]
      if (field !== undefined) sample[field.jsonName] = sampleField(field, variant)
    }
  }
  return sample
}

function sampleField(field: DescField, variant: number): JsonValue {
  switch (field.fieldKind) {
    case 'scalar':
      return sampleScalar(field.scalar, variant)
    case 'enum':
      return field.enum.values.at(-1)?.name ?? 0
    case 'message':
      return sampleOf(field.message, variant)
    case 'list':
      if (field.listKind === 'message') return [sampleOf(field.message, variant), sampleOf(field.message, variant + 1)]
      return field.listKind === 'scalar'
        ? [sampleScalar(field.scalar, variant), sampleScalar(field.scalar, variant)]
        : []
    case 'map':
      if (field.mapKind === 'message') return { '': sampleOf(field.message, variant) }
      return field.mapKind === 'scalar' ? { 'net.ipv4.ip_forward': sampleScalar(field.scalar, variant) } : {}
  }
}

function sampleScalar(type: ScalarType, variant: number): JsonValue {
  const samples = new Map<ScalarType, JsonValue>([
    [ScalarType.STRING, `text ${variant} ✓`],
    [ScalarType.BOOL, true],
    [ScalarType.BYTES, 'AAEC/w=='],
    [ScalarType.INT32, -2147483648 + variant],
    [ScalarType.UINT32, 4294967295 - variant],
    [ScalarType.DOUBLE, 2 ** 53 - variant - 0.5],
  ])
  const sample = samples.get(type)
  // 64-bit integers are text in proto3 JSON and lose digits in JavaScript: counters are doubles instead.
  if (sample === undefined) throw new Error(`the contract uses scalars of type ${type}, which it should not`)
  return sample
}
