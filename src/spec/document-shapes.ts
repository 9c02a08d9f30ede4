import { z } from 'zod'
import { DocumentShape } from './document.ts'
import type { Segment } from './paths.ts'

/** Names of the fields that the shape at `path` has; none where it is no mapping. */
export function fieldsAt(path: readonly Segment[]): readonly string[] {
  const shape = unwrap(shapeAt(path), isObject)
  return isObject(shape) ? Object.keys(shape.shape) : []
}

/** The first example of the field at `path`, as text for people. */
export function exampleAt(path: readonly Segment[]): string | undefined {
  const shape = unwrap(shapeAt(path), (inner) => inner instanceof z.ZodString)
  const examples = shape instanceof z.ZodType ? shape.meta()?.examples : undefined
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined
  return typeof example === 'string' ? example : undefined
}

function shapeAt(path: readonly Segment[]): unknown {
  let shape: unknown = DocumentShape
  for (const segment of path) {
    const outer = unwrap(shape, typeof segment === 'number' ? isArray : isObject)
    if (isArray(outer)) shape = outer.element
    else if (isObject(outer) && Object.hasOwn(outer.shape, segment)) shape = outer.shape[segment]
    else return undefined
  }
  return shape
}

/** The shape inside optional ones and unions that is `wanted`. */
function unwrap(shape: unknown, wanted: (shape: unknown) => boolean): unknown {
  if (shape instanceof z.ZodOptional) return unwrap(shape.unwrap(), wanted)
  if (shape instanceof z.ZodUnion) return shape.options.map((option) => unwrap(option, wanted)).find(wanted)
  return shape
}

function isObject(shape: unknown): shape is z.ZodObject {
  return shape instanceof z.ZodObject
}

function isArray(shape: unknown): shape is z.ZodArray {
  return shape instanceof z.ZodArray
}
