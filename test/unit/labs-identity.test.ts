import { expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { chooseIdentity, preferredSlot, type Taken, uidOfName } from '../../src/labs/identity.ts'
import { FIRST_UID, findUidRange, SLOTS, UIDS_PER_SLOT } from '../../src/labs/uid-ranges.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'

const NOTHING_TAKEN: Taken = { uids: new Set(), uidRanges: [], uplinkSubnets: [] }
const POOL = '100.127.0.0/28'

test('the same name gets the same identity everywhere', () => {
  const first = chooseIdentity(aSpec('web', 3), NOTHING_TAKEN, POOL)

  expect(chooseIdentity(aSpec('web', 3), NOTHING_TAKEN, POOL)).toEqual(first)
  expect(first.uid).toMatch(/^[0-9a-f]{8}$/)
  expect(first.firstUid).toBe(FIRST_UID + preferredSlot('web') * UIDS_PER_SLOT)
  expect(first.uidSlots).toBe(3)
})

test('two names whose hashes begin alike still get kernel names of their own', () => {
  const taken = { ...NOTHING_TAKEN, uids: new Set([uidOfName('web'), uidOfName('web', 1)]) }

  expect(chooseIdentity(aSpec('web', 1), taken, POOL).uid).toBe(uidOfName('web', 2))
})

test('no two of a thousand labs share a uid', () => {
  const ranges: { firstUid: number; slots: number }[] = []
  for (let i = 0; i < 1000; i++) {
    const spec = aSpec(`lab-${i}`, 1 + (i % 40))
    const { firstUid, uidSlots } = chooseIdentity(spec, { ...NOTHING_TAKEN, uidRanges: ranges }, POOL)
    ranges.push({ firstUid, slots: uidSlots })
  }

  const used = ranges.flatMap(({ firstUid, slots }) => Array.from({ length: slots }, (_, k) => firstUid + k * 65536))
  expect(new Set(used).size).toBe(used.length)
  expect(Math.min(...used)).toBeGreaterThanOrEqual(268_435_456)
  expect(Math.max(...used) + 65_536).toBeLessThanOrEqual(4_294_901_760)
})

test.each([
  { story: 'an empty host gives the preferred slot', taken: [], slots: 2, preferred: 5, found: 5 },
  { story: 'a taken slot is stepped over', taken: [[5, 2]], slots: 2, preferred: 5, found: 7 },
  {
    story: 'a gap that is too narrow is stepped over',
    taken: [
      [5, 1],
      [7, 1],
    ],
    slots: 2,
    preferred: 5,
    found: 8,
  },
  {
    story: 'a gap that just fits is used',
    taken: [
      [4, 1],
      [7, 1],
    ],
    slots: 2,
    preferred: 5,
    found: 5,
  },
  { story: 'a range that reaches into the preferred slot counts', taken: [[3, 4]], slots: 1, preferred: 5, found: 7 },
  {
    story: 'past the end the search goes on at the start',
    taken: [[SLOTS - 1, 1]],
    slots: 1,
    preferred: SLOTS - 1,
    found: 0,
  },
  { story: 'a range does not hang over the end', taken: [], slots: 2, preferred: SLOTS - 1, found: 0 },
  { story: 'a full host has nothing left', taken: [[0, SLOTS]], slots: 1, preferred: 9, found: undefined },
])('$story', ({ taken, slots, preferred, found }) => {
  const ranges = taken.map(([slot = 0, count = 0]) => ({ firstUid: FIRST_UID + slot * UIDS_PER_SLOT, slots: count }))

  const firstUid = findUidRange(ranges, slots, preferred)

  expect(firstUid).toBe(found === undefined ? undefined : FIRST_UID + found * UIDS_PER_SLOT)
})

test('uplinks get the first free /30 of the pool', () => {
  const taken = { ...NOTHING_TAKEN, uplinkSubnets: ['100.127.0.4/30'] }

  expect(chooseIdentity(aSpec('web', 1, 2), taken, POOL).uplinkSubnets).toEqual(['100.127.0.0/30', '100.127.0.8/30'])
})

test('when the pool has no /30 left, the create is refused with what is there and what helps', () => {
  const taken = { ...NOTHING_TAKEN, uplinkSubnets: ['100.127.0.0/29', '100.127.0.8/30'] }

  expect(failureOf(() => chooseIdentity(aSpec('web', 1, 2), taken, POOL))).toEqual({
    kind: 'limit-exceeded',
    limit: 'uplink.pool',
    needed: 2,
    available: 1,
    remedy: expect.stringContaining('uplink.pool'),
  })
})

function aSpec(name: string, members: number, uplinks = 0): LabSpec {
  const many = (count: number) => Array.from({ length: count }, () => ({}))
  return {
    name,
    labels: {},
    switches: [],
    links: [],
    members: many(members),
    uplinks: many(uplinks),
  } as unknown as LabSpec
}

function failureOf(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (error instanceof LabError) return error.failure
  }
  throw new Error('expected a LabError')
}
