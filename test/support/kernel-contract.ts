import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { comparePlan } from '../../src/inspector/compare.ts'
import { observePlan } from '../../src/inspector/observe-lab.ts'
import type { Kernel, PingEvent, Progress } from '../../src/kernel/kernel.ts'
import { type KernelObject, PHASE_OF, type Plan, type Step } from '../../src/plan/objects.ts'
import { routedPlan } from './routed-plan.ts'
import { cablePlan, starPlan } from './star-plan.ts'

const objectsOf = (plan: Plan): readonly KernelObject[] => plan.steps.map((step) => step.object)
const namespacesOf = (plan: Plan): readonly string[] => plan.members.map((member) => member.namespace)
const step = (object: KernelObject): Step => ({ object, origin: 'test' })

/** What every kernel behind the port does: the fake is fiction where it does not pass this. */
export function describeKernel(name: string, start: () => Promise<Kernel>): void {
  describe(`the contract of the kernel port: ${name}`, () => {
    let kernel: Kernel
    beforeAll(async () => {
      kernel = await start()
    })
    afterAll(() => kernel.close())
    afterEach(async () => {
      const names = (await kernel.listNamespaces()).map(({ name: each }) => each)
      await kernel.remove(names.map((each): KernelObject => ({ kind: 'namespace', name: each })))
    })

    const build = async (plan: Plan) => {
      expect(await kernel.apply(plan.steps)).toEqual({ ok: true })
      expect(await kernel.awaitReady(namespacesOf(plan), 5_000)).toEqual({ ready: true, waitingFor: [] })
    }
    const pingOnce = async (namespace: string, destination: string, ttl = 0) => {
      const events: PingEvent[] = []
      const request = { count: 1, intervalMs: 10, timeoutMs: 1_000, payloadBytes: 56, dontFragment: false, ttl }
      await kernel.ping({ namespace, destination, ...request }, (event) => events.push(event))
      return events
    }

    describe('building', () => {
      test.each([
        { story: 'three hosts on a switch', plan: starPlan(3) },
        { story: 'two hosts on a cable', plan: cablePlan() },
        { story: 'two hosts behind a router that masquerades', plan: routedPlan() },
      ])('$story read back as they were planned', async ({ plan }) => {
        await build(plan)

        expect(comparePlan(plan, await observePlan(plan, kernel))).toEqual([])
      })

      test('progress is told and ends with all steps', async () => {
        const { steps } = starPlan(3)
        const told: Progress[] = []

        await kernel.apply(steps, { onProgress: (progress) => told.push(progress) })

        expect(told.at(-1)).toEqual({ stepsDone: steps.length, phase: 'routes' })
        expect(told.map(({ stepsDone }) => stepsDone)).toEqual(
          told.map(({ stepsDone }) => stepsDone).sort((a, b) => a - b),
        )
      })

      test('a lab that is there already is refused and left as it is', async () => {
        const plan = cablePlan()
        await build(plan)

        expect(await kernel.apply(plan.steps)).toMatchObject({ ok: false, step: 0, refusal: 'exists' })
        expect(comparePlan(plan, await observePlan(plan, kernel))).toEqual([])
      })
    })

    describe('refusals name the step and its kind', () => {
      const namespace = 'nl0000abcd-0'
      const eth0 = { namespace, device: 'eth0', index: 16, mac: '06:00:00:00:00:01' }
      const eth1 = { namespace, device: 'eth1', index: 17, mac: '06:00:00:00:00:02' }
      const cable: KernelObject = { kind: 'veth', ends: [eth0, eth1], mtuBytes: 1500 }
      const address = (device: string, text = '192.0.2.1/24'): KernelObject => {
        return { kind: 'address', namespace, device, address: text, dad: false }
      }
      const route = (via: string): KernelObject => ({
        kind: 'route',
        namespace,
        to: '198.51.100.0/24',
        target: { kind: 'via', address: via, device: 'eth0' },
        metric: 0,
      })
      const elsewhere = { ...eth1, namespace: 'nl0000abcd-9' }
      test.each<{ story: string; refused: KernelObject; before?: readonly KernelObject[]; refusal: string }>([
        { story: 'a namespace twice', refused: { kind: 'namespace', name: namespace }, refusal: 'exists' },
        {
          story: 'a namespace whose name is not of our form',
          refused: { kind: 'namespace', name: 'web' },
          refusal: 'failed',
        },
        {
          story: 'sysctls of a namespace that is not there',
          refused: { kind: 'sysctls', namespace: 'nl0000abcd-9', values: { 'net.ipv4.ip_forward': '1' } },
          refusal: 'not-found',
        },
        {
          story: 'a cable to a namespace that is not there',
          refused: { kind: 'veth', ends: [eth0, elsewhere], mtuBytes: 1500 },
          refusal: 'not-found',
        },
        {
          story: 'a port of a bridge that is not there',
          refused: { kind: 'veth', ends: [{ ...eth0, bridge: 'br0' }, eth1], mtuBytes: 1500 },
          refusal: 'not-found',
        },
        { story: 'a cable twice', before: [cable], refused: cable, refusal: 'exists' },
        { story: 'an address on a device that is not there', refused: address('eth7'), refusal: 'not-found' },
        { story: 'an address twice', before: [cable, address('eth0')], refused: address('eth0'), refusal: 'exists' },
        {
          story: 'a route by a next hop that nobody reaches',
          before: [cable, address('eth0')],
          refused: route('203.0.113.1'),
          refusal: 'failed',
        },
        {
          story: 'a route twice',
          before: [cable, address('eth0'), route('192.0.2.9')],
          refused: route('192.0.2.9'),
          refusal: 'exists',
        },
      ])('$story', async ({ before = [], refused, refusal }) => {
        const steps = [{ kind: 'namespace', name: namespace } as const, ...before, refused].map(step)

        expect(await kernel.apply(steps)).toMatchObject({ ok: false, step: steps.length - 1, refusal })
      })

      test('everything before the refused step is there', async () => {
        const plan = starPlan(3)
        const broken = { ...plan, steps: [...plan.steps, step(address('eth7'))] }

        expect(await kernel.apply(broken.steps)).toMatchObject({ ok: false, step: plan.steps.length })
        await kernel.awaitReady(namespacesOf(plan), 5_000)
        expect(comparePlan(plan, await observePlan(plan, kernel))).toEqual([])
      })
    })

    test('a failpoint lets the steps before it pass and no other', async () => {
      const { steps } = starPlan(2)
      const first = steps.findIndex(({ object }) => PHASE_OF[object.kind] === 'devices')

      const outcome = await kernel.apply(steps, { failpoint: { step: first, action: 'fail' } })

      expect(outcome).toMatchObject({ ok: false, step: first, refusal: 'failed' })
      const [host] = await kernel.observe(['nl0000abcd-0'], ['devices'])
      expect(host?.devices.map(({ device, up }) => `${device} ${up ? 'up' : 'down'}`)).toEqual(['lo down'])
    })

    describe('removing', () => {
      test('a removed lab is gone, and removing it again succeeds', async () => {
        const plan = starPlan(3)
        await build(plan)

        expect(await kernel.remove(objectsOf(plan))).toEqual({ leftovers: [] })
        expect(await kernel.listNamespaces()).toEqual([])
        const seen = await kernel.observe(namespacesOf(plan), ['devices'])
        expect(seen.map(({ exists }) => exists)).toEqual(plan.members.map(() => false))
        expect(await kernel.remove(objectsOf(plan))).toEqual({ leftovers: [] })
      })

      test('with one namespace the far ends of its cables go', async () => {
        await build(starPlan(2))

        await kernel.remove([{ kind: 'namespace', name: 'nl0000abcd-0' }])

        const [fabric] = await kernel.observe(['nl0000abcd-2'], ['devices'])
        expect(fabric?.devices.map(({ device }) => device)).toEqual(['lo', 'br0', 'p1'])
      })

      test('the same lab can be built again at once', async () => {
        const plan = cablePlan()
        await build(plan)
        await kernel.remove(objectsOf(plan))
        await build(plan)

        expect(comparePlan(plan, await observePlan(plan, kernel))).toEqual([])
      })

      test('a failpoint leaves what comes from it on, and names it', async () => {
        const plan = cablePlan()
        await build(plan)
        const named = plan.members.map(({ namespace }): KernelObject => ({ kind: 'namespace', name: namespace }))

        const { leftovers } = await kernel.remove(named, { failpoint: { step: 1, action: 'fail' } })

        expect(leftovers.map(({ key }) => key)).toEqual(['namespace nl0000abcd-1'])
        expect((await kernel.listNamespaces()).map(({ name: each }) => each)).toEqual(['nl0000abcd-1'])
      })
    })

    describe('looking', () => {
      test('namespaces are listed by name, with whether they live', async () => {
        await build(cablePlan())
        expect(await kernel.listNamespaces()).toEqual([
          { name: 'nl0000abcd-0', live: true },
          { name: 'nl0000abcd-1', live: true },
        ])
      })

      test('a field that was not asked for is empty', async () => {
        await build(cablePlan())
        const [host] = await kernel.observe(['nl0000abcd-0'], ['addresses'])
        expect(host?.devices).toEqual([])
        expect(host?.addresses.map(({ device, address }) => `${device} ${address}`)).toEqual([
          'lo 127.0.0.1/8',
          'eth0 192.0.2.1/24',
        ])
      })

      test('a namespace that is not there is waited for in vain, and named', async () => {
        expect(await kernel.awaitReady(['nl0000abcd-7'], 20)).toEqual({
          ready: false,
          waitingFor: ['nl0000abcd-7 is not there'],
        })
      })

      test('features that every lab needs are there', async () => {
        const features = await kernel.features()
        const available = features.filter((feature) => feature.available).map((feature) => feature.name)
        expect(available).toEqual(
          expect.arrayContaining(['bridge', 'veth', 'user-namespaces', 'nft-nat', 'nft-filter']),
        )
      })

      test('limits have a name and are not used up', async () => {
        const limits = await kernel.limits()
        expect(limits.map((limit) => limit.name)).toEqual(
          expect.arrayContaining(['user.max_net_namespaces', 'net.ipv4.neigh.default.gc_thresh3']),
        )
        expect(limits.filter(({ limit, used }) => used >= limit)).toEqual([])
      })
    })

    describe('asking by echo', () => {
      test('hosts on a switch reach each other, each of them and all pairs', async () => {
        await build(starPlan(3))

        expect(await pingOnce('nl0000abcd-0', '10.0.0.3')).toMatchObject([{ kind: 'reply', sequence: 1, ttl: 64 }])
        const pairs = ['nl0000abcd-0', 'nl0000abcd-1'].map((namespace) => ({ namespace, destination: '10.0.0.4' }))
        expect(await kernel.pingPairs({ pairs, timeoutMs: 2_000 })).toEqual(
          pairs.map(() => ({ rttMs: expect.any(Number) })),
        )
      })

      test.each([
        { story: 'a cable', plan: cablePlan(), to: '192.0.2.2' },
        { story: 'a switch', plan: starPlan(2), to: '10.0.0.3' },
      ])('not even the first echo is lost on $story that is ready', async ({ plan, to }) => {
        for (let build = 1; build <= 15; build += 1) {
          await kernel.apply(plan.steps)
          const { ready } = await kernel.awaitReady(namespacesOf(plan), 5_000)
          const events = await pingOnce('nl0000abcd-0', to)
          await kernel.remove(objectsOf(plan))
          expect({ build, ready, events }).toMatchObject({ build, ready: true, events: [{ kind: 'reply' }] })
        }
      })

      test('a router carries echoes one way, where it masquerades; nobody answers the other way', async () => {
        await build(routedPlan())

        expect(await pingOnce('nl0000beef-0', '198.51.100.2')).toMatchObject([{ kind: 'reply', ttl: 63 }])
        expect(await pingOnce('nl0000beef-2', '192.0.2.2')).toMatchObject([{ kind: 'error', reason: 'no-route' }])
      })

      test('a time to live of one ends at the router', async () => {
        await build(routedPlan())
        expect(await pingOnce('nl0000beef-0', '198.51.100.2', 1)).toMatchObject([
          { kind: 'error', from: '192.0.2.1', reason: 'ttl-exceeded' },
        ])
      })
    })
  })
}
