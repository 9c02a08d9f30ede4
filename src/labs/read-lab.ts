import { LabError } from '../errors.ts'
import { observeLab } from '../inspector/observe-lab.ts'
import type { Plan } from '../plan/objects.ts'
import { ping } from '../probes/ping.ts'
import { pingMatrix } from '../probes/ping-matrix.ts'
import type { Inspection, InspectRequest, PingMatrixAnswer, PingMatrixWish, PingTold, PingWish } from './labs-port.ts'
import { findDrifts } from './read-back.ts'
import { type Entry, stateOf } from './registry.ts'
import type { Site } from './site.ts'

/** The plan of a lab that can be asked. @throws LabError lab-not-ready */
export function readyPlan(entry: Entry): Plan {
  const state = stateOf(entry)
  if (state !== 'ready' || entry.plan === undefined) {
    throw new LabError({ kind: 'lab-not-ready', lab: entry.name, state })
  }
  return entry.plan
}

export async function inspectLab(site: Site, entry: Entry, request: InspectRequest): Promise<Inspection> {
  const plan = readyPlan(entry)
  const names = new Set(plan.members.map((member) => member.name))
  request.members.forEach((member, n) => {
    if (names.has(member)) return
    throw new LabError({ kind: 'member-not-found', lab: entry.name, member, field: `members[${n}]` })
  })
  const readAtMs = site.now()
  const members =
    request.fields.length === 0 && request.drifts
      ? []
      : await observeLab(plan, site.kernel, {
          ...(request.members.length === 0 ? {} : { members: request.members }),
          fields: request.fields,
        })
  const drifts = request.drifts ? await findDrifts(plan, site.kernel) : []
  // What GetLab and lists tell from now on.
  if (request.drifts) entry.drifts = drifts
  return { readAtMs, members, drifts }
}

export async function pingLab(
  site: Site,
  entry: Entry,
  wish: PingWish,
  onEvent: (event: PingTold) => void,
  signal?: AbortSignal,
): Promise<void> {
  await ping(readyPlan(entry), site.kernel, wish, onEvent, signal)
}

export async function pingLabMatrix(
  site: Site,
  entry: Entry,
  wish: PingMatrixWish,
  signal?: AbortSignal,
): Promise<PingMatrixAnswer> {
  return pingMatrix(readyPlan(entry), site.kernel, wish, signal)
}
