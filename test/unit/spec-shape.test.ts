import { describe, expect, test } from 'vitest'
import { parseSpec } from '../../src/spec/parse-spec.ts'
import { accepted, complaints, FACTS } from '../support/spec-facts.ts'

const messages = (document: unknown) => {
  const parsed = parseSpec(document, FACTS)
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message)
}

describe('what has the wrong shape', () => {
  test.each([
    { story: 'no mapping at all', document: 'hello', says: ['INVALID_TYPE'] },
    { story: 'nothing', document: null, says: ['INVALID_TYPE'] },
    { story: 'a list', document: [], says: ['INVALID_TYPE'] },
    { story: 'a text for a list', document: { name: 't', hosts: 'a' }, says: ['INVALID_TYPE hosts'] },
    { story: 'a number for a name', document: { name: 7, hosts: [{ name: 'a' }] }, says: ['INVALID_TYPE name'] },
    { story: 'a host without a name', document: { name: 't', hosts: [{}] }, says: ['MISSING_FIELD hosts[0].name'] },
    { story: 'a capital in a name', document: { name: 'T', hosts: [{ name: 'a' }] }, says: ['INVALID_NAME name'] },
    {
      story: 'a name with a line break',
      document: { name: 't\n', hosts: [{ name: 'a' }] },
      says: ['INVALID_NAME name'],
    },
    {
      story: 'an interface named lo',
      document: { name: 't', hosts: [{ name: 'a', interfaces: [{ name: 'lo', link: 'x' }] }] },
      says: ['INVALID_INTERFACE_NAME hosts[0].interfaces[0].name'],
    },
    {
      story: 'an interface name of 16 letters',
      document: { name: 't', hosts: [{ name: 'a', interfaces: [{ name: 'a234567890123456', link: 'x' }] }] },
      says: ['INVALID_INTERFACE_NAME hosts[0].interfaces[0].name'],
    },
    {
      story: 'an MTU that is too small, one too large, one with a fraction',
      document: { name: 't', switches: [67, 65_536, 1500.5].map((mtu, k) => ({ name: `s${k}`, mtu })) },
      says: ['OUT_OF_RANGE switches[0].mtu', 'OUT_OF_RANGE switches[1].mtu', 'INVALID_TYPE switches[2].mtu'],
    },
    {
      story: 'numbers that are none',
      document: {
        name: 't',
        switches: [Number.NaN, Number.POSITIVE_INFINITY].map((mtu, k) => ({ name: `s${k}`, mtu })),
      },
      says: ['INVALID_TYPE switches[0].mtu', 'INVALID_TYPE switches[1].mtu'],
    },
    {
      story: 'one end of a cable',
      document: { name: 't', hosts: [{ name: 'a' }], links: [{ name: 'c', ends: ['a:eth0'] }] },
      says: ['WRONG_LENGTH links[0].ends'],
    },
    {
      story: 'an end without an interface',
      document: { name: 't', hosts: [{ name: 'a' }, { name: 'b' }], links: [{ name: 'c', ends: ['a', 'b:e0'] }] },
      says: ['INVALID_END links[0].ends[0]'],
    },
    {
      story: 'a delay without a unit',
      document: { name: 't', hosts: [{ name: 'a' }], links: [{ name: 'c', delay: 20 }] },
      says: ['INVALID_TYPE links[0].delay'],
    },
    {
      story: 'quantities out of range',
      document: {
        name: 't',
        hosts: [{ name: 'a' }],
        links: [{ name: 'c', delay: '11s', jitter: '-1ms', loss: '101%', rate: '0kbit' }],
      },
      says: [
        'INVALID_DELAY links[0].delay',
        'INVALID_JITTER links[0].jitter',
        'INVALID_LOSS links[0].loss',
        'INVALID_RATE links[0].rate',
      ],
    },
    {
      story: 'a word that is none of the choices',
      document: { name: 't', hosts: [{ name: 'a', sysctls: { profile: 'paranoid' } }] },
      says: ['INVALID_VALUE hosts[0].sysctls.profile'],
    },
    {
      story: 'a subnet with host bits, one without a prefix, one of loopback',
      document: {
        name: 't',
        switches: ['192.0.2.1/24', '192.0.2.0', '127.0.0.0/8'].map((subnet, k) => ({ name: `s${k}`, subnet })),
      },
      says: [
        'INVALID_SUBNET switches[0].subnet',
        'INVALID_SUBNET switches[1].subnet',
        'INVALID_SUBNET switches[2].subnet',
      ],
    },
    {
      story: 'a bad one among several addresses',
      document: {
        name: 't',
        switches: [{ name: 's' }],
        hosts: [{ name: 'a', interfaces: [{ name: 'e0', link: 's', addresses: ['192.0.2.1/24', 'fe80::1/64'] }] }],
      },
      says: ['INVALID_ADDRESS hosts[0].interfaces[0].addresses[1]'],
    },
    {
      story: 'ports that are none',
      document: {
        name: 't',
        hosts: [
          {
            name: 'a',
            firewall: {
              rules: [0, 65_536, '80-', '90-80', []].map((ports) => ({ action: 'deny', direction: 'in', ports })),
            },
          },
        ],
      },
      says: [
        'OUT_OF_RANGE hosts[0].firewall.rules[0].ports',
        'OUT_OF_RANGE hosts[0].firewall.rules[1].ports',
        'INVALID_PORTS hosts[0].firewall.rules[2].ports',
        'INVALID_PORTS hosts[0].firewall.rules[3].ports',
        'WRONG_LENGTH hosts[0].firewall.rules[4].ports',
      ],
    },
    {
      story: 'a route that says two things, and one that says nothing',
      document: {
        name: 't',
        hosts: [{ name: 'a', routes: [{ to: '10.0.0.0/8', via: 'b', type: 'blackhole' }, { to: '10.0.0.0/8' }] }],
      },
      says: ['CONFLICTING_FIELDS hosts[0].routes[0]', 'MISSING_FIELD hosts[0].routes[1]'],
    },
    {
      story: 'the short form beside the long one',
      document: {
        name: 't',
        switches: [{ name: 's', subnet: '192.0.2.0/24' }],
        hosts: [
          { name: 'a', link: 's', interfaces: [] },
          { name: 'b', address: '192.0.2.1/24' },
          { name: 'c', link: 's', gateway: '192.0.2.9', gateways: [] },
          { name: 'd', interfaces: [{ name: 'e0', link: 's', address: '192.0.2.5/24', addresses: [] }] },
        ],
      },
      says: [
        'CONFLICTING_FIELDS hosts[0].link',
        'CONFLICTING_FIELDS hosts[1].address',
        'CONFLICTING_FIELDS hosts[2].gateway',
        'CONFLICTING_FIELDS hosts[3].interfaces[0].address',
      ],
    },
    {
      story: 'settings that may not be made, and values that do not fit',
      document: {
        name: 't',
        hosts: [
          {
            name: 'a',
            sysctls: {
              set: {
                'kernel.panic': 1,
                'net.ipv4.ip_default_ttl': 0,
                'net.ipv4.ip_local_port_range': '60000 50000',
                'net.ipv4.tcp_rmem': '4096 8192',
              },
            },
          },
        ],
      },
      says: [
        'SYSCTL_NOT_ALLOWED hosts[0].sysctls.set["kernel.panic"]',
        'INVALID_SYSCTL_VALUE hosts[0].sysctls.set["net.ipv4.ip_default_ttl"]',
        'INVALID_SYSCTL_VALUE hosts[0].sysctls.set["net.ipv4.ip_local_port_range"]',
        'INVALID_SYSCTL_VALUE hosts[0].sysctls.set["net.ipv4.tcp_rmem"]',
      ],
    },
    {
      story: 'labels that cannot be asked for',
      document: { name: 't', hosts: [{ name: 'a' }], labels: { 'Course ': 'x', course: 'two words' } },
      says: ['INVALID_VALUE labels.course', 'INVALID_LABEL labels["Course "]'],
    },
    {
      story: 'a range of ports forwarded to one port',
      document: {
        name: 't',
        routers: [{ name: 'a', nat: { forward: [{ in: 'x', port: '80-90', to: '192.0.2.1:80' }] } }],
      },
      says: ['INVALID_TARGET routers[0].nat.forward[0].to', 'UNKNOWN_INTERFACE routers[0].nat.forward[0].in'],
    },
    {
      story: 'an interface that is plugged in nowhere',
      document: { name: 't', hosts: [{ name: 'a', interfaces: [{ name: 'e0' }] }] },
      says: ['MISSING_FIELD hosts[0].interfaces[0]'],
    },
    {
      story: 'an end at an interface that is plugged in elsewhere, and one end twice',
      document: {
        name: 't',
        switches: [{ name: 's', subnet: '192.0.2.0/24' }],
        hosts: [{ name: 'a', link: 's' }, { name: 'b' }],
        links: [
          { name: 'c', subnet: '203.0.113.0/24', ends: ['a:eth0', 'b:eth0'] },
          { name: 'd', subnet: '198.51.100.0/24', ends: ['b:eth1', 'b:eth1'] },
        ],
      },
      says: [
        'CONFLICTING_LINK links[0].ends[0]',
        'CONFLICTING_LINK links[1].ends[1]',
        'LINK_ENDS links[0]',
        'LINK_ENDS links[1]',
      ],
    },
  ])('$story', ({ document, says }) => expect(complaints(document)).toEqual(says))
})

