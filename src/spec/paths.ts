/** Places in a document: segments inside, text like `hosts[2].interfaces[0].address` outside. */
export type Segment = string | number

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/
const MAX_KEY_SHOWN = 80

/** A key that is no plain word is quoted: `sysctls.set["net.ipv4.ip_forward"]`. The whole document is ''. */
export function formatPath(segments: readonly Segment[]): string {
  let text = ''
  for (const segment of segments) text = joinPath(text, segment)
  return text
}

export function joinPath(path: string, segment: Segment): string {
  if (typeof segment === 'number') return `${path}[${segment}]`
  if (!PLAIN_KEY.test(segment)) return `${path}[${JSON.stringify(segment.slice(0, MAX_KEY_SHOWN))}]`
  return path === '' ? segment : `${path}.${segment}`
}

const TOKEN = /\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y

/** What `formatPath` was given (keys longer than shown are cut). */
export function parsePath(text: string): readonly Segment[] {
  const segments: Segment[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)
    if (token === null) return segments
    const [, word, index, quoted] = token
    if (word !== undefined) segments.push(word)
    else if (index !== undefined) segments.push(Number(index))
    else segments.push(String(JSON.parse(quoted ?? '""')))
  }
  return segments
}

/** The part of a document at `path`; undefined where there is none. */
export function partAt(document: unknown, path: readonly Segment[]): unknown {
  let part = document
  for (const segment of path) {
    if (!isBranch(part) || !Object.hasOwn(part, segment)) return undefined
    part = part[segment]
  }
  return part
}

/** An object or a list: something with parts. */
export function isBranch(value: unknown): value is Readonly<Record<Segment, unknown>> {
  return typeof value === 'object' && value !== null
}
