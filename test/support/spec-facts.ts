import type { Problem } from '../../src/errors.ts'
import type { SpecFacts } from '../../src/spec/facts.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'
import { parseSpec, parseSpecText } from '../../src/spec/parse-spec.ts'

/** A host that can do everything, with the limits of config.ts; uplinks are allowed, one for each lab. */
export const FACTS: SpecFacts = {
  missingFeatures: new Set(),
  limits: {
    maxMembers: 1100,
    maxLinks: 2200,
    maxInterfacesPerMember: 64,
    maxAddressesPerInterface: 16,
    maxRoutesPerMember: 500,
    maxRulesPerMember: 200,
    maxDocumentBytes: 1024 * 1024,
  },
  uplink: { allowed: true, maxPerLab: 1 },
}

/** Everything wrong with a document, as `REASON path`, in order; nothing when it is accepted. */
export function complaints(document: unknown, facts: SpecFacts = FACTS): readonly string[] {
  const parsed = typeof document === 'string' ? parseSpecText(document, facts) : parseSpec(document, facts)
  return parsed.ok ? [] : parsed.problems.map(complaint)
}

function complaint({ reason, path }: Problem): string {
  return path === '' ? reason : `${reason} ${path}`
}

/** The spec of a document that must be accepted. */
export function accepted(document: unknown, facts: SpecFacts = FACTS): LabSpec {
  const parsed = typeof document === 'string' ? parseSpecText(document, facts) : parseSpec(document, facts)
  if (parsed.ok) return parsed.value
  throw new Error(`refused: ${JSON.stringify(parsed.problems, null, 1)}`)
}
