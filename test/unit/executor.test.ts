import { expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { applyPlan } from '../../src/executor/apply-plan.ts'
import { removalOf, removePlan } from '../../src/executor/remove-plan.ts'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { HOST_NAMESPACE, type KernelObject, keyOf, type Plan } from '../../src/plan/objects.ts'
import { routedPlan } from '../support/routed-plan.ts'
import { cablePlan, starPlan } from '../support/star-plan.ts'

async function failureOf(work: Promise<void>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof LabError)) throw new Error('expected a LabError', { cause: error })
  return error
}

/** A star whose switch also leads to the host, as an uplink does. */
function planWithUplink(): Plan {
  const plan = starPlan(1)
  const hostEnd = { namespace: HOST_NAMESPACE, device: 'nl0000abcdu0', index: 0, mac: '06:00:00:00:00:01' }
  const labEnd = { namespace: 'nl0000abcd-1', device: 'out0', index: 99, mac: '06:00:00:00:00:02' }
  const veth: KernelObject = { kind: 'veth', ends: [hostEnd, labEnd], mtuBytes: 1500 }
  const table: KernelObject = {
    kind: 'nft-table',
    namespace: HOST_NAMESPACE,
    family: 'ip',
    name: 'nl0000abcd',
    chains: [],
  }
  return { ...plan, steps: [...plan.steps, ...[veth, table].map((object) => ({ object, origin: 'uplinks[0]' }))] }
}

test('a plan is applied whole and removed whole', async () => {
  const kernel = new FakeKernel()
  const plan = starPlan(3)

  await applyPlan(plan, kernel, { lab: 'star' })
  expect(kernel.dump()).toBe('nl0000abcd-0\nnl0000abcd-1\nnl0000abcd-2\nnl0000abcd-3')

  expect(await removePlan(plan, kernel)).toEqual({ removed: 4, leftovers: [], details: [] })
  expect(kernel.dump()).toBe('')
})

test('when the second link is refused, the first one is gone again', async () => {
  const kernel = new FakeKernel({ refuses: 'veth nl0000beef-1:eth1 -- nl0000beef-2:eth0', refusal: 'exhausted' })

  const { failure } = await failureOf(applyPlan(routedPlan(), kernel, { lab: 'routed' }))

  expect(failure).toEqual({
    kind: 'apply-failed',
    lab: 'routed',
    origin: 'objects[10]',
    object: 'veth nl0000beef-1:eth1 -- nl0000beef-2:eth0',
    refusal: 'exhausted',
    leftovers: [],
  })
  expect(kernel.dump()).toBe('')
})

test.each(starPlan(2).steps.map(({ object }, step) => ({ step, key: keyOf(object) })))(
  'whatever step fails, nothing is left: step $step, $key',
  async ({ step, key }) => {
    const kernel = new FakeKernel()
    const failpoint = { step, action: 'fail' } as const

    const { failure } = await failureOf(applyPlan(starPlan(2), kernel, { lab: 'star', failpoint }))

    expect(failure).toMatchObject({ kind: 'apply-failed', object: key, leftovers: [] })
    expect(kernel.dump()).toBe('')
  },
)

test('a namespace that is there already is somebody else’s and stays', async () => {
  const kernel = new FakeKernel()
  await applyPlan(cablePlan(), kernel, { lab: 'first' })

  const { failure } = await failureOf(applyPlan(starPlan(3), kernel, { lab: 'second' }))

  // The switch of the star comes first and did not exist; the first host did.
  expect(failure).toMatchObject({ object: 'namespace nl0000abcd-0', refusal: 'exists', leftovers: [] })
  expect(kernel.dump()).toBe('nl0000abcd-0\nnl0000abcd-1')
})

test('what cannot be undone is named', async () => {
  const kernel = new FakeKernel({ refuses: 'loopback nl0000abcd-0', keeps: ['namespace nl0000abcd-1'] })

  const error = await failureOf(applyPlan(cablePlan(), kernel, { lab: 'cable' }))

  expect(error.failure).toMatchObject({ leftovers: ['namespace nl0000abcd-1'] })
  expect(String(error.cause)).toContain('namespace nl0000abcd-1: held, as the test wished')
  expect(error.message).not.toContain('as the test wished')
})

test('only namespaces and what a lab has on the host need naming to be removed, newest first', () => {
  expect(removalOf(planWithUplink()).map(keyOf)).toEqual([
    'nft-table @host ip nl0000abcd',
    'veth @host:nl0000abcdu0 -- nl0000abcd-1:out0',
    'namespace nl0000abcd-0',
    'namespace nl0000abcd-1',
  ])
})

test('an uplink that is refused last leaves nothing on the host', async () => {
  const kernel = new FakeKernel({ refuses: 'nft-table @host ip nl0000abcd' })

  const { failure } = await failureOf(applyPlan(planWithUplink(), kernel, { lab: 'uplink' }))

  expect(failure).toMatchObject({ origin: 'uplinks[0]', leftovers: [] })
  const again = await kernel.apply(planWithUplink().steps.slice(0, -1))
  expect(again).toEqual({ ok: true })
})
