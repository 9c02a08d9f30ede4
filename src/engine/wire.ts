import type { Struct, Struct__Output } from '../contract/gen/google/protobuf/Struct.ts'
import type { Timestamp } from '../contract/gen/google/protobuf/Timestamp.ts'
import type { Value, Value__Output } from '../contract/gen/google/protobuf/Value.ts'
import { LabError, type Problem } from '../errors.ts'

/** Well-known types between what the gRPC loader gives and takes and plain data: wire details live here once. */

/** A spec has some ten levels; the decoder itself refuses beyond 100 message levels, which are 50 of these. */
export const MAX_DEPTH = 32

/**
 * google.protobuf.Struct -> plain JSON data.
 * @throws LabError invalid-spec: a number that is not finite, a value without a kind, nesting beyond MAX_DEPTH, `__proto__`
 */
export function structToJson(struct: Struct__Output): Record<string, unknown> {
  const problems: Problem[] = []
  const json = readStruct(struct, { path: '', depth: 1 }, problems)
  if (problems.length > 0) throw new LabError({ kind: 'invalid-spec', problems })
  return json
}

type Place = { readonly path: string; readonly depth: number }

function readStruct(struct: Struct__Output, place: Place, problems: Problem[]): Record<string, unknown> {
  const json: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(struct.fields ?? {})) {
    const path = place.path === '' ? key : `${place.path}.${key}`
    if (key === '__proto__') problems.push({ path, message: 'this name cannot be a key', reason: 'INVALID_NAME' })
    else json[key] = readValue(value, { path, depth: place.depth + 1 }, problems)
  }
  return json
}

function readValue(value: Value__Output, place: Place, problems: Problem[]): unknown {
  const refuse = (message: string, reason: string) => {
    problems.push({ path: place.path, message, reason })
    return undefined
  }
  if (place.depth > MAX_DEPTH) return refuse(`nested deeper than ${MAX_DEPTH} levels`, 'TOO_DEEP')
  switch (value.kind) {
    case 'nullValue':
      return null
    case 'numberValue':
      if (Number.isFinite(value.numberValue)) return value.numberValue
      return refuse(`${value.numberValue} is not a number that a spec can hold`, 'NOT_FINITE')
    case 'stringValue':
      return value.stringValue
    case 'boolValue':
      return value.boolValue
    case 'structValue':
      return readStruct(value.structValue ?? { fields: {} }, place, problems)
    case 'listValue':
      return (value.listValue?.values ?? []).map((item, n) =>
        readValue(item, { path: `${place.path}[${n}]`, depth: place.depth + 1 }, problems),
      )
    case undefined:
      return refuse('a value without a kind', 'INVALID_VALUE')
  }
}

/**
 * Plain data -> google.protobuf.Struct. What JSON cannot hold is written as text (YAML has `.inf`) or left out
 * (undefined), as the data has been checked before and is only shown again.
 */
export function jsonToStruct(json: unknown): Struct {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { fields: {} }
  const fields = Object.entries(json).filter(([key, value]) => value !== undefined && key !== '__proto__')
  return { fields: Object.fromEntries(fields.map(([key, value]) => [key, toValue(value)])) }
}

function toValue(json: unknown): Value {
  if (json === null) return { nullValue: 'NULL_VALUE' }
  if (typeof json === 'boolean') return { boolValue: json }
  if (typeof json === 'number' && Number.isFinite(json)) return { numberValue: json }
  if (Array.isArray(json)) return { listValue: { values: json.map(toValue) } }
  if (typeof json === 'object') return { structValue: jsonToStruct(json) }
  if (typeof json === 'string') return { stringValue: json }
  if (typeof json === 'number' || typeof json === 'bigint') return { stringValue: json.toString() }
  return { nullValue: 'NULL_VALUE' }
}

/** @param ms wall clock, milliseconds since 1970 */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) }
}
