import type { LabIdentity } from '../plan/identity.ts'
import type { Plan } from '../plan/objects.ts'
import { planLab } from '../plan/plan-lab.ts'
import type { SpecFacts } from '../spec/facts.ts'
import type { LabSpec } from '../spec/lab-spec.ts'
import type { Lab } from './lab.ts'
import { readWish } from './read-wish.ts'
import type { LabRecord } from './record.ts'
import { newEntry, snapshotOf } from './registry.ts'

/** A record was accepted once; limits that became stricter since do not turn it away. */
const NO_LIMITS: SpecFacts = {
  missingFeatures: new Set(),
  uplink: { allowed: true, maxPerLab: Number.MAX_SAFE_INTEGER },
  limits: {
    maxMembers: Number.MAX_SAFE_INTEGER,
    maxLinks: Number.MAX_SAFE_INTEGER,
    maxInterfacesPerMember: Number.MAX_SAFE_INTEGER,
    maxAddressesPerInterface: Number.MAX_SAFE_INTEGER,
    maxRoutesPerMember: Number.MAX_SAFE_INTEGER,
    maxRulesPerMember: Number.MAX_SAFE_INTEGER,
    maxDocumentBytes: Number.MAX_SAFE_INTEGER,
  },
}

/** Spec and plan are functions of what is recorded, so they are calculated again rather than kept. @throws LabError invalid-spec */
export function rebuild(record: LabRecord): { readonly spec: LabSpec; readonly plan: Plan } {
  const { spec } = readWish({ spec: { kind: 'document', document: record.document }, name: record.name }, NO_LIMITS)
  return { spec, plan: planLab(spec, identityOf(record)) }
}

/** The answer that a create had whose lab is gone since. */
export function answerGone(record: LabRecord): Lab {
  const { name, uid } = record
  return snapshotOf(newEntry({ name, uids: [uid], state: 'ready', record, ...rebuild(record) }))
}

function identityOf({ uid, firstUid, uplinkSubnets, deniedSubnets = [] }: LabRecord): LabIdentity {
  return { uid, firstUid, uplinkSubnets, deniedSubnets }
}
