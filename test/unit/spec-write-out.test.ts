import { describe, expect, test } from 'vitest'
import { assignAddresses } from '../../src/spec/assign-addresses.ts'
import { accepted } from '../support/spec-facts.ts'

const LAN = 'name: t\nswitches: [{ name: lan, subnet: [192.0.2.0/24, "2001:DB8:0::/64"] }]\n'

describe('short forms are written out', () => {
  test('a host on a switch has eth0 there, with automatic addresses', () =>
    expect(accepted(`${LAN}hosts: [{ name: a, link: lan }]`).members).toEqual([
      {
        role: 'host',
        name: 'a',
        interfaces: [{ name: 'eth0', link: 'lan', addresses: 'auto', dad: false, path: 'hosts[0]' }],
        gateways: [],
        routes: [],
        sysctls: { profile: 'host', set: {} },
        nat: { masquerade: [], snat: [], forward: [], oneToOne: [] },
        firewall: { defaults: { in: 'allow', out: 'allow', forward: 'allow' }, rules: [] },
        path: 'hosts[0]',
      },
    ]))

  test('everything has one spelling', () => {
    const spec = accepted(
      `${LAN}routers: [{ name: r, interfaces: [{ name: e0, link: lan, mac: "0A:58:C0:00:02:0A", addresses: ["2001:DB8:0:0::A/64", 192.0.2.10/24] }], nat: { forward: [{ in: e0, port: 80-80, to: "[2001:DB8::B]:8080" }] } }]`,
    )
    expect(spec.switches[0]?.subnets).toEqual(['192.0.2.0/24', '2001:db8::/64'])
    expect(spec.members[0]?.interfaces[0]).toMatchObject({
      mac: '0a:58:c0:00:02:0a',
      addresses: ['2001:db8::a/64', '192.0.2.10/24'],
    })
    expect(spec.members[0]?.nat.forward[0]).toMatchObject({
      protocol: 'tcp',
      port: { first: 80, last: 80 },
      to: '2001:db8::b',
      toPort: 8080,
    })
  })

  test('an address in a filter is a block of one, a single thing a list of one', () => {
    const spec = accepted(
      `${LAN}hosts: [{ name: a, firewall: { rules: [{ action: deny, direction: in, from: "2001:DB8::C", state: new, ports: 22 }] } }]`,
    )
    expect(spec.members[0]?.firewall.rules[0]).toMatchObject({
      from: ['2001:db8::c/128'],
      to: [],
      states: ['new'],
      ports: [{ first: 22, last: 22 }],
      sourcePorts: [],
    })
  })

  test('hosts come before routers, each in order', () => {
    const spec = accepted('name: t\nrouters: [{ name: r1 }, { name: r2 }]\nhosts: [{ name: h1 }, { name: h2 }]')
    expect(spec.members.map(({ name, role, path }) => `${role} ${name} ${path}`)).toEqual([
      'host h1 hosts[0]',
      'host h2 hosts[1]',
      'router r1 routers[0]',
      'router r2 routers[1]',
    ])
  })

  test('an end of a link makes an interface, or says where a listed one is plugged in', () => {
    const spec = accepted(
      'name: t\nlinks: [{ name: c, ends: ["a:e1", "b:e0"], subnet: 192.0.2.0/30 }]\nhosts: [{ name: a, interfaces: [{ name: e1, mtu: 1400 }] }, { name: b }]',
    )
    expect(spec.members.map(({ interfaces }) => interfaces)).toEqual([
      [{ name: 'e1', link: 'c', addresses: 'auto', mtuBytes: 1400, dad: false, path: 'hosts[0].interfaces[0]' }],
      [{ name: 'e0', link: 'c', addresses: 'auto', dad: false, path: 'links[0].ends[1]' }],
    ])
  })

  test('impairments come in our units, and nothing of all zeros', () => {
    const links = (more: string) =>
      accepted(
        `name: t\nhosts: [{ name: a }, { name: b }]\nlinks: [{ name: c, ends: ["a:e", "b:e"], subnet: 192.0.2.0/30, ${more} }]`,
      ).links[0]
    expect(links('delay: 1.5s, jitter: 250us, loss: 0.125%, rate: 1.5mbit')?.impairment).toEqual({
      delayMs: 1500,
      jitterMs: 0.25,
      lossPercent: 0.125,
      rateKbit: 1500,
    })
    expect(links('delay: 0ms, loss: 0%')).not.toHaveProperty('impairment')
  })

  test('an MTU comes from the switch, from the defaults, or is 1500', () => {
    const spec = accepted('name: t\ndefaults: { mtu: 9000 }\nswitches: [{ name: x }, { name: y, mtu: 1400 }]')
    expect(spec.switches.map(({ mtuBytes }) => mtuBytes)).toEqual([9000, 1400])
    expect(accepted('name: t\nswitches: [{ name: x }]').switches[0]?.mtuBytes).toBe(1500)
  })

  test('a setting is written as the kernel shows it, `all` before `default`', () => {
    const set =
      'net.ipv6.conf.default.forwarding: 1, net.ipv6.conf.all.forwarding: "0", net.ipv4.tcp_rmem: "4096  8192\\t16384"'
    const spec = accepted(`name: t\nhosts: [{ name: a, sysctls: { profile: strict, set: { ${set} } } }]`)
    expect(Object.entries(spec.members[0]?.sysctls.set ?? {})).toEqual([
      ['net.ipv4.tcp_rmem', '4096 8192 16384'],
      ['net.ipv6.conf.all.forwarding', '0'],
      ['net.ipv6.conf.default.forwarding', '1'],
    ])
  })
})

