import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { observeNamespaces } from '../../src/kernel/observe.ts'
import type { ObservedDevice, ObservedNamespace, ObserveField } from '../../src/kernel/observed.ts'
import { buildStar, ip, ipBatch, ipIn, ipJson, nftIn, removeNamespaces, run } from '../support/ip-scene.ts'

const A = 'nl0000000a-0'
const B = 'nl0000000a-1'
const HUB = 'nl0000000a-2'

beforeEach(() => buildStar({ a: A, b: B, hub: HUB }))
afterEach(() => removeNamespaces([A, B, HUB]))

const look = (namespace: string, ...fields: readonly ObserveField[]): ObservedNamespace => {
  const [found] = observeNamespaces([namespace], fields)
  if (found === undefined) throw new Error('nothing was observed')
  return found
}

describe('what is read is what ip says', () => {
  test('devices', () => {
    for (const namespace of [A, HUB]) {
      const before = look(namespace, 'devices').devices
      const told: Told[] = ipJson(namespace, '-d -s link').map(described)
      const after = look(namespace, 'devices').devices
      expect(before.map(({ device }) => device)).toEqual(told.map(({ facts }) => facts.device))
      for (const [place, { facts, counters }] of told.entries()) {
        expect(before[place]).toMatchObject(facts)
        // Frames of IPv6 housekeeping may come in between.
        for (const [name, value] of Object.entries(counters)) {
          expect(value).toBeGreaterThanOrEqual(Number(before[place]?.[name as Counter]))
          expect(value).toBeLessThanOrEqual(Number(after[place]?.[name as Counter]))
        }
      }
    }
    expect(look(A, 'devices').devices[1]?.rxBytes).toBeGreaterThan(0)
    const [, bridge, port] = ['lo', 'br0', 'p0'].map((name) =>
      look(HUB, 'devices').devices.find(({ device }) => device === name),
    )
    expect(bridge).toMatchObject({
      kind: 'bridge',
      stp: false,
      mac: '02:00:00:00:00:01',
      operstate: 'up',
      bridge: '',
      portState: '',
    })
    expect(port).toMatchObject({
      kind: 'veth',
      bridge: 'br0',
      portState: 'forwarding',
      hairpin: false,
      index: 10,
      peerIndex: 5,
      mtuBytes: 1450,
    })
  })

  test('a bridge with STP, a port with hairpin, a device that is down', () => {
    ipIn(HUB, 'link set br0 type bridge stp_state 1')
    ipIn(HUB, 'link set p0 type bridge_slave hairpin on')
    ipIn(A, 'link set eth0 down')
    const [bridge, port] = ['br0', 'p0'].map((name) =>
      look(HUB, 'devices').devices.find(({ device }) => device === name),
    )
    expect(bridge?.stp).toBe(true)
    expect(port).toMatchObject({
      hairpin: true,
      up: true,
      operstate: expect.stringMatching(/down$/),
      portState: 'disabled',
    })
    expect(look(A, 'devices').devices[1]).toMatchObject({ device: 'eth0', up: false, operstate: 'down' })
  })

  test('addresses, also with a peer, a scope, a lifetime and flags', () => {
    ipIn(A, 'addr add 192.0.2.77/24 dev eth0')
    ipIn(A, 'addr add 10.9.9.1 peer 10.9.9.2/32 dev eth0')
    ipIn(A, 'addr add 169.254.7.7/16 dev eth0 scope link')
    ipIn(A, 'addr add 2001:db8:0:0:1::9/64 dev eth0 valid_lft 1000 preferred_lft 500')
    ipIn(A, 'addr add 2001:db8:f::9/128 dev eth0 noprefixroute')
    const told = ipJson(A, 'addr').flatMap(
      (link: { ifname: string; addr_info: { local: string; prefixlen: number; scope: string }[] }) =>
        link.addr_info.map(({ local, prefixlen, scope }) => `${link.ifname} ${local}/${prefixlen} ${scope}`),
    )
    const found = look(A, 'addresses').addresses
    expect(found.map(({ device, address, scope }) => `${device} ${address} ${scope}`).sort()).toEqual(told.sort())
    const flagsOf = (text: string) => found.find(({ address }) => address === text)?.flags
    expect(flagsOf('192.0.2.77/24')).toEqual(['secondary', 'permanent'])
    expect(flagsOf('2001:db8::1/64')).toEqual(['nodad', 'permanent'])
    expect(flagsOf('2001:db8::1:0:0:9/64')).toEqual([])
    expect(flagsOf('2001:db8:f::9/128')).toEqual(['permanent', 'noprefixroute'])
  })

  test('routes of the main table and of both families', () => {
    for (const line of [
      'route add default via 192.0.2.2',
      'route add default via 192.0.2.3 metric 200 proto static',
      'route add 198.51.100.0/24 dev eth0 src 192.0.2.1',
      'route add blackhole 203.0.113.0/25',
      'route add unreachable 203.0.113.128/26',
      'route add prohibit 203.0.113.192/26 metric 7',
      'route add 10.0.0.0/8 nexthop via 192.0.2.5 weight 1 nexthop via 192.0.2.6 weight 2',
      'route add 10.1.0.0/16 via inet6 2001:db8::2 dev eth0',
      'route add 10.2.0.0/16 via 192.0.2.9 table 100',
      '-6 route add default via 2001:db8::2',
      '-6 route add blackhole 2001:db8:dead::/48',
      '-6 route add 2001:db8:2::/48 via 2001:db8::2 dev eth0 metric 5',
    ])
      ipIn(A, line)
    type Told = {
      type?: string
      dst: string
      gateway?: string
      via?: { host: string }
      dev?: string
      metric?: number
      protocol: string
      prefsrc?: string
      nexthops?: { gateway: string; dev: string }[]
    }
    const told = (family: 4 | 6): string[] =>
      ipJson(A, `-${family} -d route show table main`).flatMap((route: Told) => {
        const to =
          route.dst === 'default'
            ? family === 4
              ? '0.0.0.0/0'
              : '::/0'
            : route.dst.includes('/')
              ? route.dst
              : `${route.dst}/${family === 4 ? 32 : 128}`
        return (route.nexthops ?? [{ gateway: route.gateway ?? route.via?.host ?? '', dev: route.dev ?? '' }]).map(
          (hop) =>
            `${route.type} ${to} ${hop.gateway} ${hop.dev} ${route.metric ?? 0} ${route.protocol} ${route.prefsrc ?? ''}`,
        )
      })
    const found = look(A, 'routes').routes
    expect(
      found.map((r) => `${r.type} ${r.to} ${r.via} ${r.device} ${r.metric} ${r.protocol} ${r.source}`).sort(),
    ).toEqual([...told(4), ...told(6)].sort())
    expect(found).toContainEqual({
      to: '0.0.0.0/0',
      type: 'unicast',
      via: '192.0.2.3',
      device: 'eth0',
      metric: 200,
      protocol: 'static',
      scope: 'global',
      source: '',
    })
  })

  test('a namespace that never had a route has none', () => {
    ip('netns add nl0000000a-3')
    try {
      expect(look('nl0000000a-3', 'routes')).toEqual({ ...look('nl0000000a-3'), routes: [] })
    } finally {
      removeNamespaces(['nl0000000a-3'])
    }
  })

  test('neighbours after a ping, and those set by hand', () => {
    run('ip', 'netns', 'exec', A, 'ping', '-q', '-c1', '192.0.2.2')
    run('ip', 'netns', 'exec', A, 'ping', '-q', '-c1', '2001:db8::2')
    ipIn(A, 'neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev eth0 nud permanent')
    const told = ipJson(A, 'neigh').map(
      (entry: { dev: string; dst: string; lladdr?: string }) => `${entry.dev} ${entry.dst} ${entry.lladdr ?? ''}`,
    )
    const found = look(A, 'neighbours').neighbours
    expect(found.map(({ device, address, mac }) => `${device} ${address} ${mac}`).sort()).toEqual(told.sort())
    expect(found).toContainEqual({
      device: 'eth0',
      address: '192.0.2.99',
      mac: '02:00:00:00:00:99',
      states: ['permanent'],
    })
    expect(found.find(({ address }) => address === '192.0.2.2')).toMatchObject({
      mac: '0a:58:c0:00:02:02',
      states: ['reachable'],
    })
  })

  test('the forwarding table of a bridge, without the multicast addresses of its ports', () => {
    run('ip', 'netns', 'exec', A, 'ping', '-q', '-c1', '192.0.2.2')
    type Told = { ifname: string; mac: string; state?: string; flags: string[] }
    const told: Told[] = JSON.parse(run('bridge', '-n', HUB, '-j', 'fdb'))
    const kept = told.filter(
      ({ mac, flags }) => !(flags.includes('self') && Number.parseInt(mac.slice(0, 2), 16) % 2 === 1),
    )
    const found = look(HUB, 'fdb').fdb
    expect(found.map(({ device, mac }) => `${device} ${mac}`).sort()).toEqual(
      kept.map(({ ifname, mac }) => `${ifname} ${mac}`).sort(),
    )
    expect(found.find(({ mac }) => mac === '0a:58:c0:00:02:01')).toEqual({
      device: 'p0',
      mac: '0a:58:c0:00:02:01',
      states: ['learned'],
      destination: '',
    })
    expect(look(A, 'fdb').fdb).toEqual([])
  })

  test('qdiscs', () => {
    run(
      'tc',
      '-n',
      A,
      'qdisc',
      'add',
      'dev',
      'eth0',
      'root',
      'handle',
      '7:',
      'tbf',
      'rate',
      '20mbit',
      'burst',
      '16kb',
      'limit',
      '30000',
    )
    expect(look(A, 'qdiscs').qdiscs.filter(({ device }) => device === 'eth0')).toEqual([
      {
        device: 'eth0',
        kind: 'tbf',
        handle: '7:',
        parent: 'root',
        options: { rateKbit: 20_000, limitBytes: 30_000 },
      },
    ])
    expect(look(B, 'qdiscs').qdiscs).toContainEqual({
      device: 'eth0',
      kind: 'noqueue',
      handle: '0:',
      parent: 'root',
      options: {},
    })
  })

  test('sysctls that were asked for, but not those that the namespace lacks', () => {
    run('ip', 'netns', 'exec', A, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv4.ping_group_range=5 10')
    const keys = [
      'net.ipv4.ip_forward',
      'net.ipv4.ping_group_range',
      'net.ipv4.conf.eth0.forwarding',
      'net.ipv4.conf.eth9.forwarding',
    ]
    expect(observeNamespaces([A, HUB], ['sysctls'], keys).map(({ sysctls }) => sysctls)).toEqual([
      { 'net.ipv4.ip_forward': '1', 'net.ipv4.ping_group_range': '5 10', 'net.ipv4.conf.eth0.forwarding': '1' },
      { 'net.ipv4.ip_forward': '0', 'net.ipv4.ping_group_range': '1 0' },
    ])
  })

  test('connections, with both directions of a translated one', () => {
    nftIn(
      A,
      'table ip t { chain out { type nat hook output priority -100; ip daddr 198.51.100.1 dnat to 192.0.2.2; }; chain post { type nat hook postrouting priority 100; masquerade; }; }\n',
    )
    ipIn(A, 'route add 198.51.100.1 via 192.0.2.2')
    expect(look(HUB, 'conntrack')).toEqual(look(HUB))
    run('ip', 'netns', 'exec', A, 'ping', '-q', '-c1', '198.51.100.1')
    // B never answers, so that the connection stays half open.
    nftIn(B, 'table ip t { chain in { type filter hook input priority 0; tcp dport 81 drop; }; }\n')
    const half = ['import socket', 's=socket.socket()', 's.setblocking(False)', 's.connect_ex(("198.51.100.1",81))']
    run('ip', 'netns', 'exec', A, 'python3', '-c', half.join('\n'))
    const flows = look(A, 'conntrack').conntrack
    const told = run('ip', 'netns', 'exec', A, 'conntrack', '-L', '-o', 'id')
    expect(flows.length).toBe(told.split('\n').filter((line) => line.includes('src=')).length)
    expect(flows.find(({ protocol }) => protocol === 'icmp')).toMatchObject({
      source: '192.0.2.1',
      destination: '198.51.100.1',
      replySource: '192.0.2.2',
      replyDestination: '192.0.2.1',
      state: '',
      status: ['seen-reply', 'dnat'],
    })
    const tcp = flows.find(({ protocol }) => protocol === 'tcp')
    expect(tcp).toMatchObject({ destinationPort: 81, replySourcePort: 81, state: 'syn-sent', status: ['dnat'] })
    expect(tcp?.replyDestinationPort).toBe(tcp?.sourcePort)
    expect(told).toContain(`sport=${tcp?.sourcePort} dport=81`)
    expect(tcp?.timeoutSeconds).toBeGreaterThan(0)
  })

  test('rules of every table, whoever made it', () => {
    nftIn(
      A,
      'table ip t { chain c { type filter hook input priority 3; policy drop; tcp dport 22 counter accept; }; }\n',
    )
    expect(look(A, 'rules').tables).toMatchObject([
      {
        family: 'ip',
        name: 't',
        chains: [{ name: 'c', hook: 'input', priority: 3, policy: 'drop', rules: [{ text: 'tcp dport 22 accept' }] }],
      },
    ])
    expect(look(B, 'rules').tables).toEqual([])
  })
})

describe('many namespaces at once', () => {
  test('answers come in the order of the question, an absent one as absent', () => {
    const found = observeNamespaces([HUB, 'nl0000000a-77', A], ['devices'])
    expect(found.map(({ namespace, exists, devices }) => [namespace, exists, devices.length])).toEqual([
      [HUB, true, 4],
      ['nl0000000a-77', false, 0],
      [A, true, 2],
    ])
  })

  test('a field that was not asked for stays empty', () => {
    const found = look(A, 'addresses')
    expect(found.addresses.length).toBeGreaterThan(0)
    expect({ ...found, addresses: [] }).toEqual({
      namespace: A,
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
    })
  })

  test('reading leaves no socket and no namespace open', () => {
    const before = run('ls', `/proc/${process.pid}/fd`).split('\n').length
    for (let round = 0; round < 20; round += 1)
      observeNamespaces([A, B, HUB, 'nl0000000a-9'], ['devices', 'routes', 'rules', 'conntrack', 'fdb'])
    expect(run('ls', `/proc/${process.pid}/fd`).split('\n').length).toBeLessThan(before + 20)
  })
})

describe('namespaces that do not hold still', () => {
  test('one whose routes and devices change all the while is read without an error', async () => {
    const lines = Array.from({ length: 2000 }, (_, n) => [
      `route add 10.${n % 200}.0.0/16 dev eth0`,
      `link add name x${n} type bridge`,
      `route del 10.${n % 200}.0.0/16`,
      `link del x${n}`,
    ])
    const change = spawn('ip', ['-n', A, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
    const over = once(change, 'exit')
    change.stdin.on('error', () => {})
    change.stdin.end(lines.flat().join('\n'))
    try {
      let changed = 0
      let before = ''
      // At least 300 readings, and on until enough of them met a change: the other process may be slow to start.
      for (let round = 0; (round < 300 || changed <= 2) && round < 50_000; round += 1) {
        const found = look(A, 'devices', 'addresses', 'routes', 'neighbours', 'fdb', 'qdiscs')
        expect(found.devices.some(({ device }) => device === 'eth0')).toBe(true)
        expect(found.addresses.every(({ address }) => address.includes('/'))).toBe(true)
        const now = JSON.stringify([found.devices.map(({ index }) => index), found.routes.length])
        if (now !== before) changed += 1
        before = now
      }
      expect(changed).toBeGreaterThan(2)
    } finally {
      change.kill('SIGKILL')
      await over
    }
  })

  test('one that is taken away is there until it is not', async () => {
    const removal = spawn('ip', ['netns', 'del', A], { stdio: 'ignore' })
    const over = once(removal, 'exit')
    let found = look(A, 'devices', 'routes', 'rules')
    for (let round = 0; found.exists && round < 50_000; round += 1) found = look(A, 'devices', 'routes', 'rules')
    await over
    expect(found).toEqual({ ...look('nl0000000a-9'), namespace: A })
    expect(found.exists).toBe(false)
  })
})

describe('hostile namespaces', () => {
  test('device names of any bytes are read as text that can be shown', () => {
    for (const name of ['\u0001x', 'a;b"c', '\u202eevil', 'é', '-x']) ip(`-n ${A} link add name ${name} type bridge`)
    run('sh', '-c', `ip -n ${A} link add name "$(printf '\\377\\376z')" type bridge`)
    run('sh', '-c', `ip -n ${A} link add name "$(printf 'n\\nl')" type bridge || true`)
    const names = look(A, 'devices', 'addresses', 'routes').devices.map(({ device }) => device)
    expect(names).toEqual(expect.arrayContaining(['\ufffdx', 'a;b"c', '\ufffdevil', 'é', '-x', '\ufffd\ufffdz']))
    expect(JSON.stringify(names)).not.toContain('\\u00')
  })

  test('more routes than anyone needs are cut, and the answer says so; the next namespace is read whole', () => {
    const routes = Array.from(
      { length: 25_000 },
      (_, n) => `route add 10.${n >> 12}.${(n >> 4) & 255}.${(n & 15) << 4}/28 dev eth0`,
    )
    ipBatch(A, routes)
    const [flooded, calm] = observeNamespaces([A, B], ['devices', 'routes', 'addresses'])
    expect(flooded?.routes.length).toBe(20_000)
    expect(flooded?.incomplete).toEqual(['routes'])
    expect(flooded?.addresses.length).toBeGreaterThan(2)
    expect(calm?.incomplete).toBeUndefined()
    expect(calm?.routes.length).toBeGreaterThan(0)
  })

  test('more rules than anyone reads are cut, and the answer says so', () => {
    const rules = Array.from({ length: 5_100 }, () => 'add rule ip t c counter').join('\n')
    nftIn(A, `add table ip t\nadd chain ip t c\n${rules}\n`)
    const found = look(A, 'rules')
    expect(found.tables[0]?.chains[0]?.rules.length).toBe(5_000)
    expect(found.incomplete).toEqual(['rules'])
  })
})

type Counter = 'rxPackets' | 'txPackets' | 'rxBytes' | 'txBytes' | 'rxDropped' | 'txDropped'
type Told = { readonly facts: Partial<ObservedDevice>; readonly counters: Readonly<Record<Counter, number>> }
type Link = {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly operstate: string
  readonly mtu: number
  readonly address: string
  readonly master?: string
  readonly linkinfo?: { readonly info_kind?: string }
  readonly link_index?: number
  readonly stats64: Record<'rx' | 'tx', { readonly bytes: number; readonly packets: number; readonly dropped: number }>
}

/** A link of `ip -j -d -s link` in our words. */
function described(link: Link): Told {
  const { rx, tx } = link.stats64
  return {
    facts: {
      index: link.ifindex,
      device: link.ifname,
      kind: link.linkinfo?.info_kind ?? 'loopback',
      up: link.flags.includes('UP'),
      operstate: link.operstate.toLowerCase(),
      mtuBytes: link.mtu,
      mac: link.address,
      bridge: link.master ?? '',
      peerIndex: link.link_index ?? 0,
    },
    counters: {
      rxPackets: rx.packets,
      txPackets: tx.packets,
      rxBytes: rx.bytes,
      txBytes: tx.bytes,
      rxDropped: rx.dropped,
      txDropped: tx.dropped,
    },
  }
}
