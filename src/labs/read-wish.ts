import { LabError, type Problem } from '../errors.ts'
import { isName } from '../net/names.ts'
import type { SpecFacts } from '../spec/facts.ts'
import type { LabSpec } from '../spec/lab-spec.ts'
import { parseSpec, parseSpecText } from '../spec/parse-spec.ts'
import type { CreateRequest } from './labs-port.ts'

/** What a create asks for, with everything checked that the document itself can get wrong. */
export type Wish = {
  readonly spec: LabSpec
  /** The document as given; where it came as text, what the text says. */
  readonly document: unknown
}

/**
 * A name in the request stands in for the document's own, which may then be missing or wrong.
 * @throws LabError invalid-request for that name, invalid-spec with every problem of the document
 */
export function readWish({ spec, name }: Pick<CreateRequest, 'spec' | 'name'>, facts: SpecFacts): Wish {
  if (name !== undefined && !isName(name)) throw badName()
  const options = name === undefined ? {} : { name }
  if (spec.kind === 'document')
    return { spec: accept(parseSpec(spec.document, facts, options)), document: spec.document }
  const parsed = parseSpecText(spec.text, facts, options)
  return { spec: accept(parsed), document: parsed.document }
}

type Parsed =
  | { readonly ok: true; readonly value: LabSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] }

function accept(parsed: Parsed): LabSpec {
  if (parsed.ok) return parsed.value
  throw new LabError({ kind: 'invalid-spec', problems: parsed.problems })
}

function badName(): LabError {
  const message = 'must be 1 to 31 of a-z, 0-9 and "-", begin with a letter and not end with "-"'
  return new LabError({ kind: 'invalid-request', problems: [{ path: 'lab', message, reason: 'INVALID_NAME' }] })
}
