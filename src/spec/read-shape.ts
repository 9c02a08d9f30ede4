import type { Problem } from '../errors.ts'
import { DocumentShape, type LabDocument } from './document.ts'
import { Remainder } from './leave-out.ts'
import { formatPath, partAt, type Segment } from './paths.ts'
import { placesOf, problemsOf } from './word-issues.ts'

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
    if (round === 0) problems = issues.flatMap((issue) => problemsOf(issue, data))
    const places = issues.flatMap(placesOf).map((place) => withoutMissing(rest.data, place))
    leftOut.push(...places.map((place) => formatPath(rest.originalPath(place))))
    rest = rest.without(places)
  }
  return { document: {}, entries: (list) => rest.entries(list), problems, leftOut: ['', ...leftOut] }
}

/** What lacks a field has to go itself. */
function withoutMissing(data: unknown, place: readonly Segment[]): readonly Segment[] {
  return partAt(data, place) === undefined ? place.slice(0, -1) : place
}