describe('fields that are not known', () => {
  test.each([
    [{ nmae: 't' }, '"nmae" is not known here - did you mean "name"?'],
    [{ hosts: [{ name: 'a', gatway: 'b' }] }, '"gatway" is not known here - did you mean "gateway"?'],
    [{ switches: [{ name: 'a', colour: 'red' }] }, '"colour" is not known here'],
    [
      { routers: [{ name: 'a', nat: { masqurade: [] } }] },
      '"masqurade" is not known here - did you mean "masquerade"?',
    ],
    [{ hosts: [{ name: 'a', nat: {} }] }, '"nat" is for routers: move this member to `routers`'],
    [{ cluster: {} }, '"cluster" is a word kept for a later version; this one cannot build it'],
    [{ checks: [] }, '"checks" is a word kept for a later version; this one cannot build it'],
  ])('%j is told as %s', (document, message) => expect(messages(document)).toContain(message))

  test.each(['x'.repeat(500), 'colour', 'n'])('%j suggests nothing', (key) =>
    expect(messages({ [key]: 1 })[0]).not.toContain('did you mean'),
  )
})

describe('one mistake is told once', () => {
  test('who names a refused host is not told that it is missing', () =>
    expect(
      complaints({
        name: 't',
        switches: [{ name: 'lan', subnet: '192.0.2.0/24' }],
        hosts: [{ name: 'a', link: 'lan', gateway: 'edge' }],
        routers: [{ name: 'edge', interfaces: 'none' }],
      }),
    ).toEqual(['INVALID_TYPE routers[0].interfaces']))

  test('a refused address does not make the interface an automatic one', () =>
    expect(
      complaints({
        name: 't',
        switches: [{ name: 'lan' }],
        hosts: [{ name: 'a', link: 'lan', address: '192.0.2.1', gateway: '192.0.2.2' }],
      }),
    ).toEqual(['INVALID_ADDRESS hosts[0].address']))

  test('a refused subnet is not also missing or too small', () =>
    expect(
      complaints({
        name: 't',
        switches: [{ name: 'lan', subnet: '192.0.2.0/99' }],
        hosts: [{ name: 'a', link: 'lan', gateway: '192.0.2.1' }],
      }),
    ).toEqual(['INVALID_SUBNET switches[0].subnet']))

  test('a refused interface does not leave a cable with one end', () =>
    expect(
      complaints({
        name: 't',
        hosts: [
          { name: 'a', interfaces: [{ name: 'ETH', link: 'c' }] },
          { name: 'b', link: 'c' },
        ],
        links: [{ name: 'c', subnet: '192.0.2.0/24' }],
      }),
    ).toEqual(['INVALID_INTERFACE_NAME hosts[0].interfaces[0].name']))

  test('paths name the document as it was given, whatever was left out before them', () =>
    expect(
      complaints({
        name: 't',
        switches: [{ name: 'lan', subnet: '192.0.2.0/24' }],
        hosts: [
          7,
          { name: 'a', link: 'lan', address: '192.0.2.5/24' },
          {},
          { name: 'b', link: 'lan', address: '192.0.2.5/24' },
        ],
      }),
    ).toEqual(['INVALID_TYPE hosts[0]', 'MISSING_FIELD hosts[2].name', 'DUPLICATE_ADDRESS hosts[3].address']))

  test('everything that can be judged beside a mistake is judged', () =>
    expect(
      complaints({
        name: 't',
        colour: 'red',
        switches: [{ name: 'lan', subnet: '192.0.2.0/24' }],
        hosts: [
          { name: 'a', link: 'lan', firewall: { rules: [{ action: 'maybe', direction: 'in' }] }, gateway: '10.0.0.1' },
          { name: 'a', link: 'lam' },
        ],
      }),
    ).toEqual([
      'INVALID_VALUE hosts[0].firewall.rules[0].action',
      'UNKNOWN_FIELD colour',
      'DUPLICATE_NAME hosts[1].name',
      'UNKNOWN_LINK hosts[1].link',
    ]))
})

