import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOfIp, formatIp, type Ip, ipFromBytes, parseIp, useOf } from '../../src/net/ip.ts'

const anyIp4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value): Ip => ({ family: 4, value }))
const groups = fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
  minLength: 8,
  maxLength: 8,
})
const anyIp6 = groups
  .map((parts): Ip => ({ family: 6, value: parts.reduce((value, part) => (value << 16n) | BigInt(part), 0n) }))
  .filter((ip) => ip.value >> 32n !== 0xffffn)

describe('reading addresses', () => {
  test.each([
    ['0.0.0.0', 0n],
    ['192.0.2.10', 0xc000020an],
    ['255.255.255.255', 0xffffffffn],
  ])('%s is IPv4', (text, value) => expect(parseIp(text)).toEqual({ family: 4, value }))

  test.each([
    ['::', 0n],
    ['::1', 1n],
    ['2001:db8::a', 0x20010db800000000000000000000000an],
    ['2001:DB8:0:0:0:0:0:a', 0x20010db800000000000000000000000an],
    ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
    ['1:2:3:4:5:6:7::', 0x00010002000300040005000600070000n],
    ['64:ff9b::192.0.2.33', 0x0064ff9b0000000000000000c0000221n],
  ])('%s is IPv6', (text, value) => expect(parseIp(text)).toEqual({ family: 6, value }))

  test.each([
    ['', 'nothing'],
    ['192.0.2', 'three octets'],
    ['192.0.2.1.1', 'five octets'],
    ['192.0.2.', 'an empty octet'],
    ['.192.0.2', 'an empty first octet'],
    ['192.0.2.256', 'an octet above 255'],
    ['010.0.0.1', 'a leading zero, which some read as octal'],
    ['192.0.2.00', 'two zeros'],
    ['0x7f.0.0.1', 'hexadecimal'],
    [' 192.0.2.1', 'a blank'],
    ['192.0.2.1\n', 'a line break'],
    ['１92.0.2.1', 'a digit of another alphabet'],
    ['1:2:3:4:5:6:7', 'seven groups'],
    ['1:2:3:4:5:6:7:8:9', 'nine groups'],
    ['1:2:3:4::5:6:7:8', '`::` in place of nothing'],
    ['1::2::3', 'two runs'],
    [':::', 'three colons'],
    [':1:2:3:4:5:6:7', 'a single leading colon'],
    ['fe80::1%eth0', 'a zone'],
    ['::12345', 'a group of five digits'],
    ['::192.0.02.1', 'a leading zero in the dotted part'],
    ['192.0.2.1::', 'a dotted part in front'],
    ['::ffff:192.0.2.1', 'an IPv4-mapped address'],
    ['::ffff:c000:201', 'an IPv4-mapped address in hexadecimal'],
    ['0'.repeat(100_000), 'something endless'],
  ])('%j is refused: %#', (text) => expect(parseIp(text)).toBeUndefined())

  test('what is accepted, Node accepts too', () => {
    const characters = fc.constantFrom(...'0123456789abcdef:.'.split(''))
    const nearly = fc.oneof(
      fc.string({ unit: characters, maxLength: 45 }),
      fc.oneof(anyIp4, anyIp6).map(formatIp),
      fc.tuple(fc.oneof(anyIp4, anyIp6).map(formatIp), characters).map(([text, extra]) => text + extra),
    )
    fc.assert(
      fc.property(nearly, (text) => {
        const ip = parseIp(text)
        if (ip !== undefined) expect(isIP(text)).toBe(ip.family)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('writing addresses', () => {
  // The examples of RFC 5952 section 4.
  test.each([
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['0:0:0:0:0:0:0:1', '::1'],
  ])('%s is written %s', (text, canonical) => {
    const ip = parseIp(text)
    expect(ip && formatIp(ip)).toBe(canonical)
  })

  test('an IPv4-mapped address, as a kernel may tell, shows its IPv4 part', () =>
    expect(formatIp({ family: 6, value: 0xffffc0000201n })).toBe('::ffff:192.0.2.1'))

  test('every address survives text and bytes', () =>
    fc.assert(
      fc.property(fc.oneof(anyIp4, anyIp6), (ip) => {
        expect(parseIp(formatIp(ip))).toEqual(ip)
        expect(ipFromBytes(bytesOfIp(ip))).toEqual(ip)
      }),
    ))

  test('IPv6 text is as short as the platform writes it', () =>
    fc.assert(
      fc.property(anyIp6, (ip) => {
        const hostname = new URL(`http://[${formatIp(ip)}]/`).hostname
        // The URL standard writes no dotted part; neither do we for what is not IPv4-mapped.
        expect(`[${formatIp(ip)}]`).toBe(hostname)
      }),
    ))

  test('bytes of another length are no address', () => expect(ipFromBytes(new Uint8Array(5))).toBeUndefined())
})

test.each([
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['127.1.2.3', 'loopback'],
  ['169.254.1.1', 'link-local'],
  ['223.255.255.255', 'unicast'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['fe80::1', 'link-local'],
  ['febf:ffff::1', 'link-local'],
  ['fec0::1', 'unicast'],
  ['fd00::1', 'unicast'],
  ['ff02::1', 'multicast'],
])('%s is %s', (text, use) => {
  const ip = parseIp(text)
  expect(ip && useOf(ip)).toBe(use)
})
