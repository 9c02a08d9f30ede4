import { z } from 'zod'
import type { DeleteLabRequest__Output } from '../../contract/gen/netnslab/v1/DeleteLabRequest.ts'
import type { DeleteLabResponse } from '../../contract/gen/netnslab/v1/DeleteLabResponse.ts'
import { MINUTE, type Unary } from '../method.ts'
import { checkRequest, LabNameShape } from '../request-shape.ts'

const Shape = z.object({ lab: LabNameShape, etag: z.string().max(128, 'at most 128 characters') })

/** Not cut short by its deadline: what was begun is finished. */
export const deleteLab: Unary<DeleteLabRequest__Output, DeleteLabResponse> = {
  kind: 'unary',
  maxMs: 10 * MINUTE,
  async handle(request, { labs, hint }) {
    const { lab, etag } = checkRequest(Shape, request)
    const { allowMissing, async } = request
    const answer = await labs.delete({ name: lab, allowMissing, async, ...(etag !== '' && { etag }) })
    const begun = answer.state === 'deleting'
    if (begun) hint({ status: 202, location: `/v1/labs/${lab}` })
    return {
      lab,
      state: begun ? 'LAB_STATE_DELETING' : 'LAB_STATE_UNSPECIFIED',
      removed: answer.removed,
      removeMs: answer.removeMs,
    }
  },
}
