import type { Cidr } from '../net/cidr.ts'
import { macFromIpv4, macFromText } from '../net/mac.ts'
import { assignCidrs } from '../spec/assign-addresses.ts'
import type { Interface, LabSpec, Link, Member, Switch } from '../spec/lab-spec.ts'
import type { LabIdentity } from './identity.ts'
import { FIRST_INDEX, type NamespaceName } from './objects.ts'
import { withOutsideAddresses } from './outside-addresses.ts'
import { portNamer } from './port-names.ts'
import { asAddress, unplannable } from './read-spec.ts'
import { speaksIpv6 } from './sysctls.ts'
import { wireUplink } from './wire-uplink.ts'
import {
  type Address,
  BRIDGE,
  type WiredCable,
  type WiredDevice,
  type WiredMember,
  type WiredSwitch,
  type Wiring,
} from './wiring.ts'

/**
 * Decides everything that has a name or a number. Namespaces are numbered in the order members, switches, uplinks;
 * devices in each namespace from FIRST_INDEX on, in their order.
 */
export function wireLab(spec: LabSpec, identity: LabIdentity): Wiring {
  const assigned = assignCidrs(spec)
  const mtuOf = new Map([...spec.switches, ...spec.links].map(({ name, mtuBytes }) => [name, mtuBytes]))
  let place = 0
  const nextNamespace = () => `nl${identity.uid}-${place++}`
  const members = spec.members.map((member) => wireMember(member, nextNamespace(), assigned, mtuOf))
  const switches = spec.switches.map((it) => ({ spec: it, namespace: nextNamespace() }))
  const uplinks = spec.uplinks.map((uplink, k) =>
    wireUplink({
      spec: uplink,
      place: k,
      namespace: nextNamespace(),
      identity,
      address: assigned.get(uplink.path)?.map(asAddress)[0],
      mtuBytes: mtuOf.get(uplink.link) ?? DEFAULT_MTU,
    }),
  )
  const onLink = byLink([...members.flatMap(({ devices }) => devices), ...uplinks.map(({ lab }) => lab)])
  return {
    members,
    uplinks,
    switches: switches.map((it) => wireSwitch(it.spec, it.namespace, onLink.get(it.spec.name) ?? [])),
    cables: spec.links.map((link) => wireCable(link, onLink.get(link.name) ?? [])),
  }
}

const DEFAULT_MTU = 1500

function wireMember(
  spec: Member,
  namespace: NamespaceName,
  assigned: ReadonlyMap<string, readonly Cidr[]>,
  mtuOf: ReadonlyMap<string, number>,
): WiredMember {
  const devices = spec.interfaces.map((wanted, place): WiredDevice => {
    const addresses = (assigned.get(wanted.path) ?? []).map(asAddress)
    return {
      owner: spec.name,
      namespace,
      device: wanted.name,
      index: FIRST_INDEX + place,
      mac: macOf(spec, wanted, addresses),
      mtuBytes: wanted.mtuBytes ?? mtuOf.get(wanted.link) ?? DEFAULT_MTU,
      addresses,
      dad: wanted.dad,
      link: wanted.link,
      path: wanted.path,
    }
  })
  const answering = withOutsideAddresses(spec, devices)
  return { spec, namespace, devices: answering, ipv6: speaksIpv6(spec, answering.some(hasIpv6)) }
}

function hasIpv6({ addresses }: WiredDevice): boolean {
  return addresses.some(({ cidr }) => cidr.ip.family === 6)
}

/** Never from the lab's uid: the same spec has the same MACs in every lab, and a member that is replaced keeps its own. */
function macOf(member: Member, wanted: Interface, addresses: readonly Address[]): string {
  if (wanted.mac !== undefined) return wanted.mac
  for (const { cidr } of addresses) if (cidr.ip.family === 4) return macFromIpv4(cidr.ip)
  return macFromText(`${member.name}/${wanted.name}`)
}

function byLink(devices: readonly WiredDevice[]): ReadonlyMap<string, readonly WiredDevice[]> {
  const found = new Map<string, WiredDevice[]>()
  for (const device of devices) {
    const there = found.get(device.link)
    if (there === undefined) found.set(device.link, [device])
    else there.push(device)
  }
  return found
}

function wireSwitch(spec: Switch, namespace: NamespaceName, attached: readonly WiredDevice[]): WiredSwitch {
  const portName = portNamer([BRIDGE])
  const ports = attached.map((far, place) => {
    const device = portName(far.owner)
    return { device, index: FIRST_INDEX + 1 + place, mac: macFromText(`switch ${spec.name}/${device}`), far }
  })
  return {
    spec,
    namespace,
    index: FIRST_INDEX,
    // Without a MAC of its own a bridge takes the lowest of its ports', and changes it with them.
    mac: macFromText(`switch ${spec.name}`),
    // The kernel holds a bridge to the smallest MTU of its ports whatever it was told (br_mtu_auto_adjust).
    mtuBytes: ports.reduce((least, { far }) => Math.min(least, far.mtuBytes), ports[0]?.far.mtuBytes ?? spec.mtuBytes),
    ports,
  }
}

function wireCable(spec: Link, attached: readonly WiredDevice[]): WiredCable {
  const [first, second, third] = attached
  if (first === undefined || second === undefined || third !== undefined)
    throw unplannable(spec.path, 'LINK_ENDS', `link "${spec.name}" has ${attached.length} ends; a link has two`)
  return { spec, ends: [first, second] }
}
