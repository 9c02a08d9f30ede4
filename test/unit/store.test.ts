import * as realFiles from 'node:fs/promises'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { decodeRecord, encodeRecord, type LabRecord } from '../../src/labs/record.ts'
import { type Files, Store } from '../../src/labs/store.ts'

let stateDir: string
let opened: Store[]

beforeEach(async () => {
  opened = []
  stateDir = await mkdtemp(join(tmpdir(), 'nl-store-'))
})
afterEach(async () => {
  for (const store of opened) await store.close()
  await rm(stateDir, { recursive: true, force: true })
})

test('what was saved is there after a restart', async () => {
  const store = await open(stateDir)
  await store.save(aRecord({ name: 'web' }))
  await store.save(aRecord({ name: 'db' }))
  await store.save(aRecord({ name: 'web', phase: 'ready' }))

  const { records, quarantined, ignored } = await (await open(stateDir)).load()

  expect(records).toEqual([aRecord({ name: 'db' }), aRecord({ name: 'web', phase: 'ready' })])
  expect(quarantined).toEqual([])
  expect(ignored).toEqual([])
})

test('records and their folders are closed to other users', async () => {
  const store = await open(stateDir)
  await store.save(aRecord({ name: 'web' }))

  expect((await stat(join(stateDir, 'labs'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(stateDir, 'labs', 'web.json'))).mode & 0o777).toBe(0o600)
})

test('a save leaves no temporary file, and one that a crash left is cleared', async () => {
  const store = await open(stateDir)
  await store.save(aRecord({ name: 'web' }))
  expect(await readdir(join(stateDir, 'labs'))).toEqual(['web.json'])
  await writeFile(join(stateDir, 'labs', 'db.json.tmp'), 'half a rec')

  const { records } = await store.load()

  expect(records.map((record) => record.name)).toEqual(['web'])
  expect(await readdir(join(stateDir, 'labs'))).toEqual(['web.json'])
})

test('a removed lab is gone, and removing it again succeeds', async () => {
  const store = await open(stateDir)
  await store.save(aRecord({ name: 'web' }))

  await store.remove('web')
  await store.remove('web')

  expect((await store.load()).records).toEqual([])
})

test('the last of many saves at once is the one that stays', async () => {
  const store = await open(stateDir)
  await Promise.all(Array.from({ length: 50 }, (_, i) => store.save(aRecord({ name: 'web', buildMs: i }))))

  expect((await store.load()).records).toEqual([aRecord({ name: 'web', buildMs: 49 })])
})

test('one damaged record is moved aside and the other labs load', async () => {
  const store = await open(stateDir)
  await store.save(aRecord({ name: 'db' }))
  await store.save(aRecord({ name: 'web' }))
  const path = join(stateDir, 'labs', 'web.json')
  await writeFile(path, (await readFile(path, 'utf8')).replace('present', 'presant'))

  const first = await store.load()
  const second = await store.load()

  for (const { records, quarantined } of [first, second]) {
    expect(records).toEqual([aRecord({ name: 'db' })])
    expect(quarantined).toEqual([
      { name: 'web', because: expect.stringContaining('checksum'), uid: '0123abcd', firstUid: 268435456 },
    ])
  }
  expect(await readdir(join(stateDir, 'labs'))).toEqual(['db.json', 'web.json.corrupt'])
})

test('every flipped bit and every cut of a record is seen', () => {
  const whole = Buffer.from(encodeRecord(aRecord({ name: 'web' })))

  for (let offset = 0; offset < whole.length; offset++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[offset] = (flipped[offset] ?? 0) ^ (1 << bit)
      expect(decodeRecord(flipped.toString('utf8')).ok, `bit ${bit} of byte ${offset}`).toBe(false)
    }
    expect(decodeRecord(whole.subarray(0, offset).toString('utf8')).ok, `cut at ${offset}`).toBe(false)
  }
  expect(decodeRecord(whole.toString('utf8'))).toEqual({ ok: true, record: aRecord({ name: 'web' }) })
})

