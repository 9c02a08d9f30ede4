import { z } from 'zod'
import { DocumentShape } from './document.ts'

/**
 * The shape of a document as JSON Schema (draft 2020-12), for editors and other programs. What parts must hold together
 * cannot be said in it: a document that fits may still have problems.
 */
export function labSpecJsonSchema(): object {
  return z.toJSONSchema(DocumentShape, { target: 'draft-2020-12', io: 'input' })
}
