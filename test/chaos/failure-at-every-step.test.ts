import { afterAll, beforeAll, expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { applyPlan } from '../../src/executor/apply-plan.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { keyOf } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import { readExample } from '../support/golden.ts'
import { readLedger } from '../support/leak-ledger.ts'

/** A failure at every step of four topologies: all undone, and the step that failed is named with its place in the spec. */
const IDENTITY = { uid: '0badcafe', firstUid: 268_435_456, uplinkSubnets: [] }
let kernel: Kernel

beforeAll(() => {
  kernel = new LinuxKernel()
})
afterAll(() => kernel.close())

test.each(['two-hosts', 'star', 'router', 'nat'])(
  'examples/%s.yaml fails at each step and leaves nothing',
  async (name) => {
    const plan = planLab(readExample(name), IDENTITY)
    const empty = readLedger()

    for (const [index, step] of plan.steps.entries()) {
      const failure = await applyPlan(plan, kernel, { lab: name, failpoint: { step: index, action: 'fail' } }).then(
        () => undefined,
        (error: unknown) => (error instanceof LabError ? error.failure : error),
      )

      expect(failure).toMatchObject({
        kind: 'apply-failed',
        origin: step.origin,
        object: keyOf(step.object),
        leftovers: [],
      })
      expect(readLedger(), `failed at step ${index}, ${keyOf(step.object)}`).toEqual(empty)
    }
    expect(plan.steps.length).toBeGreaterThan(5)
  },
)
