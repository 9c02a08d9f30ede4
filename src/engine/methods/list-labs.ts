import { z } from 'zod'
import type { ListLabsRequest__Output } from '../../contract/gen/netnslab/v1/ListLabsRequest.ts'
import type { ListLabsResponse } from '../../contract/gen/netnslab/v1/ListLabsResponse.ts'
import { LabError, type Problem } from '../../errors.ts'
import { type LabFilter, parseLabFilter } from '../../labs/lab-filter.ts'
import { labSummary } from '../messages/lab-message.ts'
import { MINUTE, type Unary } from '../method.ts'
import { readPageToken, writePageToken } from '../page-token.ts'
import { checkRequest } from '../request-shape.ts'

const STANDARD_PAGE = 50
const LARGEST_PAGE = 500

const Shape = z.object({
  pageSize: z
    .int()
    .min(0, 'must not be negative')
    .transform((size) => Math.min(size === 0 ? STANDARD_PAGE : size, LARGEST_PAGE)),
})

export const listLabs: Unary<ListLabsRequest__Output, ListLabsResponse> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(request, { labs }) {
    const { filter, after } = readPlace(request)
    const { pageSize } = checkRequest(Shape, request)
    const page = await labs.list({ pageSize, filter, ...(after !== undefined && { after }) })
    const last = page.labs.at(-1)
    return {
      labs: page.labs.map(labSummary),
      nextPageToken: page.more && last !== undefined ? writePageToken(last.name, filter) : '',
    }
  },
}

/** @throws LabError invalid-request */
function readPlace(request: ListLabsRequest__Output): { filter: LabFilter; after: string | undefined } {
  const parsed = parseLabFilter(request.filter, 'filter')
  if (!parsed.ok) throw refuse(parsed.problems)
  const { filter } = parsed
  if (request.pageToken === '') return { filter, after: undefined }
  const after = readPageToken(request.pageToken, filter)
  if (after !== undefined) return { filter, after }
  const message = 'not a nextPageToken of a list with this filter'
  throw refuse([{ path: 'pageToken', message, reason: 'INVALID_PAGE_TOKEN' }])
}

function refuse(problems: readonly Problem[]): LabError {
  return new LabError({ kind: 'invalid-request', problems })
}
