import type { Problem } from '../errors.ts'
import { DocumentShape, type LabDocument } from './document.ts'
import { MAX_PROBLEMS } from './findings.ts'
import { Remainder } from './leave-out.ts'
import { formatPath, isBranch, partAt, type Segment } from './paths.ts'
import { type Issue, placesOf, problemsOf } from './word-issues.ts'

/** A document whose every part has the right shape; what had not is left out of it and told in `problems`. */
export type Shaped = {
  readonly document: LabDocument
  /** Gives the entries of the document's lists with the places they had before anything was left out. */
  readonly entries: Remainder['entries']
  readonly problems: readonly Problem[]
  /** Paths of the parts that were left out. */
  readonly leftOut: readonly string[]
}

/** What is left out of a part may leave it without a field it must have; then it goes too, and so on upwards. */
const MAX_ROUNDS = 8

/**
 * Reads `data` by the shapes. The first reading finds every problem; the parts they lie in are then taken out, the
 * smallest that will do, so that the rules can look at all the rest.
 */
export function readShape(data: unknown): Shaped {
  let rest = new Remainder(data)
  let problems: readonly Problem[] = []
  const leftOut: string[] = []
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const parsed = DocumentShape.safeParse(rest.data)
    if (parsed.success) {
      // The shapes transform nothing, so that data that fits is itself the document; its lists know their places.
      return { document: rest.data as LabDocument, entries: (list) => rest.entries(list), problems, leftOut }
    }
    const { issues } = parsed.error
    if (round === 0) problems = wordAll(issues, data)
    const places = issues.flatMap(placesOf).map((place) => withoutMissing(rest.data, place))
    leftOut.push(...places.map((place) => formatPath(rest.originalPath(place))))
    rest = rest.without(places)
  }
  return { document: {}, entries: (list) => rest.entries(list), problems, leftOut: ['', ...leftOut] }
}

/** Each issue is one problem or more; those that are too many to be told are counted, not worded. */
function wordAll(issues: readonly Issue[], data: unknown): readonly Problem[] {
  const worded = issues.slice(0, MAX_PROBLEMS + 1).flatMap((issue) => problemsOf(issue, data))
  const uncounted = issues.slice(MAX_PROBLEMS + 1).flatMap(placesOf)
  return [...worded, ...uncounted.map((): Problem => UNWORDED)]
}

const UNWORDED: Problem = { path: '', reason: 'INVALID_VALUE', message: 'one of very many problems' }

/** What lacks a field has to go itself. */
function withoutMissing(data: unknown, place: readonly Segment[]): readonly Segment[] {
  const holder = partAt(data, place.slice(0, -1))
  const last = place.at(-1)
  const isThere = last !== undefined && isBranch(holder) && Object.hasOwn(holder, last)
  return isThere ? place : place.slice(0, -1)
}