test('a record of a later version is quarantined but stays where it is, for that version to read', async () => {
  const store = await open(stateDir)
  const path = join(stateDir, 'labs', 'web.json')
  await writeFile(path, encodeRecord({ ...aRecord({ name: 'web' }), v: 2 } as unknown as LabRecord))

  const { records, quarantined } = await store.load()

  expect(records).toEqual([])
  expect(quarantined[0]).toMatchObject({ name: 'web', because: expect.stringContaining('later version') })
  expect(await readdir(join(stateDir, 'labs'))).toEqual(['web.json'])
})

test('a record under the name of another lab is not believed', async () => {
  const store = await open(stateDir)
  await writeFile(join(stateDir, 'labs', 'db.json'), encodeRecord(aRecord({ name: 'web' })))

  const { records, quarantined } = await store.load()

  expect(records).toEqual([])
  expect(quarantined[0]).toMatchObject({ name: 'db', because: expect.stringContaining('"web"') })
})

test('files that are no records are named and left alone', async () => {
  const store = await open(stateDir)
  for (const file of ['README', 'Web.json', '..json']) await writeFile(join(stateDir, 'labs', file), 'x')

  expect((await store.load()).ignored).toEqual(['..json', 'README', 'Web.json'])
  expect(await readdir(join(stateDir, 'labs'))).toHaveLength(3)
})

test.each([
  { code: 'ENOSPC', refusal: 'full' },
  { code: 'EDQUOT', refusal: 'full' },
  { code: 'EROFS', refusal: 'read-only' },
  { code: 'EIO', refusal: 'failed' },
])('when writing ends in $code, the save is refused and the record of before is whole', async ({ code, refusal }) => {
  const good = await open(stateDir)
  await good.save(aRecord({ name: 'web' }))
  const bad = await open(stateDir, filesThatFail('open', code))

  const failure = await failureOf(bad.save(aRecord({ name: 'web', phase: 'ready' })))

  expect(failure).toEqual({ kind: 'store-failed', lab: 'web', refusal })
  expect((await good.load()).records).toEqual([aRecord({ name: 'web' })])
  expect(await readdir(join(stateDir, 'labs'))).toEqual(['web.json'])
})

test('when the rename is refused, no temporary file stays', async () => {
  const store = await open(stateDir, filesThatFail('rename', 'EIO'))

  expect(await failureOf(store.save(aRecord({ name: 'web' })))).toMatchObject({ kind: 'store-failed' })
  expect(await readdir(join(stateDir, 'labs'))).toEqual([])
})

test('the record of an answered request id is kept when its lab goes, until it is forgotten', async () => {
  const store = await open(stateDir)
  await store.save(aRecord({ name: 'web' }))

  await store.remove('web', 'abc')
  expect((await store.load()).records).toEqual([])
  expect((await store.load()).answered).toEqual([aRecord({ name: 'web' })])

  await store.forgetAnswered('abc')
  expect((await store.load()).answered).toEqual([])
})

async function open(dir: string, files?: Files): Promise<Store> {
  const store = await Store.open(dir, files)
  opened.push(store)
  return store
}

function aRecord(with_: Partial<LabRecord> & { name: string }): LabRecord {
  return {
    v: 1,
    uid: '0123abcd',
    firstUid: 268435456,
    uidSlots: 2,
    uplinkSubnets: [],
    want: 'present',
    phase: 'creating',
    bootId: 'b',
    createdAtMs: 1700000000000,
    buildMs: 0,
    because: '',
    document: { name: with_.name, hosts: [{ name: 'ünïcode' }] },
    ...with_,
  }
}

/** Fails once the folders are open, for files only. */
function filesThatFail(call: 'open' | 'rename', code: string): Files {
  const fail = () => Promise.reject(Object.assign(new Error(code), { code }))
  return {
    ...realFiles,
    ...(call === 'rename' ? { rename: fail } : {}),
    ...(call === 'open'
      ? {
          open: ((path: string, flags: string) =>
            flags === 'w' ? fail() : realFiles.open(path, flags)) as Files['open'],
        }
      : {}),
  }
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof LabError)) throw new Error(`expected a LabError, got ${String(error)}`)
  return error.failure
}
