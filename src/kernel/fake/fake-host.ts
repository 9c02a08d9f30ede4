import type { RefusalKind } from '../../errors.ts'
import { type Cidr, contains, networkOf, parseCidr } from '../../net/cidr.ts'
import { type Ip, parseIp } from '../../net/ip.ts'
import {
  type AddressObject,
  HOST_NAMESPACE,
  type KernelObject,
  type NamespaceName,
  type NetemObject,
  type NftTableObject,
  type RouteObject,
  type VethEnd,
  type VethObject,
} from '../../plan/objects.ts'
import { isOurName } from '../namespace-name.ts'

/** Why the imitation refuses, in the words of the port. */
export class FakeRefusal extends Error {
  readonly refusal: RefusalKind
  constructor(refusal: RefusalKind, detail: string) {
    super(detail)
    this.name = 'FakeRefusal'
    this.refusal = refusal
  }
}

export type FakeDevice = {
  readonly index: number
  readonly device: string
  readonly kind: 'loopback' | 'veth' | 'bridge'
  readonly mac: string
  readonly mtuBytes: number
  readonly bridge: string
  readonly stp: boolean
  readonly up: boolean
  /** The other end of a veth. */
  readonly peer?: { readonly namespace: NamespaceName; readonly device: string }
}

export type FakeNamespace = {
  readonly name: NamespaceName
  readonly devices: Map<string, FakeDevice>
  readonly addresses: AddressObject[]
  readonly routes: RouteObject[]
  readonly sysctls: Map<string, string>
  readonly netem: NetemObject[]
  readonly tables: NftTableObject[]
}

const LOOPBACK: FakeDevice = {
  index: 1,
  device: 'lo',
  kind: 'loopback',
  mac: '00:00:00:00:00:00',
  mtuBytes: 65_536,
  bridge: '',
  stp: false,
  up: false,
}

/** What the imitated machine holds, and what its kernel would refuse. */
export class FakeHost {
  readonly namespaces = new Map<NamespaceName, FakeNamespace>([[HOST_NAMESPACE, emptyNamespace(HOST_NAMESPACE)]])

  /** @throws FakeRefusal where Linux refuses too */
  put(object: KernelObject): void {
    switch (object.kind) {
      case 'namespace':
        if (!isOurName(object.name)) throw new FakeRefusal('failed', `${object.name} is no name of ours`)
        if (this.namespaces.has(object.name)) throw new FakeRefusal('exists', object.name)
        this.namespaces.set(object.name, emptyNamespace(object.name))
        break
      case 'sysctls':
        for (const [key, value] of Object.entries(object.values)) this.at(object.namespace).sysctls.set(key, value)
        break
      case 'loopback':
        this.at(object.namespace).devices.set('lo', { ...LOOPBACK, up: true })
        break
      case 'bridge':
        addDevice(this.at(object.namespace), { ...object, kind: 'bridge', bridge: '', up: true })
        break
      case 'veth':
        this.putVeth(object)
        break
      case 'address':
        this.putAddress(object)
        break
      case 'route':
        this.putRoute(object)
        break
      case 'netem':
        needDevice(this.at(object.namespace), object.device)
        this.at(object.namespace).netem.push(object)
        break
      case 'nft-table': {
        const { tables } = this.at(object.namespace)
        if (tables.some(({ family, name }) => family === object.family && name === object.name)) {
          throw new FakeRefusal('exists', object.name)
        }
        tables.push(object)
        break
      }
    }
  }

  /** Takes away an object; what is absent already is gone. */
  drop(object: KernelObject): void {
    if (object.kind === 'namespace') {
      for (const { peer } of this.namespaces.get(object.name)?.devices.values() ?? []) if (peer) this.dropDevice(peer)
      this.namespaces.delete(object.name)
    }
    if (object.kind === 'veth') for (const end of object.ends) this.dropPair(end)
    if (object.kind === 'nft-table') {
      const tables = this.namespaces.get(object.namespace)?.tables ?? []
      const place = tables.findIndex(({ family, name }) => family === object.family && name === object.name)
      if (place >= 0) tables.splice(place, 1)
    }
  }

  at(namespace: NamespaceName): FakeNamespace {
    const found = this.namespaces.get(namespace)
    if (found === undefined) throw new FakeRefusal('not-found', `namespace ${namespace}`)
    return found
  }

