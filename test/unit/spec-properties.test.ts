import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Problem } from '../../src/errors.ts'
import { parseSpec, parseSpecText } from '../../src/spec/parse-spec.ts'
import { brokenSpecDocument, validSpecDocument } from '../support/arbitrary-spec.ts'
import { accepted, FACTS } from '../support/spec-facts.ts'

const RUNS = { numRuns: 1_000 }
const PATIENCE_MS = 60_000
const parsed = (document: unknown) => parseSpec(document, FACTS)

describe('whatever the document', { timeout: PATIENCE_MS }, () => {
  test('a valid one is accepted', () =>
    fc.assert(
      fc.property(validSpecDocument({ netem: true }), (document) => {
        expect(problemsOf(parsed(document))).toEqual([])
      }),
      RUNS,
    ))

  test('a valid one is accepted by a host that lacks netem', () =>
    fc.assert(
      fc.property(validSpecDocument(), (document) => {
        const facts = { ...FACTS, missingFeatures: new Set(['netem']) }
        expect(problemsOf(parseSpec(document, facts))).toEqual([])
      }),
      { numRuns: 200 },
    ))

  test('a broken one never throws, and has problems with place, reason and words, or is valid after all', () =>
    fc.assert(
      fc.property(brokenSpecDocument(), (document) => {
        const answer = parsed(document)
        if (answer.ok) {
          expect(accepted(JSON.parse(JSON.stringify(document)))).toEqual(answer.value)
          return
        }
        expect(answer.problems.length).toBeGreaterThan(0)
        expect(answer.problems.filter((problem) => !isWellSaid(problem))).toEqual([])
      }),
      RUNS,
    ))

  test('what is wrong with it is the same each time, and it is left as it was', () =>
    fc.assert(
      fc.property(brokenSpecDocument(), (document) => {
        const before = structuredClone(document)
        expect(parsed(document)).toEqual(parsed(document))
        expect(document).toEqual(before)
      }),
      { numRuns: 200 },
    ))

  test('JSON carries it unchanged', () =>
    fc.assert(
      fc.property(fc.oneof(validSpecDocument(), brokenSpecDocument()), (document) => {
        const again: unknown = JSON.parse(JSON.stringify(document) ?? 'null')
        expect(parsed(again)).toEqual(parsed(document))
      }),
      { numRuns: 300 },
    ))

  test('as text it gives the same as data', () =>
    fc.assert(
      fc.property(fc.oneof(validSpecDocument(), brokenSpecDocument()), fc.boolean(), (document, asYaml) => {
        const text = asYaml ? stringify(document) : JSON.stringify(document)
        const { document: _, ...fromText } = parseSpecText(text, FACTS)
        expect(withoutPlaces(fromText)).toEqual(withoutPlaces(parsed(document)))
      }),
      { numRuns: 150 },
    ))

  test('any text at all never throws', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom(...'{}[]:,-?&*!|>\'"%@` \n\tab#'.split('')) }),
        ),
        (text) => {
          expect(parseSpecText(text, FACTS).ok).toBe(false)
        },
      ),
      RUNS,
    ))
})

function isWellSaid({ reason, message }: Problem): boolean {
  return /^[A-Z0-9]+(_[A-Z0-9]+)*$/.test(reason) && /^[^\n]{5,400}$/.test(message)
}

function problemsOf(answer: ReturnType<typeof parsed>): readonly Problem[] {
  return answer.ok ? [] : answer.problems
}

function withoutPlaces(answer: ReturnType<typeof parsed>): unknown {
  if (answer.ok) return answer
  return problemsOf(answer).map(({ path, reason, message }) => ({ path, reason, message }))
}
