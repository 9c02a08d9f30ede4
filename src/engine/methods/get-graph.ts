import { z } from 'zod'
import type { GetGraphRequest__Output } from '../../contract/gen/netnslab/v1/GetGraphRequest.ts'
import type { GetGraphResponse } from '../../contract/gen/netnslab/v1/GetGraphResponse.ts'
import { GRAPH_FORMATS } from '../../labs/labs-port.ts'
import { MINUTE, type Unary } from '../method.ts'
import { checkRequest, LabNameShape } from '../request-shape.ts'

const Shape = z.object({
  lab: LabNameShape,
  format: z.enum(GRAPH_FORMATS, `choose from ${GRAPH_FORMATS.join(', ')}`),
})

export const getGraph: Unary<GetGraphRequest__Output, GetGraphResponse> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(request, { labs }) {
    const { lab, format } = checkRequest(Shape, { ...request, format: request.format || 'mermaid' })
    return labs.graph(lab, format)
  },
}