  private putVeth({ ends, mtuBytes }: VethObject): void {
    const [near, far] = ends
    const places = [this.at(near.namespace), this.at(far.namespace)] as const
    for (const [place, end] of [
      [places[0], near],
      [places[1], far],
    ] as const) {
      if (end.bridge !== undefined) needDevice(place, end.bridge)
      if (place.devices.has(end.device)) throw new FakeRefusal('exists', `${end.namespace}:${end.device}`)
    }
    addDevice(places[0], deviceOf(near, far, mtuBytes))
    try {
      addDevice(places[1], deviceOf(far, near, mtuBytes))
    } catch (error) {
      places[0].devices.delete(near.device)
      throw error
    }
  }

  private putAddress(object: AddressObject): void {
    const place = this.at(object.namespace)
    needDevice(place, object.device)
    if (parseCidr(object.address) === undefined) throw new FakeRefusal('failed', `${object.address} is no address`)
    const same = place.addresses.some(({ device, address }) => device === object.device && address === object.address)
    if (same) throw new FakeRefusal('exists', object.address)
    place.addresses.push(object)
  }

  private putRoute(object: RouteObject): void {
    const place = this.at(object.namespace)
    const { target } = object
    if (target.kind === 'via' || target.kind === 'device') needDevice(place, target.device)
    if (target.kind === 'via') {
      const hop = parseIp(target.address)
      const onLink = hop !== undefined && connectedNetworks(place).some(({ network }) => contains(network, hop))
      if (!onLink) throw new FakeRefusal('failed', `no way to the next hop ${target.address}`)
    }
    if (place.routes.some(({ to, metric }) => to === object.to && metric === object.metric)) {
      throw new FakeRefusal('exists', object.to)
    }
    place.routes.push(object)
  }

  private dropPair(end: VethEnd): void {
    const device = this.namespaces.get(end.namespace)?.devices.get(end.device)
    if (device?.peer === undefined || device.mac !== end.mac) return
    this.dropDevice(device.peer)
    this.dropDevice(end)
  }

  private dropDevice({ namespace, device }: { readonly namespace: NamespaceName; readonly device: string }): void {
    const place = this.namespaces.get(namespace)
    if (place === undefined) return
    place.devices.delete(device)
    dropWhere(place.addresses, (each) => each.device === device)
    dropWhere(place.netem, (each) => each.device === device)
    dropWhere(place.routes, ({ target }) => 'device' in target && target.device === device)
  }
}

/** Networks of a namespace's own addresses, each with its device and the address itself. */
export function connectedNetworks(
  place: FakeNamespace,
): readonly { readonly network: Cidr; readonly device: string; readonly own: Ip }[] {
  return place.addresses.flatMap(({ address, device }) => {
    const cidr = parseCidr(address)
    return cidr === undefined ? [] : [{ network: networkOf(cidr), device, own: cidr.ip }]
  })
}

function emptyNamespace(name: NamespaceName): FakeNamespace {
  return {
    name,
    devices: new Map([['lo', LOOPBACK]]),
    addresses: [],
    routes: [],
    sysctls: new Map(),
    netem: [],
    tables: [],
  }
}

function addDevice(place: FakeNamespace, { index, ...rest }: FakeDevice): void {
  const taken = new Set([...place.devices.values()].map((device) => device.index))
  if (place.devices.has(rest.device)) throw new FakeRefusal('exists', `${place.name}:${rest.device}`)
  if (index !== 0 && taken.has(index)) throw new FakeRefusal('exists', `index ${index} in ${place.name}`)
  place.devices.set(rest.device, { ...rest, index: index === 0 ? Math.max(...taken) + 1 : index })
}

function deviceOf(end: VethEnd, other: VethEnd, mtuBytes: number): FakeDevice {
  const { index, device, mac } = end
  return {
    index,
    device,
    kind: 'veth',
    mac,
    mtuBytes: end.mtuBytes ?? mtuBytes,
    bridge: end.bridge ?? '',
    stp: false,
    up: true,
    peer: { namespace: other.namespace, device: other.device },
  }
}

function needDevice(place: FakeNamespace, device: string): void {
  if (!place.devices.has(device)) throw new FakeRefusal('not-found', `${place.name}:${device}`)
}

function dropWhere<T>(list: T[], matches: (each: T) => boolean): void {
  for (let place = list.length - 1; place >= 0; place -= 1) {
    const each = list[place]
    if (each !== undefined && matches(each)) list.splice(place, 1)
  }
}
