import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMulticastMac, macFromIpv4, macFromText, parseMac } from '../../src/net/mac.ts'
import { isDeviceName, isName } from '../../src/net/names.ts'

describe('MAC addresses', () => {
  test('an IPv4 address gives 0a:58 and its hexadecimal', () =>
    expect(macFromIpv4({ family: 4, value: 0xc000020an })).toBe('0a:58:c0:00:02:0a'))

  test('a text gives the same MAC everywhere and always', () => {
    // Written down: a change here changes the labs of everybody.
    expect(macFromText('')).toBe(macFromText(''))
    expect(macFromText('lan/p1')).toBe('06:58:28:bd:1d:b2')
    expect(macFromText('host-a/eth0')).toBe('06:6a:62:b2:6b:2c')
  })

  test('a MAC from a text is a unicast, locally administered one and never one from an address', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const mac = macFromText(text)
        const first = Number.parseInt(mac.slice(0, 2), 16)
        expect(parseMac(mac)).toBe(mac)
        expect(isMulticastMac(mac)).toBe(false)
        expect(first & 2).toBe(2)
        expect(mac.startsWith('0a:58')).toBe(false)
      }),
    ))

  test('100,000 names that look alike give 100,000 MACs', () => {
    const macs = new Set<string>()
    for (let host = 0; host < 1_000; host++)
      for (let port = 0; port < 100; port++) macs.add(macFromText(`h${host}/eth${port}`))
    expect(macs.size).toBe(100_000)
  })

  test.each(['0A:58:C0:00:02:0A', '0a:58:c0:00:02:0a'])('%s is read in either case', (text) =>
    expect(parseMac(text)).toBe('0a:58:c0:00:02:0a'),
  )

  test.each(['0a:58:c0:00:02', '0a-58-c0-00-02-0a', '0a:58:c0:00:02:0a:00', '0a:58:c0:00:02:0g', 'a:58:c0:0:2:a', ''])(
    '%j is refused',
    (text) => expect(parseMac(text)).toBeUndefined(),
  )

  test.each([
    ['ff:ff:ff:ff:ff:ff', true],
    ['01:00:5e:00:00:01', true],
    ['0a:58:c0:00:02:0a', false],
  ])('%s is a group address: %s', (mac, group) => expect(isMulticastMac(mac)).toBe(group))
})

describe('names', () => {
  test.each(['a', 'a1', 'web-1', `a${'b'.repeat(30)}`])('%s is a name', (text) => expect(isName(text)).toBe(true))

  test.each([
    '',
    'A',
    '1a',
    '-a',
    'a-',
    'a_b',
    'a.b',
    'a b',
    'a\nb',
    'ä',
    '$(id)',
    '../x',
    '--help',
    `a${'b'.repeat(31)}`,
    'a\n',
  ])('%j is no name', (text) => expect(isName(text)).toBe(false))

  test.each(['eth0', 'wan', 'e', 'eth0.100', 'br-lan', 'a23456789012345'])('%s names a device', (text) =>
    expect(isDeviceName(text)).toBe(true),
  )

  test.each([
    '',
    'lo',
    'all',
    'default',
    'Eth0',
    'eth%d',
    'a/b',
    '..',
    '.',
    'a b',
    'a:b',
    '-x',
    'é',
    'a234567890123456',
    'eth0\n',
  ])('%j names no device', (text) => expect(isDeviceName(text)).toBe(false))
})
