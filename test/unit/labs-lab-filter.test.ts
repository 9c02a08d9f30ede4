import { expect, test } from 'vitest'
import { readPageToken, writePageToken } from '../../src/engine/page-token.ts'
import { fitsFilter, formatLabFilter, parseLabFilter } from '../../src/labs/lab-filter.ts'

const lab = { name: 'web-12', state: 'ready', labels: { course: 'net1', 'a.b': 'x' } } as const

test.each([
  { filter: '', fits: true },
  { filter: '   ', fits: true },
  { filter: 'state=READY', fits: true },
  { filter: 'state = FAILED', fits: false },
  { filter: 'name=web-12', fits: true },
  { filter: 'name=web-1', fits: false },
  { filter: 'name=web-*', fits: true },
  { filter: 'name=*', fits: true },
  { filter: 'name=*12', fits: true },
  { filter: 'name=w*-*2', fits: true },
  { filter: 'name=web-12*12', fits: false },
  { filter: 'name=*b*b*', fits: false },
  { filter: 'labels.course=net1', fits: true },
  { filter: 'labels.course=net*', fits: true },
  { filter: 'labels.a.b=x', fits: true },
  { filter: 'labels.teacher=*', fits: false },
  { filter: 'labels.constructor=*', fits: false },
  { filter: 'state=READY AND labels.course=net1 AND name=web-*', fits: true },
  { filter: 'state=READY AND name=db-*', fits: false },
])('the filter "$filter" is $fits for a ready lab web-12', ({ filter, fits }) => {
  const parsed = parseLabFilter(filter, 'filter')

  expect(parsed.ok && fitsFilter(parsed.filter, lab)).toBe(fits)
})

test.each([
  { filter: 'READY', says: 'not a condition' },
  { filter: 'state=ready', says: 'not a state' },
  { filter: 'state=PLANNED', says: 'not a state' },
  { filter: 'state=constructor', says: 'not a state' },
  { filter: 'uid=1', says: 'cannot be filtered' },
  { filter: 'labels.=x', says: 'cannot be filtered' },
  { filter: 'name=', says: 'one word' },
  { filter: 'name=a or name=b', says: 'one word' },
  { filter: 'name=a AND', says: 'one word' },
  { filter: Array(11).fill('name=a').join(' AND '), says: 'at most 10 conditions' },
  { filter: `name=${'a'.repeat(600)}`, says: 'at most 512 characters' },
])('the filter "$filter" is refused', ({ filter, says }) => {
  expect(parseLabFilter(filter, 'filter')).toMatchObject({
    ok: false,
    problems: [{ path: 'filter', reason: 'INVALID_FILTER', message: expect.stringContaining(says) }],
  })
})

test('a filter is written in one way', () => {
  const parsed = parseLabFilter('  state = READY  AND   name=web-* AND labels.course=net1', 'filter')

  expect(parsed.ok && formatLabFilter(parsed.filter)).toBe('state=READY AND name=web-* AND labels.course=net1')
})

test('a pattern of many stars is judged in no time', () => {
  const parsed = parseLabFilter(`name=${'a*'.repeat(200)}b`, 'filter')
  const startedAt = performance.now()

  const fits = parsed.ok && fitsFilter(parsed.filter, { ...lab, name: 'a'.repeat(100_000) })

  expect(fits).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(1000)
})

test('a page token leads on with its own filter only', () => {
  const filter = [{ kind: 'state', state: 'ready' }] as const
  const token = writePageToken('web-12', filter)

  expect(readPageToken(token, filter)).toBe('web-12')
  expect(readPageToken(token, [])).toBeUndefined()
  expect(readPageToken(`${token}x`.repeat(40), filter)).toBeUndefined()
  expect(readPageToken('bnVsbA', filter)).toBeUndefined()
  expect(readPageToken('%%%', filter)).toBeUndefined()
})
