import { networkOf } from '../net/cidr.ts'
import { ipPlus } from '../net/ip.ts'
import { macFromIpv4, macFromText } from '../net/mac.ts'
import type { Uplink } from '../spec/lab-spec.ts'
import type { LabIdentity } from './identity.ts'
import { FIRST_INDEX, HOST_NAMESPACE, type NamespaceName } from './objects.ts'
import { asAddress, readCidr, unplannable } from './read-spec.ts'
import { type Address, UPLINK_LAB_DEVICE, UPLINK_OUTER_DEVICE, type WiredUplink } from './wiring.ts'

type Wanted = {
  readonly spec: Uplink
  /** Its number among the lab's uplinks, from 0. */
  readonly place: number
  readonly namespace: NamespaceName
  readonly identity: LabIdentity
  /** Undefined when the switch has none left to give. */
  readonly address: Address | undefined
  readonly mtuBytes: number
}

/** The host's end is `nl<uid>u<place>`, in its /30 the host has the first address and the gateway the second. */
export function wireUplink({ spec, place, namespace, identity, address, mtuBytes }: Wanted): WiredUplink {
  const subnet = identity.uplinkSubnets[place]
  if (subnet === undefined)
    throw unplannable(spec.path, 'NO_UPLINK_SUBNET', `no subnet towards the host was set aside for "${spec.name}"`)
  if (address?.cidr.ip.family !== 4)
    throw unplannable(spec.path, 'NO_IPV4_ADDRESS', `uplink "${spec.name}" has no IPv4 address on its switch`)
  const device = { owner: spec.name, namespace, dad: false, path: spec.path }
  return {
    spec,
    namespace,
    lab: {
      ...device,
      device: UPLINK_LAB_DEVICE,
      index: FIRST_INDEX,
      mac: macFromIpv4(address.cidr.ip),
      mtuBytes,
      addresses: [address],
      link: spec.link,
    },
    outer: {
      ...device,
      device: UPLINK_OUTER_DEVICE,
      index: FIRST_INDEX + 1,
      mac: macFromText(`${spec.name}/${UPLINK_OUTER_DEVICE}`),
      mtuBytes: 1500,
      addresses: [nth(subnet, 2n)],
      link: HOST_NAMESPACE,
    },
    host: {
      device: `nl${identity.uid}u${place}`,
      mac: macFromText(`${spec.name}/host`),
      address: nth(subnet, 1n),
    },
  }
}

function nth(subnet: string, distance: bigint): Address {
  const network = networkOf(readCidr(subnet))
  return asAddress({ ip: ipPlus(network.ip, distance), prefix: network.prefix })
}
