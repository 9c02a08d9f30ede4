import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { applyPlan } from '../../src/executor/apply-plan.ts'
import { comparePlan } from '../../src/inspector/compare.ts'
import { observePlan } from '../../src/inspector/observe-lab.ts'
import type { Kernel, PingEvent } from '../../src/kernel/kernel.ts'
import type { KernelObject } from '../../src/plan/objects.ts'
import { buildForTests } from '../support/built.ts'
import { deferred } from '../support/deferred.ts'
import { describeKernel } from '../support/kernel-contract.ts'
import { cablePlan, starPlan } from '../support/star-plan.ts'

const { startKernel } = (await import(
  join(buildForTests(), 'kernel/thread.js')
)) as typeof import('../../src/kernel/thread.ts')

const NS_PER_MS = 1e6

describeKernel('Linux on worker threads', startKernel)

describe('the threads', async () => {
  const kernel = await startKernel()
  afterAll(() => kernel.close())
  const objects = (plan: { readonly steps: readonly { readonly object: KernelObject }[] }) =>
    plan.steps.map(({ object }) => object)

  test('while a lab of 200 hosts is built, the event loop goes on', async () => {
    const plan = starPlan(200)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    let told = 0

    const outcome = await kernel.apply(plan.steps, { onProgress: () => (told += 1) })

    delay.disable()
    await kernel.remove(objects(plan))
    expect(outcome).toEqual({ ok: true })
    expect(told).toBeGreaterThan(5)
    expect(delay.percentile(99) / NS_PER_MS).toBeLessThan(20)
  })

  test('a ping that nobody answers does not hold up a build, and ends when it is cancelled', async () => {
    const first = cablePlan({ uid: '0000aaaa' })
    await kernel.apply(first.steps)
    const controller = new AbortController()
    const events: PingEvent[] = []
    const request = { count: 100, intervalMs: 10, timeoutMs: 60_000, payloadBytes: 56, dontFragment: false, ttl: 0 }
    const ping = kernel.ping(
      { namespace: 'nl0000aaaa-0', destination: '192.0.2.99', ...request },
      (event) => events.push(event),
      controller.signal,
    )

    const second = cablePlan({ uid: '0000bbbb' })
    expect(await kernel.apply(second.steps)).toEqual({ ok: true })
    controller.abort()
    await ping

    expect(events.filter(({ kind }) => kind === 'reply')).toEqual([])
    expect(await kernel.remove([...objects(first), ...objects(second)])).toEqual({ leftovers: [] })
  })

  test('a lab of many hosts, whose namespaces both threads make, is undone as any other', async () => {
    const plan = starPlan(30)
    const foreign: KernelObject = { kind: 'namespace', name: 'nl0000abcd-17' }
    await kernel.apply([{ object: foreign, origin: '' }])

    await expect(applyPlan(plan, kernel, { lab: 'star' })).rejects.toMatchObject({
      failure: { object: 'namespace nl0000abcd-17', origin: 'hosts[17]', refusal: 'exists', leftovers: [] },
    })
    expect(await kernel.listNamespaces()).toEqual([{ name: 'nl0000abcd-17', live: true }])

    await kernel.remove([foreign])
    await applyPlan(plan, kernel, { lab: 'star' })
    await kernel.awaitReady(
      plan.members.map(({ namespace }) => namespace),
      5_000,
    )
    expect(comparePlan(plan, await observePlan(plan, kernel))).toEqual([])
    expect(await kernel.remove(objects(plan))).toEqual({ leftovers: [] })
  })

  test('calls of many at once are answered each with its own', async () => {
    const uids = ['000000a1', '000000a2', '000000a3', '000000a4', '000000a5']
    const plans = uids.map((uid) => starPlan(5, { uid }))

    expect(await Promise.all(plans.map((plan) => kernel.apply(plan.steps)))).toEqual(uids.map(() => ({ ok: true })))
    const seen = await Promise.all(uids.map((uid) => kernel.observe([`nl${uid}-0`], ['devices'])))
    expect(seen.map(([host]) => host?.namespace)).toEqual(uids.map((uid) => `nl${uid}-0`))
    expect(await Promise.all(plans.map((plan) => kernel.remove(objects(plan))))).toEqual(
      uids.map(() => ({ leftovers: [] })),
    )
  })
})

describe('a thread that cannot go on', () => {
  test('a call after the end is refused and does not hang', async () => {
    const kernel: Kernel = await startKernel()
    await kernel.close()

    await expect(kernel.listNamespaces()).rejects.toThrow('closed')
  })

  test('when it dies, those who wait hear of it, and the next call finds another', async () => {
    const kernel = await startKernel()
    const waiting = kernel.awaitReady(['nl0000abcd-7'], 60_000)
    await kernel.listNamespaces()

    // Nothing outside can end the thread, so the test reaches inside.
    const { control } = kernel as unknown as { readonly control: { readonly worker: Worker } }
    await Promise.all([expect(waiting).rejects.toThrow('"control" ended'), control.worker.terminate()])

    expect(await kernel.listNamespaces()).toEqual([])
    await kernel.close()
  })

  test('what a call cannot be carried out for is an error of that call alone', async () => {
    const kernel = await startKernel()
    const foreign: KernelObject = { kind: 'namespace', name: '../etc' }

    await expect(kernel.remove([foreign])).rejects.toMatchObject({ name: 'KernelError', code: 'EINVAL' })
    expect(await kernel.listNamespaces()).toEqual([])
    await kernel.close()
  })

  test('closing waits for a build that is under way', async () => {
    const kernel = await startKernel()
    const plan = starPlan(50)
    const begun = deferred<void>()
    const built = kernel.apply(plan.steps, { onProgress: () => begun.resolve() })
    await begun.promise

    await kernel.close()

    expect(await built).toEqual({ ok: true })
    const next = await startKernel()
    expect((await next.listNamespaces()).length).toBe(51)
    await next.remove(plan.steps.map(({ object }) => object))
    await next.close()
  })
})
