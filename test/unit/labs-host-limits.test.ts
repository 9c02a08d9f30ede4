import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { HostLimit } from '../../src/kernel/kernel.ts'
import { groupMemories } from '../../src/kernel/limits.ts'
import { limitWarning } from '../../src/labs/host-facts.ts'
import { findShortage, type Needs, needsOf } from '../../src/labs/host-limits.ts'
import type { KernelObject, Plan } from '../../src/plan/objects.ts'
import { aCreate, aPair, failureOf, TestHost } from '../support/open-labs.ts'

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

test('the settings that are shipped leave nothing to warn of', async () => {
  const text = await readFile('systemd/90-netns-lab.conf', 'utf8')
  const set = new Map(
    [...text.matchAll(/^([a-z0-9_.]+) = (\d+)$/gm)].map(([, key = '', value]) => [key, Number(value)]),
  )

  for (const family of ['ipv4', 'ipv6']) {
    const [first = 0, second = 0, third = 0] = [1, 2, 3].map((n) =>
      set.get(`net.${family}.neigh.default.gc_thresh${n}`),
    )
    expect([first, second, third]).toEqual([first, second, third].toSorted((a, b) => a - b))
    const name = `net.${family}.neigh.default.gc_thresh3`
    expect(limitWarning({ name, limit: third, used: 0 })).toEqual([])
  }
  // Everything else is for the operator to decide.
  expect([...set.keys()].filter((key) => !key.includes('.neigh.default.gc_thresh'))).toEqual([])
})

function planOf(objects: readonly KernelObject[]): Plan {
  return { members: [], steps: objects.map((object) => ({ object, origin: '' })) }
}

describe('a host that is short of one thing refuses a lab before anything is built', () => {
  // aPair: two namespaces with two user namespaces and an IPv4 address each.
  test.each([
    { limit: 'user.max_net_namespaces', needed: 2, remedy: /^raise sysctl user\.max_net_namespaces$/ },
    { limit: 'user.max_user_namespaces', needed: 2, remedy: /^raise sysctl user\.max_user_namespaces$/ },
    { limit: 'fs.mount-max', needed: 2, remedy: /^raise sysctl fs\.mount-max$/ },
    { limit: 'RLIMIT_NOFILE', needed: 2 + 64, remedy: /LimitNOFILE/ },
    {
      limit: 'net.ipv4.neigh.default.gc_thresh3',
      needed: 2,
      remedy: /net\.ipv4\.neigh\.default\.gc_thresh1, gc_thresh2 and gc_thresh3 .*90-netns-lab\.conf/,
    },
    { limit: 'memory.available_kib', needed: 700, remedy: /delete labs or add memory/ },
  ])('$limit', async ({ limit, needed, remedy }) => {
    const kernel = new ShortKernel({ name: limit, limit: 1_000 + needed, used: 1_000 })
    host = await TestHost.make(kernel)
    const labs = await host.start()
    expect((await labs.create(aCreate(aPair('fits'), { validateOnly: true }))).state).toBe('planned')

    kernel.only = { name: limit, limit: 1_000 + needed, used: 1_001 }

    for (const validateOnly of [true, false]) {
      expect(await failureOf(labs.create(aCreate(aPair('short'), { validateOnly })))).toEqual({
        kind: 'limit-exceeded',
        limit,
        needed,
        available: needed - 1,
        remedy: expect.stringMatching(remedy),
      })
    }
    expect(kernel.dump()).toBe('')
    expect(await host.labFiles()).toEqual([])
    expect((await labs.list({ pageSize: 10, filter: [] })).labs).toEqual([])
  })

  test('the table of IPv6 neighbours counts IPv6 addresses only', async () => {
    const kernel = new ShortKernel({ name: 'net.ipv6.neigh.default.gc_thresh3', limit: 9, used: 9 })
    host = await TestHost.make(kernel)
    const labs = await host.start()

    expect((await labs.create(aCreate(aPair('four')))).state).toBe('ready')
    const six = JSON.parse(JSON.stringify(aPair('six')).replaceAll(/192\.0\.2\.(\d)\/24/g, '2001:db8::$1/64'))
    expect(await failureOf(labs.create(aCreate(six)))).toMatchObject({
      limit: 'net.ipv6.neigh.default.gc_thresh3',
      needed: 2,
      available: 0,
      remedy: expect.stringContaining('net.ipv6.neigh.default.gc_thresh1'),
    })
  })
})

class ShortKernel extends FakeKernel {
  only: HostLimit
  constructor(only: HostLimit) {
    super()
    this.only = only
  }
  override async limits(): Promise<readonly HostLimit[]> {
    return [this.only]
  }
}

let host: TestHost | undefined
afterEach(async () => {
  await host?.dispose()
  host = undefined
})

test('the tightest control group on the way up counts, without files that only fill its memory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nl-groups-'))
  const group = async (path: string, files: Readonly<Record<string, string>>) => {
    await mkdir(join(root, path), { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, path, `memory.${name}`), `${text}\n`)
  }
  try {
    await group('system.slice', { max: '1048576', current: '524288', stat: 'anon 1\ninactive_file 262144\nslab 5' })
    await group('system.slice/engine.service', { max: 'max', current: '4096' })

    expect(groupMemories(root, '/system.slice/engine.service')).toEqual([{ limit: 1024, used: 256 }])
    expect(groupMemories(root, '/')).toEqual([])
  } finally {
    await rm(root, { recursive: true })
  }
})
