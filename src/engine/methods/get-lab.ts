import { z } from 'zod'
import type { GetLabRequest__Output } from '../../contract/gen/netnslab/v1/GetLabRequest.ts'
import type { Lab as LabMessage } from '../../contract/gen/netnslab/v1/Lab.ts'
import { labMessage } from '../messages/lab-message.ts'
import { MINUTE, type Unary } from '../method.ts'
import { checkRequest, LabNameShape } from '../request-shape.ts'

const Shape = z.object({ lab: LabNameShape })

export const getLab: Unary<GetLabRequest__Output, LabMessage> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(request, { labs, hint }) {
    const lab = await labs.get(checkRequest(Shape, request).lab)
    hint({ etag: lab.etag })
    return labMessage(lab)
  },
}
