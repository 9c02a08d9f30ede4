import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { uidOfName } from '../../src/labs/identity.ts'
import { aCreate, aPair, failing, failureOf, gated, TestHost } from '../support/open-labs.ts'

let kernel: FakeKernel
let host: TestHost

beforeEach(async () => {
  kernel = new FakeKernel()
  host = await TestHost.make(kernel)
})
afterEach(() => host.dispose())

test('a lab that was asked for is ready, stands in the kernel and on disk', async () => {
  const labs = await host.start()

  const lab = await labs.create(aCreate(aPair('web')))

  expect(lab).toMatchObject({ name: 'web', uid: uidOfName('web'), state: 'ready', drifts: [], because: '' })
  expect(lab.progress).toMatchObject({ phase: '', stepsDone: lab.plan?.steps.length })
  expect(kernel.dump()).toBe(`nl${lab.uid}-0\nnl${lab.uid}-1`)
  expect(await host.labFiles()).toEqual(['web.json'])
  expect(await labs.get('web')).toEqual(lab)
})

test('the same document may come as YAML, and the request may name it', async () => {
  const labs = await host.start()
  const text = 'name: other\nhosts: [{ name: a }]\n'

  const lab = await labs.create({ ...aCreate(undefined), spec: { kind: 'text', text }, name: 'web' })

  expect(lab).toMatchObject({ name: 'web', state: 'ready', document: { name: 'other', hosts: [{ name: 'a' }] } })
})

test('a spec with problems builds and saves nothing', async () => {
  const labs = await host.start()

  const failure = await failureOf(labs.create(aCreate({ name: 'web', hosts: [{ name: 'a', link: 'nowhere' }] })))

  expect(failure).toMatchObject({ kind: 'invalid-spec', problems: [{ path: 'hosts[0].link' }] })
  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
})

test('a wrong name in the request is a problem of the request', async () => {
  const labs = await host.start()

  const failure = await failureOf(labs.create(aCreate(aPair('web'), { name: '../etc' })))

  expect(failure).toMatchObject({ kind: 'invalid-request', problems: [{ path: 'lab', reason: 'INVALID_NAME' }] })
})

test('a name can be had once, also by two who ask at the same moment', async () => {
  const labs = await host.start()

  const answers = await Promise.allSettled([labs.create(aCreate(aPair('web'))), labs.create(aCreate(aPair('web')))])

  expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected'])
  expect(await failureOf(labs.create(aCreate(aPair('web'))))).toEqual({ kind: 'lab-exists', lab: 'web' })
})

test('validating answers with the plan and changes nothing, but finds what a create would find', async () => {
  const labs = await host.start()

  const planned = await labs.create(aCreate(aPair('web'), { validateOnly: true }))

  expect(planned.state).toBe('planned')
  expect(planned.plan?.steps.length).toBeGreaterThan(5)
  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
  await labs.create(aCreate(aPair('web')))
  expect(await failureOf(labs.create(aCreate(aPair('web'), { validateOnly: true })))).toMatchObject({
    kind: 'lab-exists',
  })
})

test('more labs than allowed are refused with what helps', async () => {
  const labs = await host.start({ limits: { ...(await limits()), maxLabs: 1 } })
  await labs.create(aCreate(aPair('one')))

  for (const validateOnly of [true, false]) {
    const failure = await failureOf(labs.create(aCreate(aPair('two'), { validateOnly })))
    expect(failure).toMatchObject({ kind: 'limit-exceeded', limit: 'limits.maxLabs', remedy: expect.any(String) })
  }
})

