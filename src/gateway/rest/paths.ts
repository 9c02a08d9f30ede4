/** Field paths as both doors write them (`spec.hosts[2].name`) and their RFC 6901 pointers (`/spec/hosts/2/name`). */

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/
const STEP = /\.?([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y

/** Keys come from callers, so what is not a plain word is quoted, and cut where it is long. */
export function joinKey(path: string, key: string): string {
  if (!PLAIN_KEY.test(key) || key.length > 64) return `${path}[${JSON.stringify(shorten(key))}]`
  return path === '' ? key : `${path}.${key}`
}

export function joinIndex(path: string, index: number): string {
  return `${path}[${index}]`
}

/** @returns '' (the whole document) for a path that this cannot read */
export function pointerOf(path: string): string {
  let pointer = ''
  STEP.lastIndex = 0
  while (STEP.lastIndex < path.length) {
    const step = STEP.exec(path)
    if (step === null) return ''
    const key = step[1] ?? step[2] ?? unquote(step[3] ?? '')
    pointer += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  }
  return pointer
}

/** A caller's text inside a sentence: quoted, escaped, at most 64 characters of it. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text))
}

function shorten(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}

function unquote(escaped: string): string {
  try {
    return String(JSON.parse(`"${escaped}"`))
  } catch {
    return escaped
  }
}
