import type { Said } from './parity-doors.ts'

/** Fields that are another at each call; what is left must be equal. */
const CHANGING = new Set(
  'etag createTime readTime buildMs removeMs elapsedMs incident rttMs rttMinMs rttAvgMs rttMaxMs rttStddevMs engineRssBytes uptimeSeconds used'.split(
    ' ',
  ),
)

/** Both doors' answers made comparable: what is another at each call is replaced by its type. */
export function masked(said: Said): unknown {
  return mask(said, '')
}

function mask(value: unknown, key: string): unknown {
  if (CHANGING.has(key)) return `<${typeof value}>`
  if (key === 'retryAfterMs') return inSeconds(Number(value))
  if (Array.isArray(value)) return value.map((item) => mask(item, ''))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mask(item, name)]))
  }
  if (typeof value !== 'string') return value
  // The sentence of an internal failure names its incident; metrics count.
  return value
    .replaceAll(/incident \S+/g, 'incident <id>')
    .replaceAll(/^(netnslab_\S+) \S+$/gm, '$1 <number>')
    .replace(/again in (\d+) ms$/, (_words, ms: string) => `again in ${inSeconds(Number(ms))}`)
}

/** HTTP's Retry-After knows whole seconds; a longer wait has run on from one call to the next. */
function inSeconds(ms: number): string {
  return ms <= 1000 ? '1 s' : 'some seconds'
}
