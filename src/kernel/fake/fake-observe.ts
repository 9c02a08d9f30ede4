import { formatCidr } from '../../net/cidr.ts'
import { formatIp } from '../../net/ip.ts'
import type { NamespaceName, NftTableObject, RouteObject } from '../../plan/objects.ts'
import { expectedExpressions } from '../nft/ruleset.ts'
import type {
  ObservedAddress,
  ObservedDevice,
  ObservedNamespace,
  ObservedRoute,
  ObservedTable,
  ObserveField,
} from '../observed.ts'
import { connectedNetworks, type FakeDevice, type FakeHost, type FakeNamespace } from './fake-host.ts'

const NOTHING: Omit<ObservedNamespace, 'namespace' | 'exists'> = {
  devices: [],
  addresses: [],
  routes: [],
  neighbours: [],
  fdb: [],
  qdiscs: [],
  tables: [],
  sysctls: {},
  conntrack: [],
}

/** What Linux would tell of a namespace, without traffic: no neighbours, no connections, all counters 0. */
export function observeFake(
  host: FakeHost,
  namespace: NamespaceName,
  fields: ReadonlySet<ObserveField>,
  sysctlKeys: readonly string[],
): ObservedNamespace {
  const place = host.namespaces.get(namespace)
  if (place === undefined) return { ...NOTHING, namespace, exists: false }
  const here = { ...NOTHING, namespace, exists: true }
  const tables = fields.has('rules') ? place.tables.map(tableOf) : []
  return {
    ...here,
    tables,
    devices: fields.has('devices') ? devicesOf(host, place) : [],
    addresses: fields.has('addresses') ? addressesOf(place) : [],
    routes: fields.has('routes') ? routesOf(place) : [],
    qdiscs: fields.has('qdiscs') ? place.netem.map(qdiscOf) : [],
    sysctls: fields.has('sysctls') ? sysctlsOf(place, sysctlKeys) : {},
  }
}

function devicesOf(host: FakeHost, place: FakeNamespace): readonly ObservedDevice[] {
  return [...place.devices.values()]
    .sort((a, b) => a.index - b.index)
    .map((device) => {
      const operstate = operstateOf(host, place, device)
      return {
        index: device.index,
        device: device.device,
        kind: device.kind,
        up: device.up,
        operstate,
        mtuBytes: device.mtuBytes,
        mac: device.mac,
        bridge: device.bridge,
        portState: device.bridge === '' ? '' : operstate === 'up' ? 'forwarding' : 'disabled',
        hairpin: false,
        stp: device.stp,
        peerIndex: peerOf(host, device)?.index ?? 0,
        rxPackets: 0,
        txPackets: 0,
        rxBytes: 0,
        txBytes: 0,
        rxDropped: 0,
        txDropped: 0,
      }
    })
}

/** A veth carries when both ends are up, a bridge when one of its ports does; `lo` has no state of its own. */
function operstateOf(host: FakeHost, place: FakeNamespace, device: FakeDevice): string {
  if (device.kind === 'loopback') return device.up ? 'unknown' : 'down'
  if (!device.up) return 'down'
  if (device.kind === 'veth') return peerOf(host, device)?.up ? 'up' : 'lowerlayerdown'
  const ports = [...place.devices.values()].filter((port) => port.bridge === device.device)
  return ports.some((port) => operstateOf(host, place, port) === 'up') ? 'up' : 'down'
}

export function peerOf(host: FakeHost, { peer }: FakeDevice): FakeDevice | undefined {
  return peer === undefined ? undefined : host.namespaces.get(peer.namespace)?.devices.get(peer.device)
}

function addressesOf(place: FakeNamespace): readonly ObservedAddress[] {
  const loopback = place.devices.get('lo')?.up
    ? [{ device: 'lo', address: '127.0.0.1/8', scope: 'host', flags: ['permanent'] }]
    : []
  return [
    ...loopback,
    ...place.addresses.map(({ device, address, dad }) => ({
      device,
      address,
      scope: 'global',
      flags: address.includes(':') && !dad ? ['nodad', 'permanent'] : ['permanent'],
    })),
  ]
}

function routesOf(place: FakeNamespace): readonly ObservedRoute[] {
  const connected = connectedNetworks(place)
    // A single address lies in the table `local` alone.
    .filter(({ network }) => network.prefix < (network.ip.family === 4 ? 32 : 128))
    .map(({ network, device, own }) => ({
      to: formatCidr(network),
      type: 'unicast',
      via: '',
      device,
      metric: network.ip.family === 4 ? 0 : 256,
      protocol: 'kernel',
      scope: network.ip.family === 4 ? 'link' : 'global',
      source: network.ip.family === 4 ? formatIp(own) : '',
    }))
  return [...connected, ...place.routes.map(routeOf)]
}

function routeOf({ to, target, metric }: RouteObject): ObservedRoute {
  const ipv6 = to.includes(':')
  const leads = target.kind === 'via' || target.kind === 'device'
  return {
    to,
    type: leads ? 'unicast' : target.kind,
    via: target.kind === 'via' ? target.address : '',
    device: leads ? target.device : ipv6 ? 'lo' : '',
    metric: metric === 0 && ipv6 ? 1024 : metric,
    protocol: 'boot',
    scope: target.kind === 'device' && !ipv6 ? 'link' : 'global',
    source: '',
  }
}

function qdiscOf(netem: FakeNamespace['netem'][number]) {
  const { device, delayMs, jitterMs, lossPercent, rateKbit } = netem
  return {
    device,
    kind: 'netem',
    handle: '8001:',
    parent: 'root',
    options: { delayMs, jitterMs, lossPercent, rateKbit },
  }
}

function sysctlsOf(place: FakeNamespace, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = place.sysctls.get(key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

function tableOf(table: NftTableObject): ObservedTable {
  const rules = expectedExpressions(table)
  let handle = 0
  return {
    family: table.family,
    name: table.name,
    chains: table.chains.map(({ name, hook }) => ({
      name,
      type: hook?.type ?? '',
      hook: hook?.hook ?? '',
      priority: hook?.priority ?? 0,
      policy: hook?.policy ?? '',
      rules: (rules.get(name) ?? []).map((rule) => {
        handle += 1
        return { ...rule, handle, packets: 0, bytes: 0 }
      }),
    })),
  }
}
