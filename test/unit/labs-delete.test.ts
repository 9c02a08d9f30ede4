import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { uidOfName } from '../../src/labs/identity.ts'
import { aCreate, aPair, failing, failureOf, gated, TestHost } from '../support/open-labs.ts'

const PLAIN = { allowMissing: false, async: false }
let kernel: FakeKernel
let host: TestHost

beforeEach(async () => {
  kernel = new FakeKernel()
  host = await TestHost.make(kernel)
})
afterEach(() => host.dispose())

test('a deleted lab is gone from the kernel, from disk and from the list', async () => {
  const labs = await host.start()
  await labs.create(aCreate(aPair('web')))

  const answer = await labs.delete({ name: 'web', ...PLAIN })

  expect(answer).toMatchObject({ state: 'gone', removed: 2 })
  expect(answer.removeMs).toBeGreaterThan(0)
  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
  expect(await labs.list({ pageSize: 10, filter: [] })).toEqual({ labs: [], more: false })
})

test('a lab that is not there is an error, unless that is allowed', async () => {
  const labs = await host.start()

  expect(await failureOf(labs.delete({ name: 'web', ...PLAIN }))).toEqual({ kind: 'lab-not-found', lab: 'web' })
  expect(await labs.delete({ name: 'web', async: false, allowMissing: true })).toMatchObject({
    state: 'gone',
    removed: 0,
  })
})

test('two deletes at once are one: both are answered when all is gone', async () => {
  const labs = await host.start()
  await labs.create(aCreate(aPair('web')))

  const both = await Promise.all([labs.delete({ name: 'web', ...PLAIN }), labs.delete({ name: 'web', ...PLAIN })])

  expect(both.map((answer) => answer.state)).toEqual(['gone', 'gone'])
  expect(kernel.dump()).toBe('')
})

test('an asynchronous delete is answered when it is promised; until it is done the name is busy', async () => {
  const { kernel: slow, open } = gated(kernel, 'remove')
  const patient = await TestHost.make(slow)
  const labs = await patient.start()
  await labs.create(aCreate(aPair('web')))

  expect(await labs.delete({ name: 'web', allowMissing: false, async: true })).toMatchObject({ state: 'deleting' })

  expect((await labs.get('web')).state).toBe('deleting')
  expect(await failureOf(labs.create(aCreate(aPair('web'))))).toEqual({
    kind: 'lab-busy',
    lab: 'web',
    state: 'deleting',
  })
  expect(await failureOf(labs.inspect({ lab: 'web', members: [], fields: [], drifts: false }))).toMatchObject({
    kind: 'lab-not-ready',
    state: 'deleting',
  })
  open()
  await labs.delete({ name: 'web', allowMissing: true, async: false })
  expect((await labs.create(aCreate(aPair('web')))).state).toBe('ready')
  await patient.dispose()
})

test('a delete during a create is promised at once and carried out when the create has ended', async () => {
  const { kernel: slow, open, atGate } = gated(kernel, 'apply')
  const patient = await TestHost.make(slow)
  const labs = await patient.start()
  const created = labs.create(aCreate(aPair('web')))
  await atGate

  const deleted = labs.delete({ name: 'web', ...PLAIN })
  expect((await labs.get('web')).state).toBe('deleting')
  open()

  expect((await created).state).toBe('ready')
  expect((await deleted).state).toBe('gone')
  expect(kernel.dump()).toBe('')
  expect(await patient.labFiles()).toEqual([])
  await patient.dispose()
})

test('a delete during a create that then fails finds nothing left to remove', async () => {
  const refusing = new FakeKernel({ refuses: `namespace nl${uidOfName('web')}-1` })
  const { kernel: slow, open, atGate } = gated(refusing, 'apply')
  const patient = await TestHost.make(slow)
  const labs = await patient.start()
  const created = failureOf(labs.create(aCreate(aPair('web'))))
  await atGate
  const deleted = labs.delete({ name: 'web', ...PLAIN })
  open()

  expect(await created).toMatchObject({ kind: 'apply-failed' })
  expect(await deleted).toMatchObject({ state: 'gone', removed: 0 })
  expect(await patient.labFiles()).toEqual([])
  expect(await failureOf(labs.get('web'))).toMatchObject({ kind: 'lab-not-found' })
  await patient.dispose()
})

test('an etag of another lab, or of another state, protects from a delete', async () => {
  const labs = await host.start()
  const first = await labs.create(aCreate(aPair('web')))
  await labs.delete({ name: 'web', ...PLAIN, etag: first.etag })
  host.nowMs += 1
  await labs.create(aCreate(aPair('web')))

  expect(await failureOf(labs.delete({ name: 'web', ...PLAIN, etag: first.etag }))).toEqual({
    kind: 'etag-mismatch',
    lab: 'web',
    given: first.etag,
  })
  expect((await labs.get('web')).state).toBe('ready')
})

test('a repeated delete with the etag of before joins the one under way', async () => {
  const { kernel: slow, open } = gated(kernel, 'remove')
  const patient = await TestHost.make(slow)
  const labs = await patient.start()
  const { etag } = await labs.create(aCreate(aPair('web')))

  const both = [labs.delete({ name: 'web', ...PLAIN, etag }), labs.delete({ name: 'web', ...PLAIN, etag })]
  open()

  expect((await Promise.all(both)).map((answer) => answer.state)).toEqual(['gone', 'gone'])
  await patient.dispose()
})

test('what cannot be removed is named, the lab stays as failed, and the next delete tries again', async () => {
  const left = `namespace nl${uidOfName('web')}-1`
  let stuck = true
  const inner = new FakeKernel()
  const stubborn = new Proxy(inner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (property === 'remove' && stuck) return async () => ({ leftovers: [{ key: left, detail: 'busy' }] })
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const held = await TestHost.make(stubborn)
  const labs = await held.start()
  await labs.create(aCreate(aPair('web')))

  expect(await failureOf(labs.delete({ name: 'web', ...PLAIN }))).toEqual({
    kind: 'remove-failed',
    lab: 'web',
    leftovers: [left],
  })
  expect(await labs.get('web')).toMatchObject({ state: 'failed', because: expect.stringContaining(left) })

  stuck = false
  expect((await labs.delete({ name: 'web', ...PLAIN })).state).toBe('gone')
  expect(inner.dump()).toBe('')
  await held.dispose()
})

test('a full disk stops no delete', async () => {
  let full = false
  host.files = failing('write', 'ENOSPC', () => full)
  const labs = await host.start()
  await labs.create(aCreate(aPair('web')))
  full = true

  expect((await labs.delete({ name: 'web', ...PLAIN })).state).toBe('gone')
  expect(await host.labFiles()).toEqual([])
})

test('a record that cannot be forgotten is told, though the kernel holds nothing any more', async () => {
  let readOnly = false
  host.files = failing('unlink', 'EROFS', () => readOnly)
  const labs = await host.start()
  await labs.create(aCreate(aPair('web')))
  readOnly = true

  expect(await failureOf(labs.delete({ name: 'web', ...PLAIN }))).toMatchObject({ refusal: 'read-only' })
  expect(kernel.dump()).toBe('')
  expect((await labs.get('web')).state).toBe('failed')

  readOnly = false
  expect((await labs.delete({ name: 'web', ...PLAIN })).state).toBe('gone')
})
