import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { LabError } from '../../src/errors.ts'
import { applyPlan } from '../../src/executor/apply-plan.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { openNamespace } from '../../src/kernel/namespace.ts'
import type { Labs } from '../../src/labs/labs.ts'
import { keyOf } from '../../src/plan/objects.ts'
import { readHostState } from '../support/host-state.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { aCreate, failureOf, TestHost } from '../support/open-labs.ts'
import {
  aLabOutside,
  buildWorld,
  ip,
  nft,
  OUTSIDE,
  removeWorld,
  setForwarding,
  UPLINKS,
} from '../support/uplink-scene.ts'

/** What an uplink puts into the host comes and goes with its lab, and nothing else there is touched. */

const kernel = new LinuxKernel()
const limits = loadConfig({}).limits
let host: TestHost
let labs: Labs
let empty: ReturnType<typeof readLedger>

beforeAll(() => buildWorld())
afterAll(async () => {
  await kernel.close()
  removeWorld()
})
beforeEach(async () => {
  host = await TestHost.make(kernel)
  labs = await host.start({ uplink: UPLINKS, limits })
  empty = readLedger()
})
afterEach(async () => {
  await host.dispose()
  expect(readLedger()).toEqual(empty)
})

const create = (name: string) => labs.create(aCreate(aLabOutside(name)))
const remove = (name: string) => labs.delete({ name, allowMissing: false, async: false })
/** The next server on this host; `forgetful` has none of the records. */
const restart = async (forgetful = false) => {
  if (forgetful) {
    await host.dispose()
    host = await TestHost.make(kernel)
  }
  labs = await host.start({ uplink: UPLINKS, limits })
  return labs
}

test('a lab with an uplink changes one device and one table of the host, and nothing when it is gone', async () => {
  const before = readHostState()
  const { uid } = await create('guest')

  expect(readLedger().links.filter((link) => !empty.links.includes(link))).toEqual([
    expect.stringMatching(new RegExp(`^nl${uid}u0@`)),
  ])
  expect(readLedger().tables.replace(empty.tables, '')).toBe(`table inet nl${uid}\n`)

  await remove('guest')
  expect(readHostState()).toEqual(before)
})

test('a failure at each step undoes what is in the host too', async () => {
  const { plan } = await labs.create(aCreate(aLabOutside('never'), { validateOnly: true }))
  for (const [index, step] of (plan?.steps ?? []).entries()) {
    const failpoint = { step: index, action: 'fail' } as const
    const failure = await applyPlan(plan ?? { members: [], steps: [] }, kernel, { lab: 'never', failpoint }).then(
      () => undefined,
      (error: unknown) => (error instanceof LabError ? error.failure : error),
    )
    expect(failure).toMatchObject({ kind: 'apply-failed', origin: step.origin, leftovers: [] })
    expect(readLedger(), `failed at step ${index}, ${keyOf(step.object)}`).toEqual(empty)
  }
  expect(plan?.steps.length).toBeGreaterThan(20)
})

