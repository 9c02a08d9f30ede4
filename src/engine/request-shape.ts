import { z } from 'zod'
import { LabError, type Problem } from '../errors.ts'
import { isName } from '../net/names.ts'

/**
 * Shapes of requests. A message always has all its fields (the loader fills in defaults), so a shape says which values
 * are right, and paths are the fields' proto JSON names on both doors.
 * @throws LabError invalid-request with every problem at once
 */
export function checkRequest<Shape extends z.ZodType>(shape: Shape, request: unknown): z.output<Shape> {
  const parsed = shape.safeParse(request)
  if (parsed.success) return parsed.data
  throw new LabError({ kind: 'invalid-request', problems: parsed.error.issues.map(toProblem) })
}

/** Marks an own rule of a shape with its reason. */
export function because(reason: string, error: string): { error: string; params: { reason: string } } {
  return { error, params: { reason } }
}

const LAB_NAME_RULE = because(
  'INVALID_NAME',
  'a lab name is 1 to 31 of a-z, 0-9 and "-", begins with a letter and does not end with "-"',
)

export const LabNameShape = z.string().refine(isName, LAB_NAME_RULE)

export const OptionalLabNameShape = z.string().refine((name) => name === '' || isName(name), LAB_NAME_RULE)

/** Members, and words that are looked up later: only their length is judged here. */
export const WordShape = z.string().min(1, 'must not be empty').max(64, 'at most 64 characters')

export const MembersShape = z.array(WordShape).max(2000, 'at most 2000 members')

/** An int32 where 0 (or absence) means `standard`. */
export function rangeShape(range: { min: number; max: number; standard: number }) {
  return z
    .int()
    .transform((value) => (value === 0 ? range.standard : value))
    .pipe(z.number().min(range.min, rangeText(range)).max(range.max, rangeText(range)))
}

export const FamilyShape = z
  .int()
  .refine((value) => value === 0 || value === 4 || value === 6, because('OUT_OF_RANGE', 'must be 4, 6 or 0 for either'))
  .transform((value): 4 | 6 | undefined => (value === 4 || value === 6 ? value : undefined))

function rangeText({ min, max }: { min: number; max: number }): string {
  return `must be ${min} to ${max}`
}

const REASONS: Readonly<Record<string, string>> = {
  too_small: 'OUT_OF_RANGE',
  too_big: 'OUT_OF_RANGE',
  invalid_value: 'UNKNOWN_WORD',
  invalid_format: 'INVALID_FORMAT',
}

function toProblem(issue: z.core.$ZodIssue): Problem {
  const given: unknown = issue.code === 'custom' ? issue.params?.reason : undefined
  return {
    path: z.core.toDotPath(issue.path),
    message: issue.message,
    reason: typeof given === 'string' ? given : (REASONS[issue.code] ?? 'INVALID_VALUE'),
  }
}
