import { describe, expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { Progress } from '../../src/kernel/kernel.ts'
import { applySplit, isWorthSplitting } from '../../src/kernel/split-apply.ts'
import { keyOf, type Step } from '../../src/plan/objects.ts'
import { starPlan } from '../support/star-plan.ts'

/** Two threads of one kernel, and which steps each was given. */
function twoThreads(kernel = new FakeKernel()) {
  const given: (readonly string[])[] = []
  const thread = (name: string) => (steps: readonly Step[], onProgress: (progress: Progress) => void) => {
    given.push([name, ...steps.map(({ object }) => keyOf(object))])
    return kernel.apply(steps, { onProgress })
  }
  const remove = (objects: Parameters<FakeKernel['remove']>[0]) => kernel.remove(objects)
  return { kernel, given, applier: { first: thread('first'), second: thread('second'), remove } }
}

const ALL = ['nl0000abcd-0', 'nl0000abcd-1', 'nl0000abcd-2', 'nl0000abcd-3']

test('a lab of a few namespaces is not worth splitting, one of many is', () => {
  expect([2, 100].map((hosts) => isWorthSplitting(starPlan(hosts).steps))).toEqual([false, true])
})

test('namespaces with their sysctls are dealt out, everything else follows on the first thread', async () => {
  const { applier, given, kernel } = twoThreads()
  const { steps } = starPlan(3)

  expect(await applySplit(steps, applier)).toEqual({ ok: true })

  expect(given.slice(0, 2)).toEqual([
    ['first', 'namespace nl0000abcd-3', 'namespace nl0000abcd-1', 'sysctls nl0000abcd-3', 'sysctls nl0000abcd-1'],
    ['second', 'namespace nl0000abcd-0', 'namespace nl0000abcd-2', 'sysctls nl0000abcd-0', 'sysctls nl0000abcd-2'],
  ])
  expect(given.flatMap(([, ...keys]) => keys).sort()).toEqual(steps.map(({ object }) => keyOf(object)).sort())
  expect(kernel.dump()).toBe(ALL.join('\n'))
})

test('progress only grows and ends with all steps', async () => {
  const { steps } = starPlan(5)
  const told: Progress[] = []

  await applySplit(steps, twoThreads().applier, (progress) => told.push(progress))

  const counts = told.map(({ stepsDone }) => stepsDone)
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
  expect(told.at(-1)).toEqual({ stepsDone: steps.length, phase: 'routes' })
})

describe('a refusal', () => {
  const { steps } = starPlan(3)
  test.each(steps.map(({ object }, step) => ({ step, key: keyOf(object) })))(
    'of step $step, $key, is told by its place in the whole plan, and no namespace after it is there',
    async ({ step, key }) => {
      const { applier, kernel } = twoThreads(new FakeKernel({ refuses: key, refusal: 'exhausted' }))

      expect(await applySplit(steps, applier)).toMatchObject({ ok: false, step, refusal: 'exhausted' })

      const before = steps.slice(0, step).flatMap(({ object }) => (object.kind === 'namespace' ? [object.name] : []))
      expect(kernel.dump()).toBe([...before].sort().join('\n'))
    },
  )

  test('on both threads is told for the earlier step', async () => {
    const keys = ['namespace nl0000abcd-2', 'namespace nl0000abcd-1']
    const { applier, kernel } = twoThreads(new FakeKernel({ refuses: keys }))

    expect(await applySplit(steps, applier)).toMatchObject({ step: 2 })
    expect(kernel.dump()).toBe('nl0000abcd-0\nnl0000abcd-3')
  })

  test('tells what of the other thread’s work could not be taken back', async () => {
    const refuses = 'namespace nl0000abcd-0'
    const { applier } = twoThreads(new FakeKernel({ refuses, keeps: ['namespace nl0000abcd-1'] }))

    const outcome = await applySplit(steps, applier)

    expect(outcome).toMatchObject({ ok: false, step: 1, detail: expect.stringContaining('namespace nl0000abcd-1') })
  })
})