describe('somebody else’s', () => {
  const FOREIGN_LINKS = ['nlfoo0', 'nl1234u0', 'nl0123456xu0'] as const
  const FOREIGN_TABLES = ['nlxyz', 'nl0123456x', 'nl01234567and-more'] as const

  beforeEach(() => {
    for (const link of FOREIGN_LINKS) ip('link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}p`)
    // By its name it might be an orphan of ours, but it is no veth and has no MAC of ours.
    ip('link', 'add', 'nldeadbeefu0', 'address', '0a:00:00:00:00:01', 'type', 'bridge')
    nft(FOREIGN_TABLES.map((table) => `add table inet ${table}`).join('\n'))
  })
  afterEach(() => {
    for (const link of [...FOREIGN_LINKS, 'nldeadbeefu0']) ip('link', 'delete', link)
    nft(FOREIGN_TABLES.map((table) => `delete table inet ${table}`).join('\n'))
  })

  test('devices and tables with names like ours stay, whatever comes and goes', async () => {
    const before = readLedger()

    await create('guest')
    await remove('guest')
    await restart()
    await restart(true)

    expect(readLedger()).toEqual(before)
  })

  test('device that has the very name is a refusal, and stays', async () => {
    const { uid } = await labs.create(aCreate(aLabOutside('guest'), { validateOnly: true }))
    const device = `nl${uid}u0`
    ip('link', 'add', device, 'address', '0a:00:00:00:00:02', 'type', 'bridge')
    const before = readLedger()
    try {
      expect(await failureOf(create('guest'))).toMatchObject({
        kind: 'apply-failed',
        refusal: 'exists',
        origin: 'uplinks[0]',
        leftovers: [],
      })
      expect(readLedger()).toEqual(before)
    } finally {
      ip('link', 'delete', device)
    }
  })
})

test('a restart keeps the lab and its way out, and sees when somebody took the host’s table', async () => {
  const { uid } = await create('guest')
  expect(await (await restart()).get('guest')).toMatchObject({ state: 'ready', drifts: [] })

  nft(`delete table inet nl${uid}`)

  expect(await (await restart()).get('guest')).toMatchObject({
    state: 'ready',
    drifts: [{ kind: 'missing', object: `nft-table @host inet nl${uid}`, origin: 'uplinks[0]' }],
  })
  await remove('guest')
})

test('what a lost record owned in the host is swept at the next start', async () => {
  await create('guest')
  expect(readLedger()).not.toEqual(empty)

  await restart(true)

  expect(readLedger()).toEqual(empty)
})

test('the host’s end is swept even where its namespace has no name any more and is held by somebody', async () => {
  const { uid, plan } = await create('guest')
  const gateway = plan?.members.find(({ role }) => role === 'uplink')?.namespace ?? ''
  const held = openNamespace(gateway)
  try {
    ip('netns', 'delete', gateway)
    expect(readLedger().links).toContainEqual(expect.stringContaining(`nl${uid}u0`))

    await restart(true)

    expect(readLedger()).toEqual(empty)
  } finally {
    closeSync(held)
  }
})

test('a lab whose record is damaged keeps its way out until it is deleted, then all of it goes', async () => {
  const { uid } = await create('guest')
  await writeFile(`${host.stateDir}/labs/guest.json`, 'nothing that was ever written')

  await restart()
  expect((await labs.get('guest')).state).toBe('quarantined')
  expect(readLedger().tables).toContain(`nl${uid}`)

  await remove('guest')
  expect(readLedger()).toEqual(empty)
})

test('a host that does not forward refuses uplinks with the remedy and sets nothing itself', async () => {
  const before = readHostState()
  setForwarding(false)
  try {
    const still = readHostState()
    expect(await failureOf(create('guest'))).toEqual({
      kind: 'invalid-spec',
      problems: ['net.ipv4.ip_forward', 'net.ipv4.conf.default.forwarding'].map((key) => ({
        path: 'uplinks[0]',
        reason: 'HOST_DOES_NOT_FORWARD',
        message: expect.stringMatching(new RegExp(`^${key} is not 1 on this host.*sysctl`)),
      })),
    })
    expect((await labs.host()).warnings).toContainEqual(
      expect.stringMatching(/^uplinks are refused: net\.ipv4\.ip_forward/),
    )
    expect(readHostState()).toEqual(still)
  } finally {
    setForwarding(true)
  }
  expect(readHostState()).toEqual(before)
})

test('a pool that the host uses itself is refused by name, and a route of another lab’s uplink is no such use', async () => {
  await create('first')
  await create('second')
  await remove('first')
  await remove('second')

  ip('route', 'add', '100.127.8.0/24', 'via', '198.51.100.2')
  try {
    expect(await failureOf(create('third'))).toMatchObject({
      problems: [{ reason: 'UPLINK_POOL_IN_USE', message: expect.stringContaining('100.127.8.0/24 of world0') }],
    })
  } finally {
    ip('route', 'delete', '100.127.8.0/24')
  }
})

test('lab.sh builds the same way out by plain commands, and takes it away', async () => {
  const { plan } = await create('scripted')
  const namespace = plan?.members[0]?.namespace ?? ''
  const answers = async () => {
    const pairs = [OUTSIDE, '169.254.169.254'].map((destination) => ({ namespace, destination }))
    const told = await kernel.pingPairs({ pairs, timeoutMs: 500 })
    return told.map((answer) => ('reason' in answer ? answer.reason : 'reply'))
  }
  const script = await labs.script('scripted')
  await remove('scripted')
  const folder = mkdtempSync(join(tmpdir(), 'nl-script-'))
  const run = (verb: string) =>
    execFileSync('bash', [join(folder, 'lab.sh'), verb], { encoding: 'utf8', stdio: 'pipe' })
  try {
    writeFileSync(join(folder, 'lab.sh'), script)
    run('up')
    expect(await answers()).toEqual(['reply', 'no-answer'])
    run('down')
    expect(readLedger()).toEqual(empty)

    setForwarding(false)
    expect(() => run('up')).toThrow(/net\.ipv4\.ip_forward=1/)
    expect(readLedger()).toEqual(empty)
  } finally {
    setForwarding(true)
    rmSync(folder, { recursive: true })
  }
})
