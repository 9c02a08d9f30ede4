import type { Problem } from '../errors.ts'
import { joinPath } from './paths.ts'

/** Deepest nesting of a document; the deepest that the spec itself knows is 6. */
export const MAX_DEPTH = 32

/** Most values (objects, lists, texts, numbers) in one document. */
export const MAX_VALUES = 200_000

export type PlainData = { readonly data: unknown; readonly problems: readonly Problem[] }

/**
 * A copy of `document` made of nothing but plain objects, lists, texts, numbers, booleans and null, whatever came in.
 * Refused, each at its place: what no JSON can say, texts with control characters, too deep nesting, too much of it all.
 * Keys that JavaScript treats specially are refused here, before any code copies objects with them.
 */
export function readPlainData(document: unknown, maxBytes: number): PlainData {
  const problems: Problem[] = []
  const budget = { bytes: maxBytes, values: MAX_VALUES }
  const data = copy(document, '', 0, problems, budget)
  if (budget.bytes >= 0 && budget.values >= 0) return { data, problems }
  const message = `the document is too large; at most ${maxBytes} bytes are read`
  return { data: undefined, problems: [{ path: '', message, reason: 'DOCUMENT_TOO_LARGE' }] }
}

/** Left out of the copy: it was refused. */
const REFUSED = Symbol('refused')

function copy(
  value: unknown,
  path: string,
  depth: number,
  problems: Problem[],
  budget: { bytes: number; values: number },
): unknown {
  budget.values -= 1
  budget.bytes -= typeof value === 'string' ? value.length + 2 : 2
  if (budget.bytes < 0 || budget.values < 0) return REFUSED
  const refuse = (reason: string, message: string) => {
    problems.push({ path, message, reason })
    return REFUSED
  }
  switch (typeof value) {
    case 'string':
      return CONTROLS.test(value) ? refuse('CONTROL_CHARACTER', 'control characters are not allowed in texts') : value
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : refuse('INVALID_TYPE', 'a number must be finite')
    case 'object':
      break
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return refuse('INVALID_TYPE', `a ${typeof value} is not data`)
  }
  if (value === null) return value
  if (depth >= MAX_DEPTH) return refuse('TOO_DEEP', `nested more than ${MAX_DEPTH} levels deep`)
  if (Array.isArray(value)) {
    // A refused element leaves its place, so that the paths of those after it stay right.
    return Array.from(value, (item: unknown, place) => {
      const copied = copy(item, `${path}[${place}]`, depth + 1, problems, budget)
      return copied === REFUSED ? undefined : copied
    })
  }
  const copied: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    const place = joinPath(path, key)
    budget.bytes -= key.length + 4
    if (key === '__proto__' || CONTROLS.test(key)) {
      const reason = key === '__proto__' ? 'UNKNOWN_FIELD' : 'CONTROL_CHARACTER'
      problems.push({ path: place, message: `a field cannot be named ${JSON.stringify(key.slice(0, 80))}`, reason })
      continue
    }
    const part = copy(item, place, depth + 1, problems, budget)
    if (part !== REFUSED) copied[key] = part
  }
  return copied
}

/**
 * Controls (line feed and tab are for the description; every other text has a pattern that has no room for them), line
 * and paragraph separators, bidirectional overrides, and halves of surrogate pairs.
 */
const CONTROLS = /(?![\n\t])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u
