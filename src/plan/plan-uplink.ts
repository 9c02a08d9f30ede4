import { everything, formatCidr } from '../net/cidr.ts'
import { formatIp } from '../net/ip.ts'
import type { LabIdentity } from './identity.ts'
import { HOST_NAMESPACE, type KernelObject, type Step } from './objects.ts'
import { endOf } from './plan-devices.ts'
import { UPLINK_SYSCTLS } from './sysctls.ts'
import { edgeTable, guardTable, hostTable } from './uplink-tables.ts'
import type { WiredDevice, WiredUplink } from './wiring.ts'

/**
 * The way to the outside, beyond its port on the switch: member - switch - `lab0` [gateway namespace] `ext0` - host.
 * Nobody runs programs in the gateway, and it fails closed: its rules are loaded before it has an address or a route
 * (the order of PHASES), and an nft table is loaded whole or not at all.
 *
 * On the host: one end of a veth, its address, and one table of ours; no sysctl. `net.ipv4.ip_forward` must be on
 * there already; the caller looks. Where another program drops forwarded packets (Docker's FORWARD policy), its
 * tables decide as well as ours, and the operator has to let the uplink devices (`nl*`) pass there.
 */
export function planUplink(
  uplink: WiredUplink,
  neighbours: readonly WiredDevice[],
  identity: LabIdentity,
): readonly Step[] {
  const { spec, namespace, lab, outer, host } = uplink
  const hostEnd = { namespace: HOST_NAMESPACE, device: host.device, index: 0, mac: host.mac }
  const hostAddress = formatIp(host.address.cidr.ip)
  const objects: readonly KernelObject[] = [
    { kind: 'sysctls', namespace, values: UPLINK_SYSCTLS },
    { kind: 'loopback', namespace },
    // The gateway's end first: the kernel heeds the far end's index only where the near end has one (veth_newlink).
    { kind: 'veth', ends: [endOf(outer), hostEnd], mtuBytes: outer.mtuBytes },
    guardTable(uplink, neighbours),
    edgeTable(uplink, identity),
    ...[lab, outer].flatMap(({ device, addresses }) =>
      addresses.map(({ text }): KernelObject => ({ kind: 'address', namespace, device, address: text, dad: false })),
    ),
    { kind: 'address', namespace: HOST_NAMESPACE, device: host.device, address: host.address.text, dad: false },
    {
      kind: 'route',
      namespace,
      to: formatCidr(everything(4)),
      target: { kind: 'via', address: hostAddress, device: outer.device },
      metric: 0,
    },
  ]
  return objects.map((object) => ({ object, origin: spec.path }))
}

/** The lab's one table on the host, for all its uplinks; it carries the lab's name there, `nl<uid>`. */
export function planUplinkHostTable(uplinks: readonly WiredUplink[], identity: LabIdentity): readonly Step[] {
  const [first] = uplinks
  return first === undefined ? [] : [{ object: hostTable(uplinks, identity), origin: first.spec.path }]
}
