import { z } from 'zod'
import type { InspectLabRequest__Output } from '../../contract/gen/netnslab/v1/InspectLabRequest.ts'
import type { InspectLabResponse } from '../../contract/gen/netnslab/v1/InspectLabResponse.ts'
import { OBSERVE_FIELDS, type ObserveField } from '../../kernel/observed.ts'
import { inspectMessage } from '../messages/inspect-message.ts'
import { MINUTE, type Unary } from '../method.ts'
import { because, checkRequest, LabNameShape, MembersShape } from '../request-shape.ts'

const WORDS: ReadonlySet<string> = new Set([...OBSERVE_FIELDS, 'drifts'])
// Flows of a busy lab are many, and a comparison reads everything: both only when asked for.
const STANDARD = OBSERVE_FIELDS.filter((field) => field !== 'conntrack')

const Shape = z.object({
  lab: LabNameShape,
  members: MembersShape,
  // One string in proto JSON, so a problem has the path of the whole mask.
  fields: z
    .array(z.string())
    .refine(
      (words) => words.every((word) => WORDS.has(word)),
      because('UNKNOWN_WORD', `choose from ${[...WORDS].join(', ')}`),
    ),
})

export const inspectLab: Unary<InspectLabRequest__Output, InspectLabResponse> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(request, { labs, signal }) {
    const { lab, members, fields } = checkRequest(Shape, { ...request, fields: request.fields?.paths ?? [] })
    const wish = { lab, members, fields: observeFields(fields), drifts: fields.includes('drifts') }
    return inspectMessage(lab, await labs.inspect(wish, signal))
  },
}

function observeFields(words: readonly string[]): readonly ObserveField[] {
  return words.length === 0 ? STANDARD : OBSERVE_FIELDS.filter((field) => words.includes(field))
}
