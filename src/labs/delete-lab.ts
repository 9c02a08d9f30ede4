import { LabError } from '../errors.ts'
import { removePlan } from '../executor/remove-plan.ts'
import type { DeleteAnswer, DeleteRequest } from './labs-port.ts'
import { type Entry, etagOf, IDLE } from './registry.ts'
import { removeByUids } from './remove-by-uid.ts'
import type { Site } from './site.ts'

const NOTHING: DeleteAnswer = { state: 'gone', removed: 0, removeMs: 0 }

/**
 * Idempotent: a delete under way is joined. A delete during a create is promised at once (saved), waits until the create
 * has ended, ready or undone, and takes the lab away then.
 */
export async function deleteLab(site: Site, request: DeleteRequest): Promise<DeleteAnswer> {
  const { name: lab, etag } = request
  const entry = site.registry.find(lab)
  if (entry === undefined) {
    if (request.allowMissing) return NOTHING
    throw new LabError({ kind: 'lab-not-found', lab })
  }
  if (etag !== undefined && etag !== etagOf(entry) && etag !== entry.deleting?.etagBefore) {
    throw new LabError({ kind: 'etag-mismatch', lab, given: etag })
  }
  entry.deleting ??= beginDelete(site, entry)
  if (!request.async) return entry.deleting.done
  await entry.deleting.begun
  return { state: 'deleting', removed: 0, removeMs: 0 }
}

export function beginDelete(site: Site, entry: Entry): NonNullable<Entry['deleting']> {
  const etagBefore = etagOf(entry)
  const begun = promise(site, entry)
  const done = carryOut(site, entry, begun)
  // An asynchronous delete is waited for by nobody; its failure stands in the entry and in the log.
  done.catch(() => undefined)
  return { begun, done, etagBefore }
}

/** From here on the next start finishes what this process may not. A disk that is full or read-only stops no delete. */
async function promise(site: Site, entry: Entry): Promise<void> {
  if (entry.record === undefined) return
  entry.record = { ...entry.record, want: 'absent' }
  try {
    await site.store.save(entry.record)
  } catch (error) {
    site.log.warn({ lab: entry.name, err: error }, 'delete goes on although its intent could not be saved')
  }
  site.failpoints.pass('delete', 'intent-saved', entry.name)
}

async function carryOut(site: Site, entry: Entry, begun: Promise<void>): Promise<DeleteAnswer> {
  const startedMs = site.clock()
  try {
    await begun
    await entry.creating?.catch(() => undefined)
    if (site.registry.find(entry.name) !== entry) return NOTHING
    const turn = site.turns.take()
    try {
      await turn.begins
      const removed = await remove(site, entry)
      const removeMs = site.clock() - startedMs
      site.log.info({ lab: entry.name, removed, removeMs }, 'lab gone')
      return { state: 'gone', removed, removeMs }
    } finally {
      turn.end()
    }
  } catch (cause) {
    entry.deleting = undefined
    entry.state = 'failed'
    entry.because = cause instanceof LabError ? cause.message : 'removing it went wrong inside the server'
    site.log.error({ lab: entry.name, err: cause }, 'delete failed')
    throw cause
  }
}

/** Kernel first, record last: as long as anything is left in the kernel, something on disk knows of it. */
async function remove(site: Site, entry: Entry): Promise<number> {
  entry.progress = { ...IDLE, phase: 'removing', stepsTotal: entry.plan?.steps.length ?? 0 }
  const { removed, leftovers, details } =
    entry.plan === undefined
      ? await removeByUids(site.kernel, entry.uids)
      : await removePlan(entry.plan, site.kernel, { ...site.failpoints.inPlan('delete') })
  if (leftovers.length > 0) {
    const cause = new Error(details.join('; '))
    throw new LabError({ kind: 'remove-failed', lab: entry.name, leftovers }, { cause })
  }
  site.failpoints.pass('delete', 'removed', entry.name)
  await site.store.remove(entry.name, entry.record === undefined ? undefined : site.requests.keep(entry.record))
  site.failpoints.pass('delete', 'outcome-saved', entry.name)
  site.registry.drop(entry)
  return removed
}
