import type { GetMetricsRequest__Output } from '../../contract/gen/netnslab/v1/GetMetricsRequest.ts'
import type { GetMetricsResponse } from '../../contract/gen/netnslab/v1/GetMetricsResponse.ts'
import { MINUTE, type Unary } from '../method.ts'

export const getMetrics: Unary<GetMetricsRequest__Output, GetMetricsResponse> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(_request, { metricsText }) {
    return { text: await metricsText() }
  },
}
