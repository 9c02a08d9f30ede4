import { z } from 'zod'
import type { PingMatrixRequest__Output } from '../../contract/gen/netnslab/v1/PingMatrixRequest.ts'
import type { PingMatrixResponse } from '../../contract/gen/netnslab/v1/PingMatrixResponse.ts'
import { MINUTE, type Unary } from '../method.ts'
import { checkRequest, FamilyShape, LabNameShape, MembersShape, rangeShape } from '../request-shape.ts'

const Shape = z.object({
  lab: LabNameShape,
  members: MembersShape,
  family: FamilyShape,
  timeoutMs: rangeShape({ min: 1, max: 60_000, standard: 2000 }),
})

export const pingMatrix: Unary<PingMatrixRequest__Output, PingMatrixResponse> = {
  kind: 'unary',
  maxMs: 3 * MINUTE,
  async handle(request, { labs, signal }) {
    const { family, ...wish } = checkRequest(Shape, request)
    const answer = await labs.pingMatrix({ ...wish, ...(family !== undefined && { family }) }, signal)
    return {
      ...answer,
      pairs: answer.pairs.map((pair) => ({ ...pair, answered: 'rttMs' in pair })),
    }
  },
}
