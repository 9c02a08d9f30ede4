import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { Labs } from '../../src/labs/labs.ts'
import { aCreate, aPair, failureOf, TestHost } from '../support/open-labs.ts'

type Wish = { readonly op: 'create' | 'delete' | 'get'; readonly name: string; readonly async: boolean }

const WISH: fc.Arbitrary<Wish> = fc.record({
  op: fc.constantFrom('create', 'create', 'delete', 'get'),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  async: fc.boolean(),
})
/** What may be said no to when many want the same names at once. */
const FAIR = new Set(['lab-exists', 'lab-busy', 'lab-not-found', 'too-many-requests'])

test('many callers who want the same names at once get fair answers, and kernel, disk and list agree in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(WISH, { maxLength: 12 }), { minLength: 2, maxLength: 5 }), async (callers) => {
      const kernel = new FakeKernel()
      const host = await TestHost.make(kernel)
      const labs = await host.start()
      await Promise.all(
        callers.map(async (wishes) => {
          for (const wish of wishes) await ask(labs, wish)
        }),
      )
      await agree(host, kernel, labs)
      for (const name of ['a', 'b', 'c', 'd']) await labs.delete({ name, allowMissing: true, async: false })
      expect(kernel.dump()).toBe('')
      expect(await host.labFiles()).toEqual([])
      await host.dispose()
    }),
    { numRuns: 60 },
  )
}, 60_000)

async function ask(labs: Labs, { op, name, async }: Wish): Promise<void> {
  const answer: Promise<unknown> =
    op === 'create'
      ? labs.create(aCreate(aPair(name), { async }))
      : op === 'delete'
        ? labs.delete({ name, async, allowMissing: false })
        : labs.get(name)
  const refused = await answer.then(
    () => undefined,
    () => failureOf(answer),
  )
  if (refused !== undefined) expect(FAIR).toContain(refused.kind)
}

/** Once nothing is under way, every lab is ready and nothing else is anywhere. */
async function agree(host: TestHost, kernel: FakeKernel, labs: Labs): Promise<void> {
  const all = async () => (await labs.list({ pageSize: 10, filter: [] })).labs
  await expect.poll(async () => (await all()).every((lab) => lab.state === 'ready')).toBe(true)
  const found = await all()
  expect(kernel.dump().split('\n').filter(Boolean)).toEqual(
    found.flatMap((lab) => [`nl${lab.uid}-0`, `nl${lab.uid}-1`]).sort(),
  )
  expect((await host.labFiles()).sort()).toEqual(found.map((lab) => `${lab.name}.json`))
}
