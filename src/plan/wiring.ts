import type { Cidr } from '../net/cidr.ts'
import type { Link, Member, Switch, Uplink } from '../spec/lab-spec.ts'
import type { NamespaceName } from './objects.ts'

/** An interface's address with its prefix length: as text for the kernel and for people, as numbers for calculating. */
export type Address = { readonly text: string; readonly cidr: Cidr }

/** A device of a member or uplink with everything decided: name, place, MAC and addresses. */
export type WiredDevice = {
  /** Name of the member or uplink it belongs to. */
  readonly owner: string
  readonly namespace: NamespaceName
  readonly device: string
  readonly index: number
  readonly mac: string
  readonly mtuBytes: number
  readonly addresses: readonly Address[]
  readonly dad: boolean
  /** Name of the switch or link it is attached to; HOST_NAMESPACE for an uplink's way out. */
  readonly link: string
  readonly path: string
}

export type WiredMember = {
  readonly spec: Member
  readonly namespace: NamespaceName
  readonly devices: readonly WiredDevice[]
  readonly ipv6: boolean
}

/** A switch's end of a cable. */
export type WiredPort = {
  readonly device: string
  readonly index: number
  readonly mac: string
  readonly far: WiredDevice
}

export type WiredSwitch = {
  readonly spec: Switch
  readonly namespace: NamespaceName
  readonly index: number
  readonly mac: string
  readonly mtuBytes: number
  readonly ports: readonly WiredPort[]
}

/** A point-to-point link; the first end is the one that comes first in the document. */
export type WiredCable = { readonly spec: Link; readonly ends: readonly [WiredDevice, WiredDevice] }

export type WiredUplink = {
  readonly spec: Uplink
  readonly namespace: NamespaceName
  /** On the switch. */
  readonly lab: WiredDevice
  /** Towards the host. */
  readonly outer: WiredDevice
  /** The host's end of that veth. */
  readonly host: { readonly device: string; readonly mac: string; readonly address: Address }
}

export type Wiring = {
  readonly members: readonly WiredMember[]
  readonly switches: readonly WiredSwitch[]
  readonly cables: readonly WiredCable[]
  readonly uplinks: readonly WiredUplink[]
}

export const BRIDGE = 'br0'
export const UPLINK_LAB_DEVICE = 'lab0'
export const UPLINK_OUTER_DEVICE = 'ext0'
