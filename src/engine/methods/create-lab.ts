import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { CreateLabRequest__Output } from '../../contract/gen/netnslab/v1/CreateLabRequest.ts'
import type { Lab as LabMessage } from '../../contract/gen/netnslab/v1/Lab.ts'
import type { Lab } from '../../labs/lab.ts'
import type { CreateRequest } from '../../labs/labs-port.ts'
import { labMessage } from '../messages/lab-message.ts'
import { type HttpHints, MINUTE, type Unary } from '../method.ts'
import { because, checkRequest, OptionalLabNameShape } from '../request-shape.ts'
import { structToJson } from '../wire.ts'

const REQUEST_ID = /^[\x21-\x7e]{0,36}$/

const Shape = z
  .object({
    lab: OptionalLabNameShape,
    requestId: z
      .string()
      .regex(REQUEST_ID, 'a request id is 1 to 36 printable ASCII characters without blanks, or absent'),
    given: z.object({ spec: z.boolean(), specYaml: z.boolean() }),
  })
  .refine(({ given }) => given.spec || given.specYaml, {
    ...because('REQUIRED', 'a lab needs a spec: give spec (data) or specYaml (text)'),
    path: ['spec'],
  })
  .refine(({ given }) => !(given.spec && given.specYaml), {
    ...because('CONFLICT', 'give spec or specYaml, not both'),
    path: ['specYaml'],
  })

/** Not cut short by its deadline: a caller who goes away finds the lab ready or absent. */
export const createLab: Unary<CreateLabRequest__Output, LabMessage> = {
  kind: 'unary',
  maxMs: 10 * MINUTE,
  async handle(request, { labs, hint }) {
    const given = { spec: Boolean(request.spec), specYaml: request.specYaml !== '' }
    const { lab: name, requestId } = checkRequest(Shape, { ...request, given })
    // Decoding, this and reading the spec take some 10 to 20 ms each for 500 hosts: other callers have a turn in between.
    await setImmediate()
    const spec = readSpec(request)
    await setImmediate()
    const lab = await labs.create({
      spec,
      ...(name !== '' && { name }),
      validateOnly: request.validateOnly,
      async: request.async,
      ...(requestId !== '' && { requestId }),
    })
    hint(hintsOf(lab))
    return labMessage(lab)
  },
}

function readSpec({ spec, specYaml }: CreateLabRequest__Output): CreateRequest['spec'] {
  if (spec) return { kind: 'document', document: structToJson(spec) }
  return { kind: 'text', text: specYaml }
}

function hintsOf(lab: Lab): HttpHints {
  if (lab.state === 'planned') return {}
  const status = lab.state === 'ready' ? 201 : 202
  return { status, location: `/v1/labs/${lab.name}`, etag: lab.etag }
}
