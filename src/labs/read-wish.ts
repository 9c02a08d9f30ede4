import { LabError, type Problem } from '../errors.ts'
import { isName } from '../net/names.ts'
import type { SpecFacts } from '../spec/facts.ts'
import type { LabSpec } from '../spec/lab-spec.ts'
import { parseSpec, parseSpecText } from '../spec/parse-spec.ts'
import type { CreateRequest } from './labs-port.ts'

/** What a create asks for, with everything checked that the document itself can get wrong. */
export type Wish = {
  readonly name: string
  readonly spec: LabSpec
  /** The document as given; where it came as text, what the text says. */
  readonly document: unknown
}

/**
 * A name in the request stands in for the document's own, which may then be missing or wrong.
 * @throws LabError invalid-request for that name, invalid-spec with every problem of the document
 */
export function readWish(request: Pick<CreateRequest, 'spec' | 'name'>, facts: SpecFacts): Wish {
  const { name } = request
  if (name !== undefined && !isName(name)) throw badName()
  const document = request.spec.kind === 'document' ? request.spec.document : undefined
  if (request.spec.kind === 'document') return wishOf(parseSpec(renamed(document, name), facts), document)
  const read = parseSpecText(request.spec.text, facts)
  if (name === undefined || (!read.ok && read.problems.some((problem) => problem.path !== 'name'))) {
    return wishOf(name === undefined || read.ok ? read : withoutNameProblems(read.problems), read.document)
  }
  return wishOf(parseSpec(renamed(read.document, name), facts), read.document)
}

function wishOf(
  parsed:
    | { readonly ok: true; readonly value: LabSpec }
    | { readonly ok: false; readonly problems: readonly Problem[] },
  document: unknown,
): Wish {
  if (!parsed.ok) throw new LabError({ kind: 'invalid-spec', problems: parsed.problems })
  return { name: parsed.value.name, spec: parsed.value, document }
}

/** The problem that the request itself has solved is not told, and the lines and columns of the others are kept. */
function withoutNameProblems(problems: readonly Problem[]) {
  return { ok: false, problems: problems.filter((problem) => problem.path !== 'name') } as const
}

function renamed(document: unknown, name: string | undefined): unknown {
  if (name === undefined || typeof document !== 'object' || document === null || Array.isArray(document))
    return document
  return { ...document, name }
}

function badName(): LabError {
  const message = 'must be 1 to 31 of a-z, 0-9 and "-", begin with a letter and not end with "-"'
  return new LabError({ kind: 'invalid-request', problems: [{ path: 'lab', message, reason: 'INVALID_NAME' }] })
}
