import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { applyPlan } from '../../src/executor/apply-plan.ts'
import { removalOf, removePlan } from '../../src/executor/remove-plan.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { keyOf, type Plan } from '../../src/plan/objects.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { routedPlan } from '../support/routed-plan.ts'
import { cablePlan, starPlan } from '../support/star-plan.ts'

const kernel = new LinuxKernel()
afterAll(() => kernel.close())

/** What this process itself holds: children, and files that are not of the test runner. */
function ownLedger() {
  const fds = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N')]
    } catch {
      return [] // the one that the folder was read by
    }
  })
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
  // The proc file system for sysctls is renewed now and then, and the old one closed a little later.
  return { ...readLedger(), children, fds: fds.filter((file) => file !== '/sys').sort() }
}

/** Things that are opened once and kept: the proc file system for sysctls, the watch over dying namespaces. */
async function warmUp() {
  await applyPlan(cablePlan(), kernel, { lab: 'warm-up' })
  await removePlan(cablePlan(), kernel)
}

const PLANS: readonly { readonly story: string; readonly plan: Plan }[] = [
  { story: 'two hosts on a cable', plan: cablePlan() },
  { story: 'two hosts on a switch', plan: starPlan(2) },
  { story: 'a router that masquerades', plan: routedPlan() },
]

describe.each(PLANS)('$story', ({ plan }) => {
  test('after it was built and removed, everything is as before', async () => {
    await warmUp()
    const before = ownLedger()

    await applyPlan(plan, kernel, { lab: 'lab' })
    expect(await removePlan(plan, kernel)).toMatchObject({ leftovers: [] })

    expect(ownLedger()).toEqual(before)
  })

  test('a failure at any step is undone, and names the step', async () => {
    await warmUp()
    const before = ownLedger()
    for (const [step, { object, origin }] of plan.steps.entries()) {
      const applied = applyPlan(plan, kernel, { lab: 'lab', failpoint: { step, action: 'fail' } })

      await expect(applied).rejects.toMatchObject({
        failure: { kind: 'apply-failed', origin, object: keyOf(object), leftovers: [] },
      })
      expect(ownLedger()).toEqual(before)
    }
  })

  test('a removal that stops at any step is finished by the next one', async () => {
    await warmUp()
    const before = ownLedger()
    for (const step of removalOf(plan).keys()) {
      await applyPlan(plan, kernel, { lab: 'lab' })

      const first = await removePlan(plan, kernel, { failpoint: { step, action: 'fail' } })
      expect(first.leftovers).toEqual(removalOf(plan).slice(step).map(keyOf))
      expect(await removePlan(plan, kernel)).toMatchObject({ leftovers: [] })

      expect(ownLedger()).toEqual(before)
    }
  })
})

test('what the kernel refuses in the middle of a batch is undone, and told in its own words', async () => {
  await warmUp()
  const before = ownLedger()
  const plan = starPlan(20)
  const taken = plan.steps.findIndex(({ object }) => object.kind === 'veth' && object.ends[0].device === 'p11')
  const steps = plan.steps.map((step, place) => {
    const { object } = step
    if (place !== taken || object.kind !== 'veth') return step
    // The index of the port before: one of 16 messages that travel together.
    return { ...step, object: { ...object, ends: [{ ...object.ends[0], index: 27 }, object.ends[1]] as const } }
  })

  const applied = applyPlan({ ...plan, steps }, kernel, { lab: 'lab' })

  await expect(applied).rejects.toMatchObject({
    failure: { refusal: 'exists', origin: 'hosts[11].interfaces[0]', leftovers: [] },
    cause: { message: expect.stringContaining('EEXIST') },
  })
  expect(ownLedger()).toEqual(before)
})
