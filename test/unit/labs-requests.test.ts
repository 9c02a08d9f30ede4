import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { uidOfName } from '../../src/labs/identity.ts'
import { aCreate, aPair, failureOf, gated, TestHost } from '../support/open-labs.ts'

const PLAIN = { allowMissing: false, async: false }
const HOUR_MS = 3_600_000
let host: TestHost

beforeEach(async () => {
  host = await TestHost.make()
})
afterEach(() => host.dispose())

test('a repeated request is answered as the first one was, whatever the order of its keys', async () => {
  const labs = await host.start()
  const first = await labs.create(aCreate({ name: 'web', hosts: [{ name: 'a' }] }, { requestId: 'r1' }))

  const again = await labs.create(aCreate({ hosts: [{ name: 'a' }], name: 'web' }, { requestId: 'r1' }))

  expect(again).toEqual(first)
})

test('the same id with another content is refused', async () => {
  const labs = await host.start()
  await labs.create(aCreate(aPair('web'), { requestId: 'r1' }))

  for (const other of [
    aCreate(aPair('db'), { requestId: 'r1' }),
    aCreate(aPair('web'), { requestId: 'r1', name: 'x' }),
  ]) {
    expect(await failureOf(labs.create(other))).toEqual({ kind: 'request-id-reused', requestId: 'r1' })
  }
})

test('a repetition while the first is still at work joins it', async () => {
  const { kernel: slow, open, atGate } = gated(new FakeKernel(), 'apply')
  const patient = await TestHost.make(slow)
  const labs = await patient.start()
  const first = labs.create(aCreate(aPair('web'), { requestId: 'r1' }))
  await atGate

  const second = labs.create(aCreate(aPair('web'), { requestId: 'r1' }))
  const third = await labs.create(aCreate(aPair('web'), { requestId: 'r1', async: true }))
  open()

  expect(third.state).toBe('creating')
  expect(await second).toEqual(await first)
  await patient.dispose()
})

test('after the lab is gone, also over a restart, a late repetition builds nothing', async () => {
  const labs = await host.start()
  const first = await labs.create(aCreate(aPair('web'), { requestId: 'r1' }))
  await labs.delete({ name: 'web', ...PLAIN })

  for (const server of [labs, await host.start()]) {
    expect(await server.create(aCreate(aPair('web'), { requestId: 'r1' }))).toMatchObject({
      name: 'web',
      uid: first.uid,
      state: 'ready',
      createdAtMs: first.createdAtMs,
    })
    expect(await failureOf(server.get('web'))).toMatchObject({ kind: 'lab-not-found' })
    expect(await failureOf(server.create(aCreate(aPair('db'), { requestId: 'r1' })))).toMatchObject({
      kind: 'request-id-reused',
    })
  }
})

test('a day later the id is free', async () => {
  const labs = await host.start()
  const first = await labs.create(aCreate(aPair('web'), { requestId: 'r1' }))
  await labs.delete({ name: 'web', ...PLAIN })
  host.nowMs += 25 * HOUR_MS

  const later = await labs.create(aCreate(aPair('web'), { requestId: 'r1' }))

  expect(later.createdAtMs).toBe(first.createdAtMs + 25 * HOUR_MS)
  expect((await labs.get('web')).state).toBe('ready')
})

test('a create that failed may be tried again with its id', async () => {
  let broken = true
  const inner = new FakeKernel()
  const kernel = new Proxy(inner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (property === 'apply' && broken) return async () => ({ ok: false, step: 0, refusal: 'exhausted', detail: '' })
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const flaky = await TestHost.make(kernel)
  const labs = await flaky.start()
  expect(await failureOf(labs.create(aCreate(aPair('web'), { requestId: 'r1' })))).toMatchObject({
    kind: 'apply-failed',
  })

  broken = false
  expect((await labs.create(aCreate(aPair('web'), { requestId: 'r1' }))).state).toBe('ready')
  await flaky.dispose()
})

test('validating with an id remembers nothing', async () => {
  const labs = await host.start()
  await labs.create(aCreate(aPair('web'), { requestId: 'r1', validateOnly: true }))

  expect((await labs.create(aCreate(aPair('db'), { requestId: 'r1' }))).uid).toBe(uidOfName('db'))
})
