import { isBranch } from './paths.ts'
import { type ReadText, readYaml } from './read-yaml.ts'

/** Data out of YAML 1.2 (core schema) or JSON text. With problems there is no data. */
export function readText(text: string, maxBytes: number): ReadText {
  if (text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes) {
    const message = `the text is too large; at most ${maxBytes} bytes are read`
    return {
      data: undefined,
      problems: [{ path: '', message, reason: 'DOCUMENT_TOO_LARGE' }],
      locate: (problem) => problem,
    }
  }
  const data = readJson(text)
  if (data === undefined) return readYaml(text)
  // JSON is YAML too. The slow reading is left until somebody asks for a place.
  let yaml: ReadText | undefined
  const locate: ReadText['locate'] = (problem) => {
    yaml ??= readYaml(text)
    return yaml.locate(problem)
  }
  return { data, problems: [], locate }
}

/**
 * JSON is what programs send, and the platform reads it a hundred times faster than YAML. undefined when it is not JSON
 * or a key stands twice in one object, which JSON.parse would hide: then YAML's reader says where.
 */
function readJson(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    return undefined
  }
  return countKeys(data) === countKeysInText(text) ? data : undefined
}

function countKeys(data: unknown): number {
  let keys = 0
  // A list of what is still to be counted, for deep nesting would exhaust the stack.
  const open = [data]
  while (open.length > 0) {
    const part = open.pop()
    if (!isBranch(part)) continue
    if (!Array.isArray(part)) keys += Object.keys(part).length
    for (const value of Object.values(part)) if (isBranch(value)) open.push(value)
  }
  return keys
}

/** Of text that is known to be JSON: every text that a colon follows. */
function countKeysInText(text: string): number {
  let keys = 0
  for (let place = text.indexOf('"'); place >= 0; place = text.indexOf('"', place)) {
    place = endOfText(text, place)
    while (isBlank(text.charCodeAt(place))) place++
    if (text.charCodeAt(place) === 0x3a) keys++
  }
  return keys
}

/** Just after the closing quote. */
function endOfText(text: string, opening: number): number {
  let place = opening + 1
  while (text.charCodeAt(place) !== 0x22) place += text.charCodeAt(place) === 0x5c ? 2 : 1
  return place + 1
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
