import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Registry,
  type ScalarType,
} from '@bufbuild/protobuf'
import {
  isWellFormed,
  type Mistake,
  mistakeInEnum,
  mistakeInMapKey,
  mistakeInScalar,
  nameOf,
  wrongType,
} from './check-scalar.ts'
import { joinIndex, joinKey, quote } from './paths.ts'
import type { Problems } from './problems.ts'
import { didYouMean } from './suggest.ts'

/** What one check carries along. */
type Check = { readonly registry: Registry; readonly into: Problems }

/**
 * Compares JSON with a message of the contract and reports every difference in shape, where protobuf-es stops at the
 * first: unknown, doubled and contradicting fields, wrong types, numbers out of range, unknown enum values, bad base64.
 * What passes here is read by `fromJson` without an error. Paths are in proto3 JSON names.
 */
export function checkMessage(desc: DescMessage, json: unknown, path: string, check: Check): void {
  if (desc.typeName.startsWith('google.protobuf.')) checkWellKnown(desc, json, path, check)
  else if (isObject(json)) checkFields(desc, json, path, check)
  else report(wrongType('an object', json), path, check)
}

function checkFields(desc: DescMessage, json: Record<string, unknown>, path: string, check: Check): void {
  const { into } = check
  const fields = fieldsByName(desc)
  const seen = new Set<DescField>()
  const chosen = new Map<string, DescField>()
  for (const key of Object.keys(json)) {
    if (into.cut) return
    const field = fields.get(key)
    if (field === undefined) {
      const known = desc.fields.map((candidate) => candidate.jsonName)
      into.add(joinKey(path, key), 'UNKNOWN_FIELD', `there is no such field${didYouMean(key, known)}`)
      continue
    }
    const place = joinKey(path, field.jsonName)
    if (seen.has(field)) into.add(place, 'DUPLICATE_FIELD', `is given twice, as ${field.jsonName} and ${field.name}`)
    seen.add(field)
    const value = json[key]
    // ProtoJSON: null means "not given", save for the type that has a null of its own.
    if (value === null && field.message?.typeName !== 'google.protobuf.Value') continue
    if (field.oneof !== undefined) {
      const other = chosen.get(field.oneof.name)
      if (other !== undefined) into.add(place, 'CONFLICT', `excludes ${other.jsonName}; give one of them`)
      chosen.set(field.oneof.name, field)
    }
    if (field.fieldKind === 'list') checkList(field, value, place, check)
    else if (field.fieldKind === 'map') checkMap(field, field.mapKey, value, place, check)
    else checkValue(field, value, place, check)
  }
}

/** The value of a singular field, or one element of a list or map. */
function checkValue(field: DescField, value: unknown, path: string, check: Check): void {
  if (field.message !== undefined) checkMessage(field.message, value, path, check)
  else if (field.enum !== undefined) report(mistakeInEnum(field.enum, value), path, check)
  else if (field.scalar !== undefined) report(mistakeInScalar(field.scalar, value), path, check)
}

function checkList(field: DescField, value: unknown, path: string, check: Check): void {
  if (!Array.isArray(value)) {
    report(wrongType('a list', value), path, check)
    return
  }
  for (const [index, element] of value.entries()) {
    if (check.into.cut) return
    checkValue(field, element, joinIndex(path, index), check)
  }
}

function checkMap(field: DescField, keyType: ScalarType, value: unknown, path: string, check: Check): void {
  if (!isObject(value)) {
    report(wrongType('an object', value), path, check)
    return
  }
  for (const key of Object.keys(value)) {
    if (check.into.cut) return
    const place = joinKey(path, key)
    report(mistakeInMapKey(keyType, key), place, check)
    checkValue(field, value[key], place, check)
  }
}

/** Types whose JSON is not an object of their fields (protobuf.dev, ProtoJSON format). */
const WELL_KNOWN_FORMS: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'a time like "2026-01-31T12:00:00Z"',
  'google.protobuf.Duration': 'a duration in seconds like "1.5s"',
  'google.protobuf.FieldMask': 'field names joined by commas, like "devices,routes"',
  'google.protobuf.Any': 'an object with "@type"',
}

function checkWellKnown(desc: DescMessage, json: unknown, path: string, check: Check): void {
  switch (desc.typeName) {
    case 'google.protobuf.Struct':
      if (isObject(json)) checkFree(json, path, check)
      else report(wrongType('an object', json), path, check)
      break
    case 'google.protobuf.ListValue':
      if (Array.isArray(json)) checkFree(json, path, check)
      else report(wrongType('a list', json), path, check)
      break
    case 'google.protobuf.Value':
      checkFree(json, path, check)
      break
    default:
      try {
        // Of these types each is one text or number; there is one thing to say about it.
        fromJson(desc, json as JsonValue, { registry: check.registry })
      } catch {
        const form = WELL_KNOWN_FORMS[desc.typeName] ?? 'valid'
        check.into.add(path, 'WRONG_FORMAT', `must be ${form}, not ${nameOf(json)}`)
      }
  }
}

function report(mistake: Mistake | undefined, path: string, { into }: Check): void {
  if (mistake !== undefined) into.add(path, mistake.reason, mistake.message)
}

/** Data whose shape the contract leaves open: only what would be lost or harmful on the way is refused. */
function checkFree(value: unknown, path: string, check: Check): void {
  const { into } = check
  if (typeof value === 'number' && !Number.isFinite(value)) {
    into.add(path, 'OUT_OF_RANGE', 'is a number too large to be kept')
  } else if (typeof value === 'string' && !isWellFormed(value)) {
    into.add(path, 'WRONG_FORMAT', 'is text that is not valid Unicode')
  } else if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      if (into.cut) return
      checkFree(element, joinIndex(path, index), check)
    }
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (into.cut) return
      if (!isWellFormed(key))
        into.add(path, 'WRONG_FORMAT', `has a field name that is not valid Unicode: ${quote(key)}`)
      // Whoever copies such a field by assignment changes the prototype instead.
      if (key === '__proto__') into.add(joinKey(path, key), 'UNKNOWN_FIELD', 'there is no such field')
      checkFree(value[key], joinKey(path, key), check)
    }
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

const FIELDS = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>()

function fieldsByName(desc: DescMessage): ReadonlyMap<string, DescField> {
  let fields = FIELDS.get(desc)
  if (fields === undefined) {
    fields = new Map(
      desc.fields.flatMap((field) => [
        [field.jsonName, field],
        [field.name, field],
      ]),
    )
    FIELDS.set(desc, fields)
  }
  return fields
}
