import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { Labs } from '../../src/labs/labs.ts'
import { ForgetfulDisk } from '../support/forgetful-disk.ts'
import { aCreate, aPair, openLabs } from '../support/open-labs.ts'
import { FATES, type Fate, PowerCut } from '../support/power-cut.ts'

/** What callers were told before the power went. */
type Told = { readonly created: Set<string>; readonly deleteAsked: Set<string>; readonly deleted: Set<string> }

test.each(FATES)(
  'when the power goes at any call (%s), what was told still holds and nothing else is left',
  async (fate) => {
    let cuts = 0
    for (let at = 0; ; at++) {
      if (!(await liveAndDie(at, fate))) break
      cuts++
    }
    // Two creates side by side, two deletes, one create again: every call of them was the last one once.
    expect(cuts).toBeGreaterThan(60)
  },
)

/** One life of a server on a disk that loses what was not synced, cut off at its n-th call, and the start after it. Answers whether it was cut off at all. */
async function liveAndDie(at: number, fate: Fate): Promise<boolean> {
  const stateDir = await mkdtemp(join(tmpdir(), 'nl-cut-'))
  const kernel = new FakeKernel()
  const disk = new ForgetfulDisk()
  const power = new PowerCut(at, fate, disk.files)
  const told: Told = { created: new Set(), deleteAsked: new Set(), deleted: new Set() }
  const life = live(stateDir, power.kernel(kernel), power, told)
  await Promise.race([life, power.atRest])
  if (power.isOff) await disk.losePower()

  const after = await openLabs({ stateDir, kernel })
  const { labs } = await after.labs.list({ pageSize: 100, filter: [] })
  const where = `cut at call ${at}`
  for (const lab of labs) expect(lab, where).toMatchObject({ state: 'ready', drifts: [] })
  const names = labs.map(({ name }) => name)
  for (const name of told.created) if (!told.deleteAsked.has(name)) expect(names, where).toContain(name)
  for (const name of told.deleted) expect(names, where).not.toContain(name)
  expect(kernel.dump().split('\n').filter(Boolean), where).toEqual(
    labs.flatMap((lab) => [`nl${lab.uid}-0`, `nl${lab.uid}-1`]).sort(),
  )
  expect(await after.labFiles(), where).toEqual(names.map((name) => `${name}.json`))
  await after.labs.close()
  await power.dispose()
  await rm(stateDir, { recursive: true, force: true })
  return power.isOff
}

async function live(
  stateDir: string,
  kernel: FakeKernel | ReturnType<PowerCut['kernel']>,
  power: PowerCut,
  told: Told,
) {
  const { labs } = await openLabs({ stateDir, kernel, files: power.files })
  await Promise.all([create(labs, 'web', told), create(labs, 'db', told)])
  await Promise.all([remove(labs, 'web', told), create(labs, 'mail', told)])
  await remove(labs, 'db', told)
  await labs.close()
}

async function create(labs: Labs, name: string, told: Told): Promise<void> {
  await labs.create(aCreate(aPair(name), { requestId: name }))
  told.created.add(name)
}

async function remove(labs: Labs, name: string, told: Told): Promise<void> {
  told.deleteAsked.add(name)
  await labs.delete({ name, allowMissing: false, async: false })
  told.deleted.add(name)
}