test('what the host cannot carry is refused before anything is built, and the name is free again', async () => {
  const narrow = new Proxy(kernel, {
    get(target, property) {
      if (property === 'limits') return async () => [{ name: 'user.max_net_namespaces', limit: 1, used: 0 }]
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const tight = await TestHost.make(narrow)
  const labs = await tight.start()

  for (const async of [true, false]) {
    const failure = await failureOf(labs.create(aCreate(aPair('web'), { async })))
    expect(failure).toMatchObject({ kind: 'limit-exceeded', needed: 2, available: 1 })
  }
  expect(await failureOf(labs.get('web'))).toMatchObject({ kind: 'lab-not-found' })
  expect(await tight.labFiles()).toEqual([])
  await tight.dispose()
})

test('when the kernel refuses an object, its place is told, all is undone and the name is free again', async () => {
  const refusing = await TestHost.make(new FakeKernel({ refuses: `address nl${uidOfName('web')}-1:eth0 192.0.2.2/24` }))
  const labs = await refusing.start()

  const failure = await failureOf(labs.create(aCreate(aPair('web'))))

  expect(failure).toMatchObject({ kind: 'apply-failed', lab: 'web', leftovers: [] })
  expect(failure).toHaveProperty('origin', expect.stringMatching(/^hosts\[1\]/))
  expect((refusing.kernel as FakeKernel).dump()).toBe('')
  expect(await refusing.labFiles()).toEqual([])
  expect(await failureOf(labs.get('web'))).toMatchObject({ kind: 'lab-not-found' })
  await refusing.dispose()
})

test('when undoing leaves something, the lab stays as failed and names it until it is deleted', async () => {
  const uid = uidOfName('web')
  const left = `namespace nl${uid}-0`
  const stubborn = await TestHost.make(
    new FakeKernel({ refuses: `address nl${uid}-1:eth0 192.0.2.2/24`, keeps: [left] }),
  )
  const labs = await stubborn.start()

  expect(await failureOf(labs.create(aCreate(aPair('web'))))).toMatchObject({ kind: 'apply-failed', leftovers: [left] })

  expect(await labs.get('web')).toMatchObject({ state: 'failed', because: expect.stringContaining(left) })
  expect(await failureOf(labs.create(aCreate(aPair('web'))))).toMatchObject({ kind: 'lab-exists' })
  await stubborn.dispose()
})

test('a kernel that holds something else than planned makes the create fail, and all is undone', async () => {
  const lying = new Proxy(kernel, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      if (property !== 'observe') return value.bind(target)
      return async (...args: Parameters<FakeKernel['observe']>) => {
        const observed = await target.observe(...args)
        return observed.map((namespace) => ({ ...namespace, addresses: [] }))
      }
    },
  })
  const odd = await TestHost.make(lying)
  const labs = await odd.start()

  const failure = await failureOf(labs.create(aCreate(aPair('web'))))

  expect(failure).toMatchObject({ kind: 'not-as-planned', lab: 'web', leftovers: [] })
  expect(failure).toHaveProperty('drifts', expect.arrayContaining([expect.stringContaining('192.0.2.1/24')]))
  expect(kernel.dump()).toBe('')
  await odd.dispose()
})

test('an asynchronous create is answered when its intent is on disk, and shows its progress', async () => {
  const { kernel: slow, open, atGate } = gated(kernel, 'apply')
  const patient = await TestHost.make(slow)
  const labs = await patient.start()

  const begun = await labs.create(aCreate(aPair('web'), { async: true }))

  expect(begun).toMatchObject({ state: 'creating', progress: { stepsDone: 0 } })
  expect(await patient.labFiles()).toEqual(['web.json'])
  await atGate
  open()
  await expect.poll(async () => (await labs.get('web')).state).toBe('ready')
  await patient.dispose()
})

test('an asynchronous create that fails stays as failed with the reason until it is deleted', async () => {
  const refusing = await TestHost.make(new FakeKernel({ refuses: `namespace nl${uidOfName('web')}-1` }))
  const labs = await refusing.start()

  await labs.create(aCreate(aPair('web'), { async: true }))

  await expect.poll(async () => (await labs.get('web')).state).toBe('failed')
  expect((await labs.get('web')).because).toContain('everything was undone')
  await labs.delete({ name: 'web', allowMissing: false, async: false })
  expect(await refusing.labFiles()).toEqual([])
  await refusing.dispose()
})

test.each([
  { code: 'ENOSPC', refusal: 'full' },
  { code: 'EROFS', refusal: 'read-only' },
])('when the intent cannot be saved ($code), nothing is built', async ({ code, refusal }) => {
  host.files = failing('write', code)
  const labs = await host.start()

  const failure = await failureOf(labs.create(aCreate(aPair('web'))))

  expect(failure).toEqual({ kind: 'store-failed', lab: 'web', refusal })
  expect(kernel.dump()).toBe('')
  expect(await failureOf(labs.get('web'))).toMatchObject({ kind: 'lab-not-found' })
})

test('when the outcome cannot be saved, nobody is told of a lab that a crash would take away: it is undone', async () => {
  let writes = 0
  host.files = failing('write', 'ENOSPC', () => ++writes > 1)
  const labs = await host.start()

  expect(await failureOf(labs.create(aCreate(aPair('web'))))).toMatchObject({ kind: 'store-failed', refusal: 'full' })
  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
})

test('a few labs are built at once, some more wait, the next is told to come back', async () => {
  const { kernel: slow, open } = gated(kernel, 'apply')
  const busy = await TestHost.make(slow)
  const labs = await busy.start({ limits: { ...(await limits()), concurrentWork: 1, queuedCreates: 1 } })
  const first = labs.create(aCreate(aPair('one')))
  const second = labs.create(aCreate(aPair('two')))

  expect(await failureOf(labs.create(aCreate(aPair('three'))))).toMatchObject({ kind: 'too-many-requests' })
  expect(await failureOf(labs.get('three'))).toMatchObject({ kind: 'lab-not-found' })

  open()
  expect((await first).state).toBe('ready')
  expect((await second).state).toBe('ready')
  await busy.dispose()
})

test('a stopping server takes no new lab and ends what it began', async () => {
  const { kernel: slow, open, atGate } = gated(kernel, 'apply')
  const stopping = await TestHost.make(slow)
  const labs = await stopping.start()
  const begun = labs.create(aCreate(aPair('web')))
  await atGate

  const closed = labs.close()
  expect(await failureOf(labs.create(aCreate(aPair('late'))))).toEqual({ kind: 'shutting-down' })
  open()

  expect((await begun).state).toBe('ready')
  await closed
  expect(await stopping.labFiles()).toEqual(['web.json'])
  await stopping.dispose()
})

async function limits() {
  const { loadConfig } = await import('../../src/config.ts')
  return loadConfig({}).limits
}
