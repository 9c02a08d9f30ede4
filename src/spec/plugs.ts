import { type Cidr, contains } from '../net/cidr.ts'
import { type Ip, parseIp, sameIp } from '../net/ip.ts'
import type { Interface, Member, Uplink } from './lab-spec.ts'

/** What is plugged into a switch or link: an interface of a member, or an uplink. */
export type Plug = {
  readonly owner: string
  readonly link: string
  readonly path: string
  readonly member?: Member
  readonly interface?: Interface
  readonly uplink?: Uplink
  /** Given addresses as given, automatic ones as assigned. */
  readonly cidrs: readonly Cidr[]
}

/** A switch or link with all that is plugged into it. */
export type Network = {
  readonly kind: 'switch' | 'link'
  readonly name: string
  readonly subnets: readonly Cidr[]
  readonly mtuBytes: number
  readonly path: string
  /** In the order in which automatic addresses are given. */
  readonly plugs: readonly Plug[]
  readonly plugsByOwner: ReadonlyMap<string, readonly Plug[]>
}

/** `web:eth0`, or the name of an uplink. */
export function nameOfPlug(plug: Plug): string {
  return plug.interface === undefined ? plug.owner : `${plug.owner}:${plug.interface.name}`
}

/** Whether its addresses stand in the spec, none included. */
export function hasGivenAddresses({ interface: own, uplink }: Plug): boolean {
  return own === undefined ? uplink?.address !== 'auto' : own.addresses !== 'auto'
}

/**
 * Addresses that translation makes a member answer for on the interface of `plug`, besides that interface's own: those
 * of one-to-one and SNAT wherever they lie, the destination of a port forward where it is a neighbour's address.
 */
export function outsideAddresses({ member, interface: own, cidrs }: Plug): readonly { ip: Ip; path: string }[] {
  if (member === undefined || own === undefined) return []
  const { oneToOne, snat, forward } = member.nat
  if (oneToOne.length + snat.length + forward.length === 0) return []
  const wishes = [
    ...oneToOne.map(({ on, outside, path }) => ({ on, text: outside, path: `${path}.outside`, anywhere: true })),
    ...snat.map(({ out, to, path }) => ({ on: out, text: to, path: `${path}.to`, anywhere: true })),
    ...forward.map(({ in: on, destination, path }) => {
      return { on, text: destination ?? '', path: `${path}.destination`, anywhere: false }
    }),
  ]
  return wishes.flatMap(({ on, text, path, anywhere }) => {
    const ip = on === own.name ? parseIp(text) : undefined
    if (ip === undefined || cidrs.some((cidr) => sameIp(cidr.ip, ip))) return []
    return anywhere || cidrs.some((cidr) => contains(cidr, ip)) ? [{ ip, path }] : []
  })
}

/** Whether the kernel gets an IPv6 address for it. */
export function speaksIpv6(plug: Plug): boolean {
  return [...plug.cidrs, ...outsideAddresses(plug)].some(({ ip }) => ip.family === 6)
}
