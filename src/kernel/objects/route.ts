import { parseCidr } from '../../net/cidr.ts'
import { bytesOfIp, type Family, type Ip, parseIp } from '../../net/ip.ts'
import type { RouteObject } from '../../plan/objects.ts'
import { KernelError } from '../kernel-error.ts'
import { type MessageBuilder, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import { AF_OF, RTM_NEWROUTE } from '../netlink/rtnetlink.ts'
import type { Bench, Driver } from './driver.ts'

const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_PRIORITY = 6
const RTA_VIA = 18
const TABLE_MAIN = 254
/** What `ip route add` says too, so that a lab and its exported script look alike. */
const PROTOCOL_BOOT = 3
const SCOPE_UNIVERSE = 0
const SCOPE_LINK = 253
const TYPES = { via: 1, device: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const
const EINVAL = 22

export const route: Driver<RouteObject> = (object) => [
  {
    round: 'contents',
    namespace: object.namespace,
    run: (bench) => {
      const to = parseCidr(object.to)
      if (to === undefined) throw new KernelError(EINVAL, 'route', object.to)
      const { family } = to.ip
      const type = TYPES[object.target.kind]
      const scope = object.target.kind === 'device' ? SCOPE_LINK : SCOPE_UNIVERSE
      const target = targetOf(object, bench)
      bench.message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, (message) => {
        message
          .header([1, AF_OF[family]], [1, to.prefix], [1, 0], [1, 0])
          .header([1, TABLE_MAIN], [1, PROTOCOL_BOOT], [1, scope], [1, type], [4, 0])
        if (to.prefix > 0) message.data(RTA_DST, bytesOfIp(to.ip))
        if (object.metric > 0) message.u32(RTA_PRIORITY, object.metric)
        if (target.index !== 0) message.u32(RTA_OIF, target.index)
        if (target.hop !== undefined) addHop(message, target.hop, family)
      })
    },
  },
]

/** Device and next hop; index 0 for routes that lead nowhere. */
function targetOf({ target, namespace }: RouteObject, bench: Bench): { readonly index: number; readonly hop?: Ip } {
  if (target.kind !== 'via' && target.kind !== 'device') return { index: 0 }
  const index = bench.indexOf(namespace, target.device)
  if (target.kind === 'device') return { index }
  const hop = parseIp(target.address)
  if (hop === undefined) throw new KernelError(EINVAL, 'next hop', target.address)
  return { index, hop }
}

function addHop(message: MessageBuilder, hop: Ip, family: Family): void {
  const bytes = bytesOfIp(hop)
  if (hop.family === family) message.data(RTA_GATEWAY, bytes)
  // RFC 8950: an IPv4 route over an IPv6 next hop. struct rtvia begins with the address family.
  else message.data(RTA_VIA, Uint8Array.of(AF_OF[hop.family], 0, ...bytes))
}
