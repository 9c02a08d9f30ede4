import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Struct__Output } from '../../src/contract/gen/google/protobuf/Struct.ts'
import { jsonToStruct, structToJson, toTimestamp } from '../../src/engine/wire.ts'
import { definitionOf } from '../support/test-engine.ts'

const { requestDeserialize, requestSerialize } = definitionOf('LabService/CreateLab')

/** Through real bytes, so that the loader's own doings are in it. */
function overTheWire(json: unknown): unknown {
  const request: { spec?: Struct__Output } = requestDeserialize(requestSerialize({ spec: jsonToStruct(json) }))
  return request.spec && structToJson(request.spec)
}

test('whatever JSON a spec holds comes back as it was', () => {
  const json = fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 8 }).filter((value) => !JSON.stringify(value).includes('__proto__')),
  )

  fc.assert(
    fc.property(json, (value) => {
      expect(overTheWire(value)).toEqual(value)
    }),
  )
})

test('what YAML has and JSON has not is shown as text, and undefined is left out', () => {
  expect(overTheWire({ a: Number.POSITIVE_INFINITY, b: undefined, c: 12n })).toEqual({ a: 'Infinity', c: '12' })
})

test('a document that is not a mapping is shown as an empty one', () => {
  expect([null, 'text', [1], undefined].map(overTheWire)).toEqual([{}, {}, {}, {}])
})

test.each([
  { ms: 0, timestamp: { seconds: 0, nanos: 0 } },
  { ms: 1_800_000_000_250, timestamp: { seconds: 1_800_000_000, nanos: 250_000_000 } },
  { ms: -1, timestamp: { seconds: -1, nanos: 999_000_000 } },
])('$ms ms is a timestamp whose nanos are never negative', ({ ms, timestamp }) => {
  expect(toTimestamp(ms)).toEqual(timestamp)
})
