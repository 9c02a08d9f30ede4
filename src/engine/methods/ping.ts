import { z } from 'zod'
import type { PingRequest__Output } from '../../contract/gen/netnslab/v1/PingRequest.ts'
import type { PingResponse } from '../../contract/gen/netnslab/v1/PingResponse.ts'
import type { PingTold } from '../../labs/labs-port.ts'
import { HOUR, type ServerStream } from '../method.ts'
import { because, checkRequest, FamilyShape, LabNameShape, rangeShape, WordShape } from '../request-shape.ts'

const Shape = z
  .object({
    lab: LabNameShape,
    from: WordShape,
    to: WordShape,
    family: FamilyShape,
    count: rangeShape({ min: 1, max: 1000, standard: 4 }),
    intervalMs: rangeShape({ min: 1, max: 60_000, standard: 200 }),
    timeoutMs: rangeShape({ min: 1, max: 60_000, standard: 1000 }),
    payloadBytes: z.int().min(0, 'must be 0 to 65000').max(65_000, 'must be 0 to 65000').default(56),
    dontFragment: z.boolean(),
    ttl: z.int().min(0, 'must be 1 to 255, or 0').max(255, 'must be 1 to 255, or 0'),
  })
  .refine(({ count, intervalMs }) => count * intervalMs < HOUR, {
    ...because('OUT_OF_RANGE', 'count times interval must be less than an hour'),
    path: ['intervalMs'],
  })

export const ping: ServerStream<PingRequest__Output, PingResponse> = {
  kind: 'server-stream',
  maxMs: HOUR + 60_000,
  async handle(request, { labs, signal }, send) {
    const { family, ...wish } = checkRequest(Shape, request)
    // Events come when they come; a reader who is slow is waited for here, and `count` bounds what is kept.
    let told = Promise.resolve()
    const tell = (event: PingTold) => {
      told = told.then(() => send(pingMessage(event)))
      // Said again by the await below; here only so that it is never unhandled.
      told.catch(() => {})
    }
    try {
      await labs.ping({ ...wish, ...(family !== undefined && { family }) }, tell, signal)
    } finally {
      await told
    }
  },
}

function pingMessage(event: PingTold): PingResponse {
  switch (event.kind) {
    case 'started':
      return { started: event }
    case 'reply':
      return { reply: event }
    case 'silence':
      return { silence: event }
    case 'error':
      return { error: event }
    case 'statistics':
      return { statistics: event }
  }
}
