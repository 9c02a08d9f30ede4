import type { LoopbackObject } from '../../plan/objects.ts'
import { LOOPBACK_INDEX, linkHeader, RTM_NEWLINK } from '../netlink/rtnetlink.ts'
import type { Driver } from './driver.ts'

export const loopback: Driver<LoopbackObject> = (object) => [
  {
    round: 'contents',
    namespace: object.namespace,
    run: (bench) =>
      bench.message(RTM_NEWLINK, 0, (message) => linkHeader(message, { index: LOOPBACK_INDEX, up: true })),
  },
]
