import { parseCidr } from '../../net/cidr.ts'
import { bytesOfIp } from '../../net/ip.ts'
import type { AddressObject } from '../../plan/objects.ts'
import { KernelError } from '../kernel-error.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import { AF_OF, RTM_NEWADDR } from '../netlink/rtnetlink.ts'
import type { Driver } from './driver.ts'

const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_FLAGS = 8
const IFA_F_NODAD = 2
const SCOPE_GLOBAL = 0
const SCOPE_HOST = 254
const EINVAL = 22

export const address: Driver<AddressObject> = (object) => [
  {
    round: 'contents',
    namespace: object.namespace,
    run: (bench) => {
      const cidr = parseCidr(object.address)
      if (cidr === undefined) throw new KernelError(EINVAL, 'address', object.address)
      const { ip, prefix } = cidr
      const bytes = bytesOfIp(ip)
      // As ip(8) does: 127.0.0.0/8 never leaves the machine. For IPv6 the kernel finds the scope itself.
      const scope = ip.family === 4 && bytes[0] === 127 ? SCOPE_HOST : SCOPE_GLOBAL
      const index = bench.indexOf(object.namespace, object.device)
      bench.message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, (message) => {
        message
          .header([1, AF_OF[ip.family]], [1, prefix], [1, 0], [1, scope], [4, index])
          .data(IFA_LOCAL, bytes)
          .data(IFA_ADDRESS, bytes)
        if (ip.family === 6 && !object.dad) message.u32(IFA_FLAGS, IFA_F_NODAD)
      })
    },
  },
]
