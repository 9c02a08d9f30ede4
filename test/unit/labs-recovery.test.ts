import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { courseOf } from '../../src/labs/course.ts'
import { uidOfName } from '../../src/labs/identity.ts'
import { decodeRecord, encodeRecord, type LabRecord } from '../../src/labs/record.ts'
import { aCreate, aPair, failureOf, TestHost } from '../support/open-labs.ts'

let kernel: FakeKernel
let host: TestHost

beforeEach(async () => {
  kernel = new FakeKernel()
  host = await TestHost.make(kernel)
})
afterEach(() => host.dispose())

test.each([
  {
    story: 'what was never finished goes',
    want: 'present',
    phase: 'creating',
    there: 2,
    boot: 'now',
    course: 'remove',
  },
  { story: 'what was promised to go goes', want: 'absent', phase: 'ready', there: 2, boot: 'now', course: 'remove' },
  { story: 'also when it is lost', want: 'absent', phase: 'ready', there: 0, boot: 'before', course: 'remove' },
  { story: 'what failed is cleared', want: 'present', phase: 'failed', there: 1, boot: 'now', course: 'clear' },
  { story: 'what is whole is kept', want: 'present', phase: 'ready', there: 2, boot: 'now', course: 'keep' },
  { story: 'a new boot loses labs', want: 'present', phase: 'ready', there: 0, boot: 'before', course: 'lost' },
  {
    story: 'namespaces gone in one boot are a fault',
    want: 'present',
    phase: 'ready',
    there: 0,
    boot: 'now',
    course: 'broken',
  },
  { story: 'half a lab is a fault', want: 'present', phase: 'ready', there: 1, boot: 'now', course: 'broken' },
] as const)('$story', ({ want, phase, there, boot, course }) => {
  const names = ['nl00000000-0', 'nl00000000-1']

  expect(courseOf({ want, phase, bootId: boot }, names, new Set(names.slice(0, there)), 'now')).toBe(course)
})

test('a server that starts again finds its labs as they were', async () => {
  const before = await (await host.start()).create(aCreate(aPair('web')))

  const after = await (await host.start()).get('web')

  expect(after).toMatchObject({
    uid: before.uid,
    state: 'ready',
    etag: before.etag,
    drifts: [],
    buildMs: before.buildMs,
  })
  expect(after.plan).toEqual(before.plan)
})

test('what changed behind our back is listed as drift, and the lab stays', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await kernel.apply([
    {
      origin: '',
      object: {
        kind: 'address',
        namespace: `nl${uidOfName('web')}-0`,
        device: 'eth0',
        address: '10.9.9.9/24',
        dad: false,
      },
    },
  ])

  const lab = await (await host.start()).get('web')

  expect(lab.state).toBe('ready')
  expect(lab.drifts).toEqual([{ kind: 'unexpected', object: expect.stringContaining('10.9.9.9/24') }])
})

test('a create that a crash cut off is gone after the restart', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await rewrite('web', { phase: 'creating' })

  const labs = await host.start()

  expect(await failureOf(labs.get('web'))).toMatchObject({ kind: 'lab-not-found' })
  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
})

test('a delete that a crash cut off is finished', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await rewrite('web', { want: 'absent' })

  await host.start()

  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
})

test('after the machine was started anew a lab is lost, keeps its spec, and can be deleted and built again', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await kernel.remove([0, 1].map((n) => ({ kind: 'namespace', name: `nl${uidOfName('web')}-${n}` }) as const))
  host.bootId = 'boot-2'

  const labs = await host.start()

  const lost = await labs.get('web')
  expect(lost).toMatchObject({
    state: 'lost',
    document: aPair('web'),
    because: expect.stringContaining('started anew'),
  })
  expect((await labs.host()).warnings).toEqual([expect.stringContaining('"web" is lost')])
  await labs.delete({ name: 'web', allowMissing: false, async: false })
  expect((await labs.create(aCreate(lost.document))).state).toBe('ready')
})

test('a lab of which a part is gone becomes failed and the rest is taken away', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await kernel.remove([{ kind: 'namespace', name: `nl${uidOfName('web')}-1` }])

  for (const labs of [await host.start(), await host.start()]) {
    expect(await labs.get('web')).toMatchObject({
      state: 'failed',
      because: '1 of its 2 network namespaces were gone when the server started',
    })
  }
  expect(kernel.dump()).toBe('')
})

