/**
 * Reads JSON text (RFC 8259) strictly enough to say what is wrong and where. JSON.parse alone differs in its words from
 * one Node.js version to the next, tells no line, lets the last of two equal keys win, and builds trees so deep that
 * every later walk overflows the stack.
 */

/**
 * Deepest nesting of arrays and objects. Each level of a google.protobuf.Struct costs three levels in its wire form,
 * and protobuf readers stop at 100.
 */
export const MAX_JSON_DEPTH = 32

/** Every value becomes an object on its way; a spec of 1,000 hosts has some 30,000. */
export const MAX_JSON_VALUES = 100_000

export type JsonFault = {
  readonly message: string
  readonly reason: 'INVALID_JSON' | 'DUPLICATE_FIELD' | 'TOO_DEEP' | 'TOO_MANY_VALUES'
  /** From 1, in characters. */
  readonly line: number
  readonly column: number
}

/** @returns the value, or the first fault of the text */
export function readJson(text: string): { readonly value: unknown } | { readonly fault: JsonFault } {
  const fault = scan(text)
  if (fault !== undefined) return { fault: { ...fault, ...placeOf(text, fault.offset) } }
  return { value: JSON.parse(text) }
}

type Fault = { readonly message: string; readonly reason: JsonFault['reason']; readonly offset: number }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SPACE = /[ \t\n\r]*/y

/** One open array or object: the keys seen so far, or null for an array. */
type Open = Set<string> | null

function scan(text: string): Fault | undefined {
  const open: Open[] = []
  let values = 0
  let at = skipSpace(text, 0)
  for (;;) {
    values += 1
    if (values > MAX_JSON_VALUES) {
      return { message: `more than ${MAX_JSON_VALUES} values`, reason: 'TOO_MANY_VALUES', offset: at }
    }
    const start = text.charCodeAt(at)
    if (start === 0x7b /* { */ || start === 0x5b /* [ */) {
      if (open.length === MAX_JSON_DEPTH) {
        return { message: `nested deeper than ${MAX_JSON_DEPTH} levels`, reason: 'TOO_DEEP', offset: at }
      }
      const isObject = start === 0x7b
      open.push(isObject ? new Set() : null)
      at = skipSpace(text, at + 1)
      if (text.charCodeAt(at) !== (isObject ? 0x7d : 0x5d)) {
        if (!isObject) continue
        const key = readKey(text, at, open)
        if (typeof key !== 'number') return key
        at = key
        continue
      }
    } else {
      const end = endOfScalar(text, at)
      if (typeof end !== 'number') return end
      at = skipSpace(text, end)
    }
    // A value is complete: close what ends here, then go on to the next one.
    for (;;) {
      const inner = open.at(-1)
      if (inner === undefined) return at === text.length ? undefined : unexpected(text, at, 'the end')
      const code = text.charCodeAt(at)
      if (code === (inner === null ? 0x5d : 0x7d)) {
        open.pop()
        at = skipSpace(text, at + 1)
        continue
      }
      if (code !== 0x2c /* , */) return unexpected(text, at, inner === null ? '"," or "]"' : '"," or "}"')
      at = skipSpace(text, at + 1)
      if (inner === null) break
      const key = readKey(text, at, open)
      if (typeof key !== 'number') return key
      at = key
      break
    }
  }
}

/** Reads `"key" :` and gives the offset of the value. */
function readKey(text: string, at: number, open: Open[]): number | Fault {
  if (text.charCodeAt(at) !== QUOTE) return unexpected(text, at, 'a field name in double quotes')
  const end = endOfString(text, at)
  if (typeof end !== 'number') return end
  const quoted = text.slice(at, end)
  const key = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
  const seen = open.at(-1)
  if (seen?.has(key)) {
    return { message: `field ${shorten(quoted)} is given twice`, reason: 'DUPLICATE_FIELD', offset: at }
  }
  seen?.add(key)
  const colon = skipSpace(text, end)
  if (text.charCodeAt(colon) !== 0x3a) return unexpected(text, colon, '":"')
  return skipSpace(text, colon + 1)
}

function endOfScalar(text: string, at: number): number | Fault {
  if (text.charCodeAt(at) === QUOTE) return endOfString(text, at)
  for (const pattern of [NUMBER, WORD]) {
    pattern.lastIndex = at
    if (pattern.test(text)) return pattern.lastIndex
  }
  return unexpected(text, at, 'a value')
}

function endOfString(text: string, start: number): number | Fault {
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (Number.isNaN(code)) return unexpected(text, at, 'a closing double quote')
    if (code < 0x20) return unexpected(text, at, 'control characters inside strings to be escaped')
    if (code !== BACKSLASH) {
      at += 1
      continue
    }
    ESCAPE.lastIndex = at
    if (!ESCAPE.test(text)) return unexpected(text, at, 'a valid escape sequence')
    at = ESCAPE.lastIndex
  }
}

function skipSpace(text: string, at: number): number {
  // Most calls find no space at all, and a regular expression costs more than one look.
  if (text.charCodeAt(at) > 0x20) return at
  SPACE.lastIndex = at
  SPACE.test(text)
  return SPACE.lastIndex
}

function unexpected(text: string, at: number, expected: string): Fault {
  const point = text.codePointAt(at)
  const found = point === undefined ? 'the text ends here' : `found ${JSON.stringify(String.fromCodePoint(point))}`
  return { message: `expected ${expected}, ${found}`, reason: 'INVALID_JSON', offset: Math.min(at, text.length) }
}

function shorten(quoted: string): string {
  return quoted.length > 66 ? `${quoted.slice(0, 64)}…"` : quoted
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1
  return { line, column: offset - lineStart + 1 }
}
