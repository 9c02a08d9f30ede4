import { expectedExpressions } from '../../src/kernel/nft/ruleset.ts'
import type {
  ObservedAddress,
  ObservedChain,
  ObservedDevice,
  ObservedNamespace,
  ObservedQdisc,
  ObservedRoute,
  ObservedTable,
} from '../../src/kernel/observed.ts'
import { formatCidr, networkOf, parseCidr } from '../../src/net/cidr.ts'
import type { NftTableObject, Plan, RouteObject, VethEnd } from '../../src/plan/objects.ts'

type Twin = { -readonly [K in keyof ObservedNamespace]: ObservedNamespace[K] }

/** What a kernel that holds exactly `plan` would be read as, with what the kernel adds by itself. */
export function observedTwin(plan: Plan): ObservedNamespace[] {
  const twins = new Map<string, Twin>()
  const at = (namespace: string): Twin => {
    const twin = twins.get(namespace) ?? emptyNamespace(namespace)
    twins.set(namespace, twin)
    return twin
  }
  const indexes = new Map<string, number>()
  const indexOf = (end: VethEnd): number => {
    const key = `${end.namespace}:${end.device}`
    const index = end.index || indexes.get(key) || 900 + indexes.size
    indexes.set(key, index)
    return index
  }
  for (const { object } of plan.steps) {
    switch (object.kind) {
      case 'namespace':
        at(object.name).devices = [
          aDevice({ index: 1, device: 'lo', kind: 'loopback', operstate: 'unknown', up: false, mtuBytes: 65536 }),
        ]
        break
      case 'sysctls':
        at(object.namespace).sysctls = { ...object.values }
        break
      case 'loopback': {
        const twin = at(object.namespace)
        twin.devices = twin.devices.map((device) => (device.device === 'lo' ? { ...device, up: true } : device))
        twin.addresses = [...twin.addresses, anAddress('lo', '127.0.0.1/8', 'host'), anAddress('lo', '::1/128', 'host')]
        break
      }
      case 'bridge':
        at(object.namespace).devices = [...at(object.namespace).devices, aDevice({ ...object, kind: 'bridge' })]
        break
      case 'veth':
        for (const [place, end] of object.ends.entries()) {
          const other = object.ends[1 - place] ?? end
          const port = end.bridge === undefined ? {} : { bridge: end.bridge, portState: 'forwarding' }
          const { index: _, bridge: __, namespace: ___, mtuBytes = object.mtuBytes, ...rest } = end
          at(end.namespace).devices = [
            ...at(end.namespace).devices,
            aDevice({ ...rest, ...port, kind: 'veth', mtuBytes, index: indexOf(end), peerIndex: indexOf(other) }),
          ]
          at(end.namespace).addresses = [...at(end.namespace).addresses, anAddress(end.device, 'fe80::1234/64', 'link')]
        }
        break
      case 'address':
        at(object.namespace).addresses = [...at(object.namespace).addresses, anAddress(object.device, object.address)]
        at(object.namespace).routes = [...at(object.namespace).routes, ...connected(object.device, object.address)]
        break
      case 'route':
        at(object.namespace).routes = [...at(object.namespace).routes, aRoute(object)]
        break
      case 'netem': {
        const { delayMs, jitterMs, lossPercent, rateKbit, device } = object
        const qdisc: ObservedQdisc = {
          device,
          kind: 'netem',
          handle: '8001:',
          parent: 'root',
          options: { delayMs, jitterMs, lossPercent, rateKbit },
        }
        at(object.namespace).qdiscs = [...at(object.namespace).qdiscs, qdisc]
        break
      }
      case 'nft-table':
        at(object.namespace).tables = [...at(object.namespace).tables, aTable(object)]
        break
    }
  }
  return [...twins.values()]
}

export function emptyNamespace(namespace: string): ObservedNamespace {
  return {
    namespace,
    exists: true,
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
}

export function aDevice(device: Partial<ObservedDevice>): ObservedDevice {
  return {
    index: 99,
    device: 'eth9',
    kind: 'veth',
    up: true,
    operstate: 'up',
    mtuBytes: 1500,
    mac: '',
    bridge: '',
    portState: '',
    hairpin: false,
    stp: false,
    peerIndex: 0,
    rxPackets: 0,
    txPackets: 0,
    rxBytes: 0,
    txBytes: 0,
    rxDropped: 0,
    txDropped: 0,
    ...device,
  }
}

export function anAddress(device: string, address: string, scope = 'global'): ObservedAddress {
  return { device, address, scope, flags: ['permanent'] }
}

export function aRoute({ to, target, metric }: Pick<RouteObject, 'to' | 'target' | 'metric'>): ObservedRoute {
  const six = to.includes(':')
  const nowhere = target.kind !== 'via' && target.kind !== 'device'
  return {
    to,
    type: nowhere ? target.kind : 'unicast',
    via: target.kind === 'via' ? target.address : '',
    device: nowhere ? (six ? 'lo' : '') : target.device,
    metric: metric === 0 && six ? 1024 : metric,
    protocol: 'static',
    scope: 'global',
    source: '',
  }
}

function connected(device: string, address: string): readonly ObservedRoute[] {
  const cidr = parseCidr(address)
  if (cidr === undefined || cidr.prefix === 32) return []
  const route = aRoute({ to: formatCidr(networkOf(cidr)), target: { kind: 'device', device }, metric: 0 })
  return [{ ...route, protocol: 'kernel', metric: cidr.ip.family === 6 ? 256 : 0 }]
}

function aTable(object: NftTableObject): ObservedTable {
  const expected = expectedExpressions(object)
  return {
    family: object.family,
    name: object.name,
    chains: object.chains.map(
      ({ name, hook }): ObservedChain => ({
        name,
        type: hook?.type ?? '',
        hook: hook?.hook ?? '',
        priority: hook?.priority ?? 0,
        policy: hook?.policy ?? '',
        rules: (expected.get(name) ?? []).map((rule, place) => ({
          ...rule,
          handle: place + 1,
          packets: 9,
          bytes: 900,
        })),
      }),
    ),
  }
}
