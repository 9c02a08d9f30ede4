import type { BridgeObject } from '../../plan/objects.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  linkHeader,
  macBytes,
  RTM_NEWLINK,
} from '../netlink/rtnetlink.ts'
import type { Driver } from './driver.ts'

const IFLA_BR_FORWARD_DELAY = 1
const IFLA_BR_STP_STATE = 5
const IFLA_BR_MCAST_SNOOPING = 23

export const bridge: Driver<BridgeObject> = (object) => [
  {
    round: 'devices',
    namespace: object.namespace,
    run: (bench) =>
      bench.message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, (message) => {
        linkHeader(message, { index: object.index, up: true })
          .text(IFLA_IFNAME, object.device)
          .data(IFLA_ADDRESS, macBytes(object.mac))
          .u32(IFLA_MTU, object.mtuBytes)
          .nest(IFLA_LINKINFO, () => {
            message.text(IFLA_INFO_KIND, 'bridge').nest(IFLA_INFO_DATA, () => {
              // With spanning tree the kernel wants 2 s or more, and its 15 s are what people expect to see then.
              if (!object.stp) message.u32(IFLA_BR_FORWARD_DELAY, 0)
              message.u32(IFLA_BR_STP_STATE, object.stp ? 1 : 0)
              // Snooping without a querier in sight drops multicast after a while, neighbour discovery of IPv6 included.
              message.u8(IFLA_BR_MCAST_SNOOPING, 0)
            })
          })
      }),
  },
]
