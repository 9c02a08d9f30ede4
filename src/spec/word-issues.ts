import type { z } from 'zod'
import type { Problem } from '../errors.ts'
import { quote } from './document-fields.ts'
import { exampleAt, fieldsAt } from './document-shapes.ts'
import { MAX_PROBLEMS } from './findings.ts'
import { formatPath, joinPath, partAt, type Segment } from './paths.ts'
import { didYouMean } from './suggest.ts'

/** What the shapes find wrong, in our words, with our reasons and paths. */

export type Issue = z.core.$ZodIssue

export function placesOf(issue: Issue): readonly (readonly Segment[])[] {
  const path = segmentsOf(issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key])
  const inner = issue.code === 'invalid_union' ? meantBranch(issue) : undefined
  if (inner === undefined) return [path]
  return inner.flatMap(placesOf).map((place) => [...path, ...place])
}

export function problemsOf(issue: Issue, data: unknown, above: readonly Segment[] = []): readonly Problem[] {
  const segments = [...above, ...segmentsOf(issue.path)]
  const path = formatPath(segments)
  const problem = (reason: string, message: string): Problem[] => [{ path, message, reason }]
  const value = partAt(data, segments)
  switch (issue.code) {
    case 'custom':
      return problem(String(issue.params?.reason ?? 'INVALID_VALUE'), issue.message)
    case 'invalid_type':
      if (value === undefined) return problem('MISSING_FIELD', `this field is needed: ${withArticle(issue.expected)}`)
      return problem('INVALID_TYPE', `${quote(value)} must be ${withArticle(issue.expected)}${forExample(segments)}`)
    case 'unrecognized_keys': {
      const known = fieldsAt(segments)
      // Looking for what was meant takes time, and only so many problems are told.
      return issue.keys.map((key, place) => unknownField(segments, key, place < MAX_PROBLEMS ? known : []))
    }
    case 'invalid_value':
      return problem('INVALID_VALUE', `${quote(value)} must be ${oneOf(issue.values)}`)
    case 'invalid_format':
      return problem('INVALID_VALUE', `${quote(value)} has characters that may not stand here`)
    case 'too_small':
    case 'too_big':
      return problem(...outOfRange(issue, value))
    case 'invalid_union': {
      const branch = meantBranch(issue)
      if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, data, segments))
      if (value === undefined) return problem('MISSING_FIELD', `this field is needed: ${expectations(issue)}`)
      return problem('INVALID_TYPE', `${quote(value)} must be ${expectations(issue)}`)
    }
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
      return problem('INVALID_VALUE', `${quote(value)} is not valid here`)
  }
}

/** The branch whose type fits the value; the others say only that it is not theirs. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  return issue.errors.find((branch) => !branch.some((inner) => inner.path.length === 0 && isMisfit(inner)))
}

function isMisfit(issue: Issue): boolean {
  if (issue.code === 'invalid_union') return meantBranch(issue) === undefined
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function expectations(issue: z.core.$ZodIssueInvalidUnion): string {
  const words = issue.errors.map((branch) => {
    const [inner] = branch
    if (inner?.code === 'invalid_type') return withArticle(inner.expected)
    if (inner?.code === 'invalid_value') return oneOf(inner.values)
    return inner?.code === 'invalid_union' ? expectations(inner) : 'something else'
  })
  return [...new Set(words)].join(' or ')
}

function outOfRange(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  value: unknown,
): readonly [reason: string, message: string] {
  const limit = issue.code === 'too_big' ? issue.maximum : issue.minimum
  const bound = issue.exact === true ? 'exactly' : issue.code === 'too_big' ? 'at most' : 'at least'
  if (issue.origin === 'string') return ['TOO_LONG', `must have ${bound} ${limit} characters`]
  if (issue.origin === 'array')
    return ['WRONG_LENGTH', `must have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`]
  return ['OUT_OF_RANGE', `${quote(value)} must be ${bound} ${limit}`]
}

function forExample(path: readonly Segment[]): string {
  const example = exampleAt(path)
  return example === undefined ? '' : `, for example ${example}`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
}

function withArticle(expected: string): string {
  return TYPES[expected] ?? expected
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value) ?? String(value))
  return words.length === 1 ? (words[0] ?? '') : `one of ${words.join(', ')}`
}

/** Words of a lab spec that this version does not read yet, and fields that people look for at the wrong place. */
const KEPT: ReadonlySet<string> = new Set(['cluster', 'checks'])

function unknownField(parent: readonly Segment[], key: string, known: readonly string[]): Problem {
  const path = joinPath(formatPath(parent), key)
  const because =
    parent.length === 0 && KEPT.has(key)
      ? 'is a word kept for a later version; this one cannot build it'
      : key === 'nat' && parent[0] === 'hosts'
        ? 'is for routers: move this member to `routers`'
        : `is not known here${didYouMean(key, known)}`
  return { path, message: `${quote(key)} ${because}`, reason: 'UNKNOWN_FIELD' }
}

function segmentsOf(path: readonly PropertyKey[]): Segment[] {
  return path.map((key) => (typeof key === 'number' ? key : String(key)))
}
