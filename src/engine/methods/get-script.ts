import { z } from 'zod'
import type { GetScriptRequest__Output } from '../../contract/gen/netnslab/v1/GetScriptRequest.ts'
import type { GetScriptResponse } from '../../contract/gen/netnslab/v1/GetScriptResponse.ts'
import { MINUTE, type Unary } from '../method.ts'
import { checkRequest, LabNameShape } from '../request-shape.ts'

const Shape = z.object({ lab: LabNameShape })

export const getScript: Unary<GetScriptRequest__Output, GetScriptResponse> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(request, { labs }) {
    return { script: await labs.script(checkRequest(Shape, request).lab) }
  },
}
