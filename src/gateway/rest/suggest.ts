/** @returns ` (did you mean "lab"?)` when one of `known` is close to `given`, else '' */
export function didYouMean(given: string, known: Iterable<string>): string {
  if (given.length > 40) return ''
  let best = ''
  let bestDistance = Math.min(3, Math.ceil(given.length / 2))
  for (const candidate of known) {
    const distance = editDistance(given.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best === '' ? '' : ` (did you mean "${best}"?)`
}

/** Levenshtein's distance, with neighbours in the wrong order counted as one edit; `limit` when it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(
        (row[j] ?? limit) + 1,
        (next[j - 1] ?? limit) + 1,
        (row[j - 1] ?? limit) + change,
        swapped ? (before[j - 2] ?? limit) + 1 : limit,
      )
    }
    before = row
    row = next
  }
  return Math.min(row[b.length] ?? limit, limit)
}
