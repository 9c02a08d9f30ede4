import { expect, test } from 'vitest'
import { limitWarning } from '../../src/labs/host-facts.ts'
import { findShortage, type Needs, needsOf } from '../../src/labs/host-limits.ts'
import type { KernelObject, Plan } from '../../src/plan/objects.ts'

const NOTHING: Needs = { namespaces: 0, userNamespaces: 0, neighbours4: 0, neighbours6: 0, memoryKib: 0 }

test('a lab needs a namespace for each member and a neighbour for each address', () => {
  const plan = planOf([
    { kind: 'namespace', name: 'nl00000000-0' },
    { kind: 'namespace', name: 'nl00000000-1', userNamespace: { firstUid: 1 } },
    { kind: 'address', namespace: 'nl00000000-1', device: 'eth0', address: '192.0.2.1/24', dad: false },
    { kind: 'address', namespace: 'nl00000000-1', device: 'eth0', address: '2001:db8::1/64', dad: false },
  ])

  expect(needsOf(plan)).toEqual({ namespaces: 2, userNamespaces: 1, neighbours4: 1, neighbours6: 1, memoryKib: 700 })
})

test.each([
  { story: 'what just fits is let through', limit: 13, used: 10, growing: 0, standing: 0, short: undefined },
  { story: 'one too many is refused', limit: 12, used: 10, growing: 0, standing: 0, short: 2 },
  { story: 'labs that are being built count', limit: 20, used: 10, growing: 8, standing: 0, short: 2 },
  {
    story: 'labs that stand are in what the kernel tells',
    limit: 20,
    used: 10,
    growing: 0,
    standing: 9,
    short: undefined,
  },
  {
    story: 'where the kernel tells nothing, labs that stand count',
    limit: 11,
    used: -1,
    growing: 0,
    standing: 9,
    short: 2,
  },
  { story: 'a host that is over its limit has nothing left', limit: 5, used: 9, growing: 0, standing: 0, short: 0 },
])('$story', ({ limit, used, growing, standing, short }) => {
  const host = {
    limits: [{ name: 'user.max_net_namespaces', limit, used }],
    growing: { ...NOTHING, namespaces: growing },
    standing: { ...NOTHING, namespaces: standing },
  }

  const shortage = findShortage({ ...NOTHING, namespaces: 3 }, host)

  expect(shortage?.available).toBe(short)
  if (short !== undefined) {
    expect(shortage).toMatchObject({
      limit: 'user.max_net_namespaces',
      needed: 3,
      remedy: expect.stringContaining('raise'),
    })
  }
})

test('a limit that nothing of a lab counts against refuses nothing', () => {
  const limits = [{ name: 'kernel.pid_max', limit: 0, used: 100 }]

  expect(findShortage({ ...NOTHING, namespaces: 3 }, { limits, growing: NOTHING, standing: NOTHING })).toBeUndefined()
})

test.each([
  { name: 'net.ipv4.neigh.default.gc_thresh3', limit: 1024, used: 3, says: 'gc_thresh3 is 1024' },
  { name: 'net.ipv4.neigh.default.gc_thresh3', limit: 65536, used: 3, says: undefined },
  { name: 'fs.mount-max', limit: 100, used: 95, says: '95 of 100 of fs.mount-max are used' },
  { name: 'fs.mount-max', limit: 100, used: 5, says: undefined },
  { name: 'user.max_net_namespaces', limit: 10, used: -1, says: undefined },
])('$name with $used of $limit warns: $says', ({ says, ...limit }) => {
  expect(limitWarning(limit)).toEqual(says === undefined ? [] : [expect.stringContaining(says)])
})

function planOf(objects: readonly KernelObject[]): Plan {
  return { members: [], steps: objects.map((object) => ({ object, origin: '' })) }
}
