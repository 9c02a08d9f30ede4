import { describe, type Failure, LabError } from '../errors.ts'
import { applyPlan } from '../executor/apply-plan.ts'
import { removePlan } from '../executor/remove-plan.ts'
import type { Plan } from '../plan/objects.ts'
import { checkHostLimits } from './host-limits.ts'
import type { Lab } from './lab.ts'
import { readBack, wordDrift } from './read-back.ts'
import type { LabRecord } from './record.ts'
import { type Entry, snapshotOf } from './registry.ts'
import type { Site } from './site.ts'
import type { Turn } from './turns.ts'

/** A lab on its way: its entry stands in the registry from before the first await on, so its name is taken. */
export type Building = { readonly entry: Entry; readonly plan: Plan; readonly record: LabRecord }

type Options = {
  /** A failed lab stays to be looked at: nobody waited for its answer. */
  readonly keepWhenFailed: boolean
}

/**
 * @returns `intent` settles when the intent is durable, or refused with nothing left; `outcome` when the lab is ready, or
 * undone. Both reject with the same LabError.
 */
export function buildLab(
  site: Site,
  building: Building,
  turn: Turn,
  options: Options,
): { readonly intent: Promise<void>; readonly outcome: Promise<Lab> } {
  const intent = saveIntent(site, building)
  const outcome = build(site, building, options, { intent, turn })
  // Whoever waits hears of a failure; when nobody does (async), it stands in the entry and in the log.
  outcome.catch(() => undefined)
  return { intent, outcome }
}

async function build(
  site: Site,
  building: Building,
  options: Options,
  { intent, turn }: { readonly intent: Promise<void>; readonly turn: Turn },
): Promise<Lab> {
  try {
    await intent
    await turn.begins
    return await act(site, building)
  } catch (cause) {
    if (site.registry.find(building.entry.name) !== building.entry) throw cause
    throw await undo(site, building, options, cause)
  } finally {
    turn.end()
    building.entry.creating = undefined
  }
}

/** The look at the host's limits needs nothing of the save and changes nothing, so both go on at once. */
async function saveIntent(site: Site, building: Building): Promise<void> {
  const { entry, record } = building
  const [checked, saved] = await Promise.allSettled([
    checkHostLimits(site, building),
    (async () => {
      site.failpoints.pass('create', 'before-intent', record.name)
      await site.store.save(record)
      site.failpoints.pass('create', 'intent-saved', record.name)
    })(),
  ])
  if (checked.status === 'fulfilled' && saved.status === 'fulfilled') return
  // Together, without waiting in between: a new lab of this name is saved only after this record is gone.
  site.registry.drop(entry)
  const gone = site.store.remove(record.name)
  await gone.catch((error: unknown) =>
    site.log.warn({ lab: record.name, err: error }, 'record left of a refused create'),
  )
  throw checked.status === 'rejected' ? checked.reason : (saved as PromiseRejectedResult).reason
}

async function act(site: Site, { entry, plan }: Building): Promise<Lab> {
  const startedMs = site.clock()
  const stepsTotal = plan.steps.length
  await applyPlan(plan, site.kernel, {
    lab: entry.name,
    onProgress: (progress) => {
      entry.progress = { ...progress, stepsTotal }
    },
    ...site.failpoints.inPlan('create'),
  })
  site.failpoints.pass('create', 'built', entry.name)
  entry.progress = { phase: 'reading-back', stepsDone: stepsTotal, stepsTotal }
  const drifts = await readBack(plan, site.kernel)
  if (drifts.length > 0) throw notAsPlanned(entry.name, drifts.map(wordDrift), [])
  site.failpoints.pass('create', 'read-back', entry.name)

  const buildMs = site.clock() - startedMs
  // A delete may have been promised meanwhile: that stands in entry.record and must not be lost.
  if (entry.record !== undefined) entry.record = { ...entry.record, phase: 'ready', buildMs }
  if (entry.record !== undefined) await site.store.save(entry.record)
  site.failpoints.pass('create', 'outcome-saved', entry.name)
  entry.progress = { phase: '', stepsDone: stepsTotal, stepsTotal }
  entry.state = 'ready'
  site.log.info({ lab: entry.name, uid: entry.record?.uid, steps: stepsTotal, buildMs }, 'lab ready')
  return snapshotOf(entry, 'ready')
}

/** Takes back what was built and answers the failure to throw, with what could not be taken back. */
async function undo(site: Site, building: Building, options: Options, cause: unknown): Promise<unknown> {
  const { entry, plan } = building
  const failure = cause instanceof LabError ? cause.failure : undefined
  const leftovers = failure?.kind === 'apply-failed' ? failure.leftovers : await takeBack(site, entry.name, plan)
  const told = failure?.kind === 'not-as-planned' ? notAsPlanned(entry.name, failure.drifts, leftovers) : cause
  site.log.warn({ lab: entry.name, leftovers, err: told }, 'create failed')
  if (!options.keepWhenFailed && leftovers.length === 0) {
    site.registry.drop(entry)
    const gone = site.store.remove(entry.name)
    await gone.catch((error: unknown) =>
      site.log.warn({ lab: entry.name, err: error }, 'record left of a failed create'),
    )
    return told
  }
  entry.state = 'failed'
  entry.because = told instanceof LabError ? describe(told.failure) : 'something went wrong inside the server'
  if (entry.record !== undefined) {
    entry.record = { ...entry.record, phase: 'failed', because: entry.because }
    // Unsaved it still says `creating`, and the next start clears it.
    await site.store.save(entry.record).catch(() => undefined)
  }
  return told
}

async function takeBack(site: Site, lab: string, plan: Plan): Promise<readonly string[]> {
  try {
    return (await removePlan(plan, site.kernel)).leftovers
  } catch (cause) {
    site.log.error({ lab, err: cause }, 'undoing failed')
    return plan.members.map((member) => `namespace ${member.namespace}`)
  }
}

function notAsPlanned(lab: string, drifts: readonly string[], leftovers: readonly string[]): LabError {
  const failure: Failure = { kind: 'not-as-planned', lab, drifts, leftovers }
  return new LabError(failure)
}
