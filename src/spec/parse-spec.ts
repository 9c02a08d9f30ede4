import type { Problem } from '../errors.ts'
import { formatIp } from '../net/ip.ts'
import type { Parsed, SpecFacts } from './facts.ts'
import { Findings, MAX_PROBLEMS } from './findings.ts'
import type { LabSpec, Member } from './lab-spec.ts'
import { limitsAreKept } from './limits.ts'
import { isBranch } from './paths.ts'
import { readPlainData } from './plain-data.ts'
import { readShape } from './read-shape.ts'
import { readText } from './read-text.ts'
import { RULES } from './rules.ts'
import { addressOfTarget } from './rules-filters.ts'
import { reachableGateways } from './rules-routes.ts'
import { type Survey, surveySpec } from './survey.ts'
import { writeOut } from './write-out.ts'

/** A name that the request gives the lab, in place of the document's own, which may then be missing or wrong. */
export type ParseOptions = { readonly name?: string }

/**
 * The spec that `document` describes, or everything that is wrong with it: what has the wrong shape, and what breaks a
 * rule among all that has the right one. After MAX_PROBLEMS one more problem says how many were left out.
 * Never throws, whatever it is given.
 */
export function parseSpec(document: unknown, facts: SpecFacts, options: ParseOptions = {}): Parsed<LabSpec> {
  return judge(document, facts, options, (problem) => problem)
}

/**
 * The same for YAML 1.2 or JSON text; problems then carry line and column, from 1. `document` is the text as data,
 * undefined where it was refused.
 */
export function parseSpecText(
  text: string,
  facts: SpecFacts,
  options: ParseOptions = {},
): Parsed<LabSpec> & { readonly document: unknown } {
  const { data, problems, locate } = readText(text, facts.limits.maxDocumentBytes)
  if (problems.length > 0) return { ok: false, problems: atMost(problems), document: undefined }
  const judged = judge(data, facts, options, locate)
  return { ...judged, document: judged.ok ? data : undefined }
}

function judge(
  document: unknown,
  facts: SpecFacts,
  options: ParseOptions,
  locate: (problem: Problem) => Problem,
): Parsed<LabSpec> {
  const plain = readPlainData(document, facts.limits.maxDocumentBytes)
  const { name } = options
  const data = name !== undefined && isBranch(plain.data) ? { ...plain.data, name } : plain.data
  const shaped = data === undefined ? undefined : readShape(data)
  const shapeProblems = [...plain.problems, ...unsaid(shaped?.problems ?? [], plain.problems)]
  if (shaped === undefined) return { ok: false, problems: atMost(shapeProblems).map(locate) }
  const leftOut = [...shaped.leftOut, ...plain.problems.map(({ path }) => path)]
  const findings = new Findings(data, leftOut)
  const spec = writeOut(shaped.document, { findings, entries: shaped.entries })
  const survey = leftOut.includes('') ? undefined : judgeParts(spec, facts, findings, data)
  const problems = [...shapeProblems, ...findings.problems]
  if (problems.length > 0 || survey === undefined) return { ok: false, problems: atMost(problems).map(locate) }
  return { ok: true, value: { ...spec, members: spec.members.map((member) => resolveNames(survey, member)) } }
}

/** @returns nothing for a spec beyond the limits, which is not looked at further */
function judgeParts(spec: LabSpec, facts: SpecFacts, findings: Findings, data: unknown): Survey | undefined {
  if (!limitsAreKept(spec, facts.limits, findings)) return undefined
  const survey = surveySpec(spec, facts, findings, data)
  for (const rule of RULES) rule(survey)
  return survey
}

/** What was left out for one reason is not told again as missing or wrong. */
function unsaid(problems: readonly Problem[], said: readonly Problem[]): readonly Problem[] {
  if (said.length === 0) return problems
  const paths = new Set(said.map(({ path }) => path))
  return problems.filter(({ path }) => !paths.has(path))
}

/** Leaves the families in which a gateway by name has no way, and gives forwards the address of whom they name. */
function resolveNames(survey: Survey, member: Member): Member {
  const byName = member.nat.forward.some(({ to }) => survey.memberByName.has(to))
  if (member.gateways.length === 0 && !byName) return member
  const forward = member.nat.forward.map((one) => {
    const ip = addressOfTarget(survey, member, one)
    return ip === undefined ? one : { ...one, to: formatIp(ip) }
  })
  return { ...member, gateways: reachableGateways(survey, member), nat: { ...member.nat, forward } }
}

function atMost(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems
  const more = problems.length - MAX_PROBLEMS
  const last = { path: '', reason: 'TOO_MANY_PROBLEMS', message: `and ${more} more problem${more === 1 ? '' : 's'}` }
  return [...problems.slice(0, MAX_PROBLEMS), last]
}