describe('names are resolved', () => {
  test('a gateway by name stands for the families that both have on one link', () => {
    const spec = accepted(
      `${LAN}hosts: [{ name: a, link: lan, gateway: both }, { name: b, link: lan, gateway: four }, { name: c, link: lan, address: "2001:db8::c/64", gateway: both }]\nrouters: [{ name: both, link: lan }, { name: four, link: lan, address: 192.0.2.254/24 }]`,
    )
    expect(spec.members.slice(0, 3).map(({ gateways }) => gateways.map(({ family }) => family))).toEqual([
      [4, 6],
      [4],
      [6],
    ])
  })

  test('an uplink may be the gateway', () => {
    const spec = accepted(
      `${LAN}hosts: [{ name: a, link: lan, gateway: internet }]\nuplinks: [{ name: internet, link: lan }]`,
    )
    expect(spec.members[0]?.gateways).toEqual([
      { family: 4, via: { kind: 'member', member: 'internet' }, path: 'hosts[0].gateway' },
    ])
  })

  test('a port is forwarded to the address of the host that is named: on a shared link, of the right family', () => {
    const forward = (more: string) =>
      accepted(
        `name: t\nswitches: [{ name: far, subnet: 10.0.0.0/24 }, { name: lan, subnet: [192.0.2.0/24, "2001:db8::/64"] }]\nhosts: [{ name: web, interfaces: [{ name: e0, link: far }, { name: e1, link: lan }] }]\nrouters: [{ name: r, interfaces: [{ name: e0, link: lan }], nat: { forward: [{ in: e0, port: 80, to: "web:8080"${more} }] } }]`,
      ).members[1]?.nat.forward[0]
    expect(forward('')).toMatchObject({ to: '192.0.2.1', toPort: 8080 })
    expect(forward(', destination: "2001:db8::80"')).toMatchObject({ to: '2001:db8::1' })
  })
})

describe('automatic addresses', () => {
  const assigned = (text: string) => Object.fromEntries(assignAddresses(accepted(text)))

  test('are the lowest free ones: hosts, then routers, then uplinks', () =>
    expect(
      assigned(
        `${LAN}uplinks: [{ name: net, link: lan }]\nrouters: [{ name: r, link: lan }]\nhosts: [{ name: a, link: lan }, { name: b, link: lan, address: 192.0.2.2/24 }]`,
      ),
    ).toEqual({
      'hosts[0]': ['192.0.2.1/24', '2001:db8::1/64'],
      'hosts[1]': ['192.0.2.2/24'],
      'routers[0]': ['192.0.2.3/24', '2001:db8::2/64'],
      'uplinks[0]': ['192.0.2.4/24'],
    }))

  test('are never one that the spec names as next hop or for translation, wherever it stands', () =>
    expect(
      assigned(
        'name: t\nswitches: [{ name: lan, subnet: 192.0.2.0/28 }]\nhosts: [{ name: a, link: lan, gateway: 192.0.2.1, routes: [{ to: 10.0.0.0/8, via: 192.0.2.2 }] }, { name: b, link: lan }]\nrouters: [{ name: r, interfaces: [{ name: e0, link: lan }], nat: { snat: [{ out: e0, to: 192.0.2.4 }], oneToOne: [{ on: e0, outside: 192.0.2.5, inside: 10.0.0.5 }], forward: [{ in: e0, destination: 192.0.2.7, port: 1, to: 10.0.0.5 }] } }]',
      ),
    ).toEqual({
      'hosts[0]': ['192.0.2.3/28'],
      'hosts[1]': ['192.0.2.6/28'],
      'routers[0].interfaces[0]': ['192.0.2.8/28'],
    }))

  test('of a /31 are both (RFC 3021), of a /127 too', () =>
    expect(
      assigned(
        'name: t\nlinks: [{ name: c, ends: ["a:e", "b:e"], subnet: [10.0.0.0/31, "2001:db8::/127"] }]\nhosts: [{ name: a }, { name: b }]',
      ),
    ).toEqual({
      'links[0].ends[0]': ['10.0.0.0/31', '2001:db8::/127'],
      'links[0].ends[1]': ['10.0.0.1/31', '2001:db8::1/127'],
    }))
})
