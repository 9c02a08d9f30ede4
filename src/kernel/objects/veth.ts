import type { VethEnd, VethObject } from '../../plan/objects.ts'
import { type MessageBuilder, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  linkHeader,
  macBytes,
  RTM_GETLINK,
  RTM_NEWLINK,
  VETH_INFO_PEER,
} from '../netlink/rtnetlink.ts'
import type { Bench, Driver } from './driver.ts'

/**
 * One message makes both ends in place, with their final names; moving a device costs a grace period of 16 ms. The far end
 * cannot be created up or as a member of a bridge (rtnl_create_link ignores both), so a second message in its own
 * namespace does that.
 */
export const veth: Driver<VethObject> = (object) => {
  const ends = senderFirst(object)
  const [near, far] = ends
  return [
    { round: 'devices', namespace: near.namespace, run: (bench) => createPair(ends, object.mtuBytes, bench) },
    { round: 'contents', namespace: far.namespace, run: (bench) => raise(near, far, bench) },
  ]
}

/** The kernel takes the far end's index only where the near end has one as well (veth_newlink). */
function senderFirst({ ends: [first, second] }: VethObject): readonly [VethEnd, VethEnd] {
  return first.index === 0 ? [second, first] : [first, second]
}

function createPair([near, far]: readonly [VethEnd, VethEnd], mtuBytes: number, bench: Bench): void {
  const bridge = bridgeOf(near, bench)
  const farFd = bench.fdOf(far.namespace)
  bench.message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, (message) => {
    linkHeader(message, { index: near.index, up: true })
    describeEnd(message, near, mtuBytes)
    if (bridge !== 0) message.u32(IFLA_MASTER, bridge)
    message.nest(IFLA_LINKINFO, () => {
      message.text(IFLA_INFO_KIND, 'veth').nest(IFLA_INFO_DATA, () => {
        message.nest(VETH_INFO_PEER, () => {
          linkHeader(message, { index: far.index })
          describeEnd(message, far, mtuBytes)
          message.u32(IFLA_NET_NS_FD, farFd)
        })
      })
    })
  })
}

function describeEnd(message: MessageBuilder, end: VethEnd, mtuBytes: number): void {
  message
    .text(IFLA_IFNAME, end.device)
    .data(IFLA_ADDRESS, macBytes(end.mac))
    .u32(IFLA_MTU, end.mtuBytes ?? mtuBytes)
}

function raise(near: VethEnd, far: VethEnd, bench: Bench): void {
  const bridge = bridgeOf(far, bench)
  bench.message(RTM_NEWLINK, 0, (message) => {
    linkHeader(message, { index: far.index, up: true })
    if (far.index === 0) message.text(IFLA_IFNAME, far.device)
    if (bridge !== 0) message.u32(IFLA_MASTER, bridge)
  })
  // With the same index at both ends the kernel takes the far one for no veth and looks at its carrier when it has time, up to
  // a second later (linkwatch_urgent_event). Being asked about one device it looks at once (rtnl_getlink, since Linux 6.8).
  if (near.index === far.index) bench.message(RTM_GETLINK, 0, (message) => linkHeader(message, { index: far.index }))
}

/** Index of the bridge that an end is a member of; 0 for none. */
function bridgeOf(end: VethEnd, bench: Bench): number {
  return end.bridge === undefined ? 0 : bench.indexOf(end.namespace, end.bridge)
}
