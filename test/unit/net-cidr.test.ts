import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Cidr,
  contains,
  everything,
  firstOf,
  formatCidr,
  hasHostBits,
  lastOf,
  networkOf,
  overlaps,
  parseCidr,
} from '../../src/net/cidr.ts'
import {
  countHostAddresses,
  freeAddresses,
  hostAddresses,
  takenRuns,
  unusableBecause,
} from '../../src/net/host-addresses.ts'
import { formatIp, type Ip, parseIp } from '../../src/net/ip.ts'

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text)
  if (parsed === undefined) throw new Error(`not a CIDR: ${text}`)
  return parsed
}
const ip = (text: string): Ip => {
  const parsed = parseIp(text)
  if (parsed === undefined) throw new Error(`not an address: ${text}`)
  return parsed
}
const anyCidr4 = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), fc.integer({ min: 0, max: 32 }))
  .map(([value, prefix]): Cidr => ({ ip: { family: 4, value }, prefix }))
const anyCidr6 = fc
  .tuple(fc.bigInt({ min: 2n ** 120n, max: 2n ** 128n - 1n }), fc.integer({ min: 0, max: 128 }))
  .map(([value, prefix]): Cidr => ({ ip: { family: 6, value }, prefix }))
const anyCidr = fc.oneof(anyCidr4, anyCidr6)

describe('CIDRs', () => {
  test('text goes in and comes out, host bits kept', () =>
    fc.assert(
      fc.property(anyCidr, (block) => {
        expect(parseCidr(formatCidr(block))).toEqual(block)
      }),
    ))

  test.each([
    '192.0.2.1',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/024',
    '192.0.2.0/',
    '192.0.2.0/255.255.255.0',
    '::/129',
    '/24',
    '192.0.2.0/24/24',
    '192.0.2.0/2 4',
    '192.0.2.0/1e1',
  ])('%s is refused', (text) => expect(parseCidr(text)).toBeUndefined())

  test('host bits are seen and can be cleared', () => {
    expect(hasHostBits(cidr('192.0.2.10/24'))).toBe(true)
    expect(hasHostBits(cidr('192.0.2.0/24'))).toBe(false)
    expect(formatCidr(networkOf(cidr('2001:db8::dead:beef/64')))).toBe('2001:db8::/64')
    expect(formatCidr(networkOf(cidr('255.1.2.3/0')))).toBe('0.0.0.0/0')
  })

  test.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', true],
    ['192.0.2.7/32', '192.0.2.7', true],
  ])('%s contains %s: %s', (outer, inner, expected) => expect(contains(cidr(outer), ip(inner))).toBe(expected))

  test.each([
    ['10.0.0.0/8', '10.1.0.0/16', true],
    ['10.1.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/9', '10.128.0.0/9', false],
    ['0.0.0.0/0', '::/0', false],
    ['192.0.2.10/24', '192.0.2.200/25', true],
  ])('%s and %s overlap: %s', (a, b, expected) => expect(overlaps(cidr(a), cidr(b))).toBe(expected))

  test('two blocks overlap exactly when the first or last address of one is in the other', () =>
    fc.assert(
      fc.property(fc.oneof(fc.tuple(anyCidr4, anyCidr4), fc.tuple(anyCidr6, anyCidr6)), ([a, b]) => {
        const shares = [firstOf(a), lastOf(a)].some((x) => contains(b, x)) || contains(a, firstOf(b))
        expect(overlaps(a, b)).toBe(shares)
        expect(overlaps(b, a)).toBe(shares)
      }),
      { numRuns: 500 },
    ))

  test('everything contains all of its family', () =>
    fc.assert(
      fc.property(anyCidr, (block) => {
        expect(contains(everything(block.ip.family), block)).toBe(true)
      }),
    ))
})

describe('host addresses', () => {
  test.each([
    { subnet: '192.0.2.0/30', hosts: ['192.0.2.1', '192.0.2.2'] },
    { subnet: '192.0.2.0/31', hosts: ['192.0.2.0', '192.0.2.1'] },
    { subnet: '192.0.2.7/32', hosts: ['192.0.2.7'] },
    {
      subnet: '192.0.2.9/29',
      hosts: ['192.0.2.9', '192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'],
    },
    { subnet: '255.255.255.254/31', hosts: ['255.255.255.254', '255.255.255.255'] },
    { subnet: '2001:db8::/126', hosts: ['2001:db8::1', '2001:db8::2', '2001:db8::3'] },
    { subnet: '2001:db8::/127', hosts: ['2001:db8::', '2001:db8::1'] },
  ])('$subnet has $hosts', ({ subnet, hosts }) => {
    expect([...hostAddresses(cidr(subnet))].map(formatIp)).toEqual(hosts)
    expect(countHostAddresses(cidr(subnet))).toBe(BigInt(hosts.length))
  })

  test('of a /64 only as many are made as are taken', () => {
    const [first, second] = hostAddresses(cidr('2001:db8:1::/64'))
    expect([first, second].map((x) => x && formatIp(x))).toEqual(['2001:db8:1::1', '2001:db8:1::2'])
    expect(countHostAddresses(cidr('2001:db8:1::/64'))).toBe(2n ** 64n - 1n)
  })

  test('addresses that somebody has are passed over', () => {
    const taken = takenRuns([ip('192.0.2.3').value, ip('192.0.2.1').value, ip('192.0.2.3').value])
    expect([...freeAddresses(cidr('192.0.2.0/29'), taken)].map(formatIp)).toEqual([
      '192.0.2.2',
      '192.0.2.4',
      '192.0.2.5',
      '192.0.2.6',
    ])
  })

  test('the free ones and the taken ones are all there are', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 40 })), (numbers) => {
        const taken = numbers.map((number) => ip('192.0.2.0').value + BigInt(number))
        const expected = [...hostAddresses(cidr('192.0.2.0/27'))].filter(({ value }) => !taken.includes(value))
        expect([...freeAddresses(cidr('192.0.2.0/27'), takenRuns(taken))]).toEqual(expected)
      }),
    ))

  test.each([
    ['192.0.2.0/24', '192.0.2.0', 'network-address'],
    ['192.0.2.0/24', '192.0.2.255', 'broadcast-address'],
    ['192.0.2.0/24', '192.0.2.1', undefined],
    ['192.0.2.0/31', '192.0.2.0', undefined],
    ['2001:db8::/64', '2001:db8::', 'subnet-router-anycast'],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', undefined],
    ['2001:db8::/127', '2001:db8::', undefined],
  ])('in %s, %s is %s', (subnet, address, because) => expect(unusableBecause(cidr(subnet), ip(address))).toBe(because))

  test('every address that is handed out may be used', () =>
    fc.assert(
      fc.property(anyCidr, (subnet) => {
        let seen = 0
        for (const address of hostAddresses(subnet)) {
          expect(contains(subnet, address)).toBe(true)
          expect(unusableBecause(subnet, address)).toBeUndefined()
          if (++seen === 20) break
        }
        expect(seen).toBeGreaterThan(0)
      }),
    ))
})