test('namespaces of ours that no lab owns are swept; those of other programs are not touched', async () => {
  await kernel.apply([{ origin: '', object: { kind: 'namespace', name: 'nldeadbeef-0' } }])
  await (await host.start()).create(aCreate(aPair('web')))

  await host.start()

  expect(kernel.dump()).toBe(`nl${uidOfName('web')}-0\nnl${uidOfName('web')}-1`)
})

test('a lab whose record is damaged is quarantined: its namespaces are spared, its name is taken, the others are well', async () => {
  const first = await host.start()
  await first.create(aCreate(aPair('web')))
  await first.create(aCreate(aPair('db')))
  await damage('web')

  for (const labs of [await host.start(), await host.start()]) {
    expect(await labs.get('web')).toMatchObject({ state: 'quarantined', because: expect.stringContaining('checksum') })
    expect((await labs.get('db')).state).toBe('ready')
    expect(await failureOf(labs.create(aCreate(aPair('web'))))).toMatchObject({ kind: 'lab-exists' })
    expect(kernel.dump().split('\n')).toHaveLength(4)
  }
})

test('deleting a quarantined lab takes away what carries its uid', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await damage('web')
  const labs = await host.start()

  expect(await labs.delete({ name: 'web', allowMissing: false, async: false })).toMatchObject({ removed: 2 })

  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
  expect((await labs.create(aCreate(aPair('web')))).state).toBe('ready')
})

test('a lab that is quarantined keeps its uids to itself', async () => {
  const labs = await host.start()
  await labs.create(aCreate(aPair('web')))
  const mine = (await readRecord('web')).firstUid
  await damage('web')

  const next = await host.start()
  await next.create(aCreate(aPair('db')))

  const other = await readRecord('db')
  expect(other.firstUid + other.uidSlots * 65_536 <= mine || other.firstUid >= mine + 2 * 65_536).toBe(true)
})

test('a spec that this version cannot read any more leaves its lab alone', async () => {
  await (await host.start()).create(aCreate(aPair('web')))
  await rewrite('web', { document: { name: 'web', hosts: [{ name: 'a', link: 'gone' }] } })

  const labs = await host.start()

  expect(await labs.get('web')).toMatchObject({ state: 'quarantined' })
  expect(kernel.dump()).not.toBe('')
  expect(await failureOf(labs.script('web'))).toMatchObject({ kind: 'lab-not-ready', state: 'quarantined' })
})

test('what cannot be removed of one lab at start makes that lab failed and stops no other', async () => {
  const uid = uidOfName('web')
  const held = await TestHost.make(new FakeKernel({ keeps: [`namespace nl${uid}-0`] }))
  const first = await held.start()
  await first.create(aCreate(aPair('web')))
  await first.create(aCreate(aPair('db')))
  const path = join(held.stateDir, 'labs', 'web.json')
  const decoded = decodeRecord(await readFile(path, 'utf8'))
  if (!decoded.ok) throw new Error(decoded.because)
  await writeFile(path, encodeRecord({ ...decoded.record, want: 'absent' }))

  const labs = await held.start()

  expect(await labs.get('web')).toMatchObject({ state: 'failed', because: expect.stringContaining(`nl${uid}-0`) })
  expect((await labs.get('db')).state).toBe('ready')
  await held.dispose()
})

test('other people’s files in the state folder are named and left alone', async () => {
  await mkdir(join(host.stateDir, 'labs'), { recursive: true })
  await writeFile(join(host.stateDir, 'labs', 'NOTES.txt'), 'mine')

  await host.start()

  expect(await readdir(join(host.stateDir, 'labs'))).toEqual(['NOTES.txt'])
  expect(host.logged).toContainEqual(expect.objectContaining({ facts: { files: ['NOTES.txt'] } }))
})

function pathOf(name: string): string {
  return join(host.stateDir, 'labs', `${name}.json`)
}

async function readRecord(name: string): Promise<LabRecord> {
  const decoded = decodeRecord(await readFile(pathOf(name), 'utf8'))
  if (!decoded.ok) throw new Error(decoded.because)
  return decoded.record
}

/** As a crash would have left it: the same record, at another point of its life. */
async function rewrite(name: string, change: Partial<LabRecord>): Promise<void> {
  await writeFile(pathOf(name), encodeRecord({ ...(await readRecord(name)), ...change }))
}

async function damage(name: string): Promise<void> {
  const text = await readFile(pathOf(name), 'utf8')
  await writeFile(pathOf(name), text.replace('"want":"present"', '"want":"prosent"'))
}
