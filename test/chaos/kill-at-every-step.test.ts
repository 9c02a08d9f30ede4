import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EngineProcess } from '../support/engine-process.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { aLabOutside, setForwarding, UPLINKS } from '../support/uplink-scene.ts'

/**
 * kill -9 of the engine at every step of a create and of a delete. Each start of the engine carries the next failpoint, so it
 * recovers from the kill before and runs into its own.
 */
const MOMENTS = {
  create: ['before-intent', 'intent-saved', 'built', 'read-back', 'outcome-saved'],
  delete: ['intent-saved', 'removed', 'outcome-saved'],
} as const

type Lab = { readonly name: string; readonly state: string; readonly plan?: { readonly steps: readonly unknown[] } }

const TOPOLOGIES = [
  { what: 'the lab of examples/nat.yaml', spec: readFileSync('examples/nat.yaml', 'utf8'), settings: {} },
  { what: 'the lab of examples/star.yaml', spec: readFileSync('examples/star.yaml', 'utf8'), settings: {} },
  { what: 'a lab with an uplink', spec: JSON.stringify(aLabOutside('victim')), settings: { uplink: UPLINKS } },
]

describe.each(TOPOLOGIES)('the engine is killed while it works on $what', ({ spec, settings }) => {
  const engine = new EngineProcess(settings)
  let steps = 0
  let empty = readLedger()

  beforeAll(async () => {
    setForwarding(true)
    await engine.start()
    empty = readLedger()
    const planned = await ask<Lab>('CreateLab', { specYaml: spec, lab: 'victim', validateOnly: true })
    steps = planned.plan?.steps.length ?? 0
    await engine.stop()
  })
  afterAll(() => engine.dispose())

  const ask = async <T>(method: string, request: object) => (await engine.ask(`LabService/${method}`, request)) as T
  const labs = async () => (await ask<{ labs: Lab[] }>('ListLabs', {})).labs

  test('at every step of a create: after the restart the lab is ready or absent, and nothing else is left', async () => {
    expect(steps).toBeGreaterThan(10)
    const seen = { ready: 0, absent: 0 }
    const kills = [...Array(steps).keys(), ...MOMENTS.create]
    for (const [index, at] of kills.entries()) {
      await restartWith(`create:${at}:kill`)
      if (index > 0) seen[await readyOrAbsent(kills[index - 1])]++
      const answer = ask('CreateLab', { specYaml: spec, lab: 'victim' }).then(
        () => 'answered',
        () => 'cut off',
      )
      expect(await engine.ended(), `killed at ${at}`).toBe('SIGKILL')
      expect(await answer, `killed at ${at}`).toBe('cut off')
    }
    await restartWith()
    seen[await readyOrAbsent(kills.at(-1))]++

    // Only the kill after the outcome was saved may leave a lab: nobody was promised one before.
    expect(seen).toEqual({ ready: 1, absent: kills.length - 1 })
  })

  test('at every step of a delete: after the restart the lab is absent once the delete was promised', async () => {
    const kills = [...Array(await countRemovals()).keys(), ...MOMENTS.delete]
    for (const [index, at] of kills.entries()) {
      await restartWith(`delete:${at}:kill`)
      if (index > 0) expect(await readyOrAbsent(kills[index - 1])).toBe('absent')
      await ask('CreateLab', { specYaml: spec, lab: 'victim' })
      ask('DeleteLab', { lab: 'victim' }).catch(() => undefined)
      expect(await engine.ended(), `killed at ${at}`).toBe('SIGKILL')
    }
    await restartWith()
    expect(await readyOrAbsent(kills.at(-1))).toBe('absent')
  })

  const restartWith = async (failpoint?: string) => {
    await engine.stop()
    await engine.start(failpoint)
  }

  /** What the restart made of the lab; a ready one must be whole and removable, and nothing else may be left. */
  const readyOrAbsent = async (killedAt: number | string | undefined): Promise<'ready' | 'absent'> => {
    const found = await labs()
    const states = found.map((lab) => lab.state)
    expect(states, `killed at ${killedAt}`).toEqual(found.length === 0 ? [] : ['LAB_STATE_READY'])
    if (found.length > 0) expect(await drifts(), `killed at ${killedAt}`).toEqual([])
    for (const { name } of found) await ask('DeleteLab', { lab: name })
    expect(readLedger(), `killed at ${killedAt}`).toEqual(empty)
    return found.length > 0 ? 'ready' : 'absent'
  }

  const drifts = async () => {
    const answer = await ask<{ drifts: unknown[] }>('InspectLab', { lab: 'victim', fields: { paths: ['drifts'] } })
    return answer.drifts
  }

  /** Steps that a removal passes: what a delete of this lab says it removed. */
  const countRemovals = async () => {
    await restartWith()
    await ask('CreateLab', { specYaml: spec, lab: 'victim' })
    const { removed } = await ask<{ removed: number }>('DeleteLab', { lab: 'victim' })
    expect(removed).toBeGreaterThan(1)
    return removed
  }
})
