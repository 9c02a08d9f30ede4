import { LabError } from '../errors.ts'
import { type RemoveResult, removeObjects, removePlan } from '../executor/remove-plan.ts'
import { keyOf, type NamespaceName, type Plan } from '../plan/objects.ts'
import { courseOf } from './course.ts'
import { uidOfName } from './identity.ts'
import { findDrifts, wordDrift } from './read-back.ts'
import { rebuild } from './rebuild.ts'
import type { LabRecord } from './record.ts'
import { type Entry, newEntry } from './registry.ts'
import { findByUid, removeByUids } from './remove-by-uid.ts'
import type { Site } from './site.ts'
import type { Quarantined } from './store.ts'

/** What a start found and did, for the log. */
export type Recovered = {
  readonly labs: number
  readonly ready: number
  /** Keys of objects that carried our names and had no lab. */
  readonly swept: readonly string[]
  readonly leftovers: readonly string[]
}

/**
 * Brings every lab that a former process left to ready or absent, and takes away namespaces of our naming that no lab owns.
 * Nothing else on the host is touched. What goes wrong with one lab stays with that lab.
 */
export async function reconcile(site: Site): Promise<Recovered> {
  const { records, quarantined, answered, ignored } = await site.store.load()
  if (ignored.length > 0) site.log.warn({ files: ignored }, 'left alone in the state folder')
  site.requests.restore(answered)
  for (const lab of quarantined) site.registry.add(quarantinedEntry(site, lab))

  const present = await site.kernel.listNamespaces()
  const live = new Set(present.filter((namespace) => namespace.live).map(({ name }) => name))
  const entries = records.map((record) => entryOf(site, record))
  for (const entry of entries) site.registry.add(entry)
  await Promise.all(entries.map((entry) => isolated(site, entry, () => recoverLab(site, entry, live))))

  const owned = new Set([...site.registry.all()].flatMap((entry) => entry.uids))
  const orphans = await findByUid(site.kernel, (uid) => !owned.has(uid), present)
  const leftovers = orphans.length === 0 ? [] : (await removeObjects(orphans, site.kernel)).leftovers
  const all = [...site.registry.all()]
  const recovered = {
    labs: all.length,
    ready: all.filter((entry) => entry.state === 'ready').length,
    swept: orphans.map(keyOf),
    leftovers,
  }
  site.log.info(recovered, 'labs of before are ready or absent')
  return recovered
}

function entryOf(site: Site, record: LabRecord): Entry {
  const known = { name: record.name, uids: [record.uid], record }
  try {
    return newEntry({ ...known, ...rebuild(record), state: record.phase, because: record.because })
  } catch (cause) {
    const because = 'its spec cannot be read by this version; its kernel objects are left alone'
    site.log.error({ lab: record.name, err: cause }, because)
    return newEntry({ ...known, state: 'quarantined', because })
  }
}

/** Both the uid that its name leads to and the one its text still shows are spared. */
function quarantinedEntry(site: Site, { name, because, uid }: Quarantined): Entry {
  site.log.error({ lab: name, because }, 'lab quarantined: its kernel objects are left alone')
  const uids = [...new Set([...(uid === undefined ? [] : [uid]), uidOfName(name)])]
  return newEntry({ name, uids, state: 'quarantined', because })
}

async function isolated(site: Site, entry: Entry, work: () => Promise<void>): Promise<void> {
  const turn = site.turns.take()
  try {
    await turn.begins
    await work()
  } catch (cause) {
    entry.state = 'failed'
    entry.because = cause instanceof LabError ? cause.message : 'recovering it went wrong inside the server'
    site.log.error({ lab: entry.name, err: cause }, 'lab not recovered')
  } finally {
    turn.end()
  }
}

async function recoverLab(site: Site, entry: Entry, live: ReadonlySet<NamespaceName>): Promise<void> {
  const { record, plan } = entry
  if (record === undefined) return
  if (plan === undefined) {
    // Somebody was promised its end, and its names are known.
    if (record.want === 'absent') await removeWholly(site, entry)
    return
  }
  const namespaces = plan.members.map((member) => member.namespace)
  const course = courseOf(record, namespaces, live, site.bootId)
  switch (course) {
    case 'remove':
      return removeWholly(site, entry)
    case 'clear':
      return clear(site, entry, plan, record.because)
    case 'keep':
      entry.drifts = await findDrifts(plan, site.kernel)
      if (entry.drifts.length > 0) {
        site.log.warn({ lab: entry.name, drifts: entry.drifts.map(wordDrift) }, 'lab differs from its plan')
      }
      return
    case 'lost':
      // Names can outlive their namespaces where /run is on a disk.
      await removePlan(plan, site.kernel)
      entry.state = 'lost'
      entry.because = 'the machine was started anew since; delete the lab and create it again from its spec'
      return
    case 'broken': {
      const gone = namespaces.filter((name) => !live.has(name)).length
      const because = `${gone} of its ${namespaces.length} network namespaces were gone when the server started`
      return clear(site, entry, plan, because)
    }
  }
}

async function removeWholly(site: Site, entry: Entry): Promise<void> {
  const { kernel } = site
  allGone(entry, await (entry.plan === undefined ? removeByUids(kernel, entry.uids) : removePlan(entry.plan, kernel)))
  const { record } = entry
  await site.store.remove(entry.name, record === undefined ? undefined : site.requests.keep(record))
  site.registry.drop(entry)
}

/** Takes away what is left of a lab that cannot be whole again and keeps its record, so that people can see why. */
async function clear(site: Site, entry: Entry, plan: Plan, because: string): Promise<void> {
  entry.state = 'failed'
  entry.because = because
  allGone(entry, await removePlan(plan, site.kernel))
  if (entry.record === undefined || entry.record.phase === 'failed') return
  entry.record = { ...entry.record, phase: 'failed', because }
  await site.store.save(entry.record)
}

function allGone({ name: lab }: Entry, { leftovers, details }: RemoveResult): void {
  if (leftovers.length === 0) return
  throw new LabError({ kind: 'remove-failed', lab, leftovers }, { cause: new Error(details.join('; ')) })
}