describe('hostile data', () => {
  test('keys that JavaScript treats specially are refused and change nothing', () => {
    const document: unknown = JSON.parse(
      '{"name":"t","hosts":[{"name":"a","__proto__":{"link":"x"},"constructor":{"prototype":{"polluted":1}}}],"__proto__":{"polluted":1}}',
    )
    expect(complaints(document)).toEqual([
      'UNKNOWN_FIELD hosts[0].__proto__',
      'UNKNOWN_FIELD __proto__',
      'UNKNOWN_FIELD hosts[0].constructor',
    ])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('so they are in labels and settings', () =>
    expect(
      complaints(
        JSON.parse(
          '{"name":"t","hosts":[{"name":"a","sysctls":{"set":{"__proto__":"1"}}}],"labels":{"__proto__":"x"}}',
        ),
      ),
    ).toEqual(['UNKNOWN_FIELD hosts[0].sysctls.set.__proto__', 'UNKNOWN_FIELD labels.__proto__']))

  test.each(['\u0000', '\u001b[31m', '\u0085', '\u202e', '\u2028', '\ud800'])('%j is no part of a text', (text) =>
    expect(complaints({ name: 't', description: `a${text}b`, hosts: [{ name: 'a' }] })).toEqual([
      'CONTROL_CHARACTER description',
    ]),
  )

  test('nor of a key', () =>
    expect(complaints({ name: 't', hosts: [{ name: 'a' }], labels: { 'a\nb': 'x' } })).toEqual([
      'INVALID_LABEL labels["a\\nb"]',
    ]))

  test('a description may have lines', () =>
    expect(accepted({ name: 't', description: 'one\n\ttwo', hosts: [{ name: 'a' }] }).description).toBe('one\n\ttwo'))

  test('what JSON cannot say is refused', () =>
    expect(complaints({ name: 't', hosts: [{ name: 'a' }], labels: { a: 1n, b: () => 1, c: Symbol('x') } })).toEqual([
      'INVALID_TYPE labels.a',
      'INVALID_TYPE labels.b',
      'INVALID_TYPE labels.c',
    ]))

  test('data that holds itself ends at a depth', () => {
    const loop: Record<string, unknown> = { name: 't' }
    loop.hosts = [loop, loop]
    expect(complaints(loop)[0]).toMatch(/^(TOO_DEEP|DOCUMENT_TOO_LARGE)/)
  })

  test('data beyond the size limit is refused as a whole', () =>
    expect(complaints({ name: 't', description: 'x'.repeat(2_000_000) })).toEqual(['DOCUMENT_TOO_LARGE']))

  test('of many problems the first hundred are told, and how many more there are', () => {
    const parsed = parseSpec({ name: 't', hosts: Array.from({ length: 350 }, () => ({ name: 'A' })) }, FACTS)
    expect(parsed.ok ? [] : parsed.problems.slice(99)).toEqual([
      expect.objectContaining({ path: 'hosts[99].name', reason: 'INVALID_NAME' }),
      { path: '', reason: 'TOO_MANY_PROBLEMS', message: 'and 250 more problems' },
    ])
  })

  test('values in messages are cut and quoted', () =>
    expect(messages({ name: 't', hosts: [{ name: `a${'"'.repeat(1000)}` }] })[0]?.length).toBeLessThan(200))
})

test('numbers may come as doubles, as google.protobuf.Struct has them', () =>
  expect(accepted({ name: 't', switches: [{ name: 's', mtu: 1500.0 }] }).switches[0]?.mtuBytes).toBe(1500))
