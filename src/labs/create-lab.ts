import { setImmediate as nextTurn } from 'node:timers/promises'
import { LabError } from '../errors.ts'
import type { HostNetwork } from '../kernel/kernel.ts'
import { planLab } from '../plan/plan-lab.ts'
import { type Building, buildLab } from './build-lab.ts'
import { checkHostLimits } from './host-limits.ts'
import { chooseIdentity } from './identity.ts'
import type { Lab } from './lab.ts'
import type { CreateRequest } from './labs-port.ts'
import { readWish, type Wish } from './read-wish.ts'
import { answerGone } from './rebuild.ts'
import type { LabRecord } from './record.ts'
import { type Entry, newEntry, snapshotOf, stateOf } from './registry.ts'
import { findByRequest, hashOfWish } from './requests.ts'
import { type Site, specFacts } from './site.ts'
import { deniedSubnets } from './uplink-host.ts'

/**
 * Whatever can be refused is refused before anything is saved; the intent is saved before anything is built; the outcome
 * is saved before the caller hears of it. From the look at the names to the entry of the new one nothing waits, so that
 * two creates of one name cannot both pass.
 */
export async function createLab(site: Site, request: CreateRequest): Promise<Lab> {
  const wish = readWish(request, specFacts(site))
  // Reading and planning a large spec take ten milliseconds each: others have their turn in between.
  await nextTurn()
  const host = wish.spec.uplinks.length === 0 ? undefined : await site.kernel.hostNetwork()
  const idempotency = idempotencyOf(request)
  const before = idempotency === undefined ? undefined : answerRepeated(site, request, idempotency)
  if (before !== undefined) return before

  const building = planBuilding(site, wish, { host, idempotency })
  if (request.validateOnly) {
    await checkHostLimits(site, building)
    return snapshotOf(building.entry, 'planned')
  }
  const turn = site.turns.takeIfRoom()
  site.registry.add(building.entry)
  const { intent, outcome } = buildLab(site, building, turn, { keepWhenFailed: request.async })
  building.entry.creating = outcome
  if (!request.async) return outcome
  await intent
  return snapshotOf(building.entry)
}

type Idempotency = { readonly requestId: string; readonly requestHash: string }

function idempotencyOf(request: CreateRequest): Idempotency | undefined {
  if (request.requestId === undefined || request.validateOnly) return undefined
  return { requestId: request.requestId, requestHash: hashOfWish({ spec: request.spec, name: request.name }) }
}

/** @throws LabError request-id-reused */
function answerRepeated(site: Site, request: CreateRequest, given: Idempotency): Promise<Lab> | undefined {
  const entry = findByRequest(site.registry, given.requestId, given.requestHash, site.now())
  if (entry !== undefined) return entry.creating !== undefined && !request.async ? entry.creating : answer(entry)
  const gone = site.requests.find(given.requestId, given.requestHash)
  return gone === undefined ? undefined : Promise.resolve(answerGone(gone))
}

async function answer(entry: Entry): Promise<Lab> {
  return snapshotOf(entry)
}

type Circumstances = {
  /** Read for labs with uplinks only. */
  readonly host: HostNetwork | undefined
  readonly idempotency: Idempotency | undefined
}

/** @throws LabError lab-exists, lab-busy, limit-exceeded, invalid-spec where this host cannot carry an uplink */
function planBuilding(site: Site, wish: Wish, { host, idempotency }: Circumstances): Building {
  refuseClash(site, wish.spec.name)
  const { limits, uplink } = site.settings
  const denied = host === undefined ? {} : { deniedSubnets: [...deniedSubnets(wish.spec, host, uplink)] }
  const identity = { ...chooseIdentity(wish.spec, site.registry.taken(), uplink.pool), ...denied }
  const plan = planLab(wish.spec, identity)
  const record: LabRecord = {
    v: 1,
    name: wish.spec.name,
    uid: identity.uid,
    firstUid: identity.firstUid,
    uidSlots: identity.uidSlots,
    uplinkSubnets: [...identity.uplinkSubnets],
    ...denied,
    want: 'present',
    phase: 'creating',
    bootId: site.bootId,
    createdAtMs: site.now(),
    buildMs: 0,
    because: '',
    ...idempotency,
    document: wish.document,
  }
  if (site.registry.size >= limits.maxLabs) {
    const remedy = 'delete labs that are not needed any more, or raise limits.maxLabs'
    throw new LabError({ kind: 'limit-exceeded', limit: 'limits.maxLabs', needed: 1, available: 0, remedy })
  }
  const entry = newEntry({
    name: wish.spec.name,
    uids: [identity.uid],
    state: 'creating',
    record,
    spec: wish.spec,
    plan,
  })
  return { entry, plan, record }
}

function refuseClash(site: Site, lab: string): void {
  const entry = site.registry.find(lab)
  if (entry === undefined) return
  if (entry.deleting !== undefined) throw new LabError({ kind: 'lab-busy', lab, state: stateOf(entry) })
  throw new LabError({ kind: 'lab-exists', lab })
}
