import { readFileSync } from 'node:fs'
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { parse } from 'yaml'

/** openapi.yaml as data, and what it ought to say of the contract's messages. */

export type Node = { readonly [key: string]: unknown }

export function readOpenapi(): Node {
  return parse(readFileSync('openapi.yaml', 'utf8'))
}

/** The node at a path of keys; an empty one where there is none. */
export function nodeAt(node: unknown, ...path: readonly string[]): Node {
  let here = node
  for (const key of path) here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined
  return typeof here === 'object' && here !== null ? { ...here } : {}
}

/** `{ $ref }` followed, inside the same document. */
export function follow(document: Node, node: unknown): Node {
  const ref = nodeAt(node).$ref
  return typeof ref === 'string' ? nodeAt(document, ...ref.slice(2).split('/')) : nodeAt(node)
}

const SCALAR_SCHEMAS: { readonly [K in ScalarType]?: Node } = {
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.INT32]: { type: 'integer', format: 'int32' },
  [ScalarType.UINT32]: { type: 'integer', format: 'int64', minimum: 0, maximum: 4294967295 },
  [ScalarType.DOUBLE]: { type: 'number', format: 'double' },
}

const WELL_KNOWN_SCHEMAS: Readonly<Record<string, Node>> = {
  'google.protobuf.Struct': { type: 'object', additionalProperties: true },
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string' },
  'google.protobuf.FieldMask': { type: 'string' },
}

/** How proto3 JSON writes a field: the types and nothing of prose, patterns or examples. */
export function fieldSchema(field: DescField): Node {
  if (field.fieldKind === 'list') return { type: 'array', items: valueSchema(field) }
  if (field.fieldKind === 'map') return { type: 'object', additionalProperties: valueSchema(field) }
  return valueSchema(field)
}

function valueSchema(field: DescField): Node {
  if (field.enum !== undefined) return { $ref: `#/components/schemas/${field.enum.name}` }
  if (field.message !== undefined) {
    const wellKnown = WELL_KNOWN_SCHEMAS[field.message.typeName]
    return wellKnown ?? { $ref: `#/components/schemas/${field.message.name}` }
  }
  const schema = field.scalar === undefined ? undefined : SCALAR_SCHEMAS[field.scalar]
  if (schema === undefined)
    throw new Error(`${field.parent.typeName}.${field.name} is of a type that has no schema here yet`)
  return schema
}

/** Fields that an answer always holds: those without a presence of their own. */
export function alwaysThere(message: DescMessage): string[] {
  return message.fields
    .filter((field) => field.oneof === undefined && field.fieldKind !== 'message' && !field.proto.proto3Optional)
    .map((field) => field.jsonName)
}

/** Only the keywords that say which type a value has. */
export function typeOf(schema: unknown): Node {
  const node = nodeAt(schema)
  const kept = Object.entries(node).filter(([key]) => ['type', 'format', 'minimum', 'maximum', '$ref'].includes(key))
  return {
    ...Object.fromEntries(kept),
    ...('items' in node && { items: typeOf(node.items) }),
    ...(typeof node.additionalProperties === 'object' && { additionalProperties: typeOf(node.additionalProperties) }),
    ...(node.additionalProperties === true && { additionalProperties: true }),
  }
}

/** The JSON Schema of the spec as a component: its own definitions are found from the top of openapi.yaml. */
export function asComponent(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asComponent)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      const isLocal = key === '$ref' && typeof value === 'string' && value.startsWith('#/$defs/')
      return [key, isLocal ? `#/components/schemas/LabSpec${value.slice(1)}` : asComponent(value)]
    }),
  )
}
