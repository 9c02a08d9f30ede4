import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRule, type SetContent } from '../../src/kernel/nft/decode-rule.ts'
import { type Expression, readExpressions } from '../../src/kernel/nft/expressions.ts'
import { intervalsOf } from '../../src/kernel/nft/observe-tables.ts'
import { shapeOf } from '../../src/kernel/nft/ruleset.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const load = (key: number): Expression => ({ kind: 'meta', key, into: 0 })
const payload = (base: number, offset: number, width: number): Expression => ({
  kind: 'payload',
  base,
  offset,
  bytes: width,
  into: 0,
})
const compare = (operator: number, hex: string): Expression => ({
  kind: 'compare',
  from: 0,
  operator,
  value: bytes(hex),
})
const range = (first: string, last: string): Expression => ({
  kind: 'range',
  from: 0,
  operator: 0,
  first: bytes(first),
  last: bytes(last),
})
const mask = (hex: string): Expression => ({
  kind: 'mask',
  from: 0,
  into: 0,
  mask: bytes(hex),
  xor: Buffer.alloc(hex.length / 2),
})
const ACCEPT: Expression = { kind: 'verdict', code: 1, chain: '' }
const [L4PROTO, IIFNAME, NFPROTO, PROTOCOL] = [16, 6, 15, 1]
const TCP = [load(L4PROTO), compare(0, '06')]

const text = (expressions: readonly Expression[], family = 'inet', set?: SetContent): string =>
  shapeOf(decodeRule(expressions, { family, setOf: () => set }), family).text

test.each<{ story: string; family?: string; rule: readonly Expression[]; reads: string }>([
  {
    story: 'a range as two comparisons (nft 1.0)',
    rule: [...TCP, payload(2, 2, 2), compare(5, '0400'), compare(3, '0800')],
    reads: 'tcp dport 1024-2048',
  },
  {
    story: 'a range as one (nft 1.1)',
    rule: [...TCP, payload(2, 2, 2), range('0400', '0800')],
    reads: 'tcp dport 1024-2048',
  },
  {
    story: 'a comparison from below that no other closes',
    rule: [...TCP, payload(2, 2, 2), compare(5, '0400'), ACCEPT],
    reads: 'tcp dport >= 1024 accept',
  },
  {
    story: 'two comparisons of different fields',
    rule: [...TCP, payload(2, 2, 2), compare(5, '0400'), payload(2, 0, 2), compare(3, '0800')],
    reads: 'tcp dport >= 1024 tcp sport <= 2048',
  },
  {
    story: 'both ports loaded at once',
    rule: [...TCP, payload(2, 0, 4), compare(0, '00010002')],
    reads: 'tcp sport 1 tcp dport 2',
  },
  {
    story: 'a port of nobody knows which protocol',
    rule: [payload(2, 2, 2), compare(0, '0050')],
    reads: 'th dport 80',
  },
  {
    story: 'a /8 of one byte',
    family: 'ip',
    rule: [payload(1, 12, 1), compare(0, '0a')],
    reads: 'ip saddr 10.0.0.0/8',
  },
  {
    story: 'a /12 by mask',
    family: 'ip',
    rule: [payload(1, 16, 4), mask('fff00000'), compare(1, 'ac100000')],
    reads: 'ip daddr != 172.16.0.0/12',
  },
  {
    story: 'a mask with holes',
    family: 'ip',
    rule: [payload(1, 12, 4), mask('ff00ff00'), compare(0, '0a000100')],
    reads: 'ip saddr & 255.0.255.0 10.0.1.0',
  },
  {
    story: 'an IPv6 /61',
    rule: [
      load(NFPROTO),
      compare(0, '0a'),
      payload(1, 24, 16),
      mask('fffffffffffffff80000000000000000'),
      compare(0, '20010db8000000080000000000000000'),
    ],
    reads: 'ip6 daddr 2001:db8:0:8::/61',
  },
  {
    story: 'both addresses at once',
    family: 'ip',
    rule: [payload(1, 12, 8), compare(0, 'c0000201c0000202')],
    reads: 'ip saddr 192.0.2.1 ip daddr 192.0.2.2',
  },
  {
    story: 'a sender in ARP',
    family: 'netdev',
    rule: [load(PROTOCOL), compare(0, '0806'), payload(1, 8, 10), compare(0, '020000000001c0000201')],
    reads: 'arp saddr ether 02:00:00:00:00:01 arp saddr ip 192.0.2.1',
  },
  {
    story: 'states under a mask',
    rule: [{ kind: 'ct', key: 0, into: 0 }, mask('06000000'), compare(1, '00000000')],
    reads: 'ct state established,related',
  },
  {
    story: 'states that must not be',
    rule: [{ kind: 'ct', key: 0, into: 0 }, mask('08000000'), compare(0, '00000000')],
    reads: 'ct state != new',
  },
  {
    story: 'exactly one state',
    rule: [{ kind: 'ct', key: 0, into: 0 }, compare(0, '01000000')],
    reads: 'ct state invalid',
  },
  {
    story: 'a device name',
    rule: [load(IIFNAME), compare(0, '65746830000000000000000000000000')],
    reads: 'iifname "eth0"',
  },
  { story: 'the beginning of device names', rule: [load(IIFNAME), compare(0, '657468')], reads: 'iifname "eth*"' },
  {
    story: 'a hostile device name',
    rule: [load(IIFNAME), compare(0, '6574681b5b33316d0000000000000000')],
    reads: 'iifname "eth\ufffd[31m"',
  },
  { story: 'a register that nothing was put into', rule: [compare(0, '01')], reads: 'register 0 0x01' },
  {
    story: 'a field that has no name',
    rule: [...TCP, payload(2, 12, 3), compare(0, '010203')],
    reads: 'meta l4proto tcp @tcp,96,24 0x010203',
  },
  {
    story: 'an expression of tomorrow',
    rule: [{ kind: 'other', name: 'tomorrow', content: '0x01' }, ACCEPT],
    reads: 'tomorrow 0x01 accept',
  },
])('$story', ({ rule, family, reads }) => expect(text(rule, family)).toBe(reads))

describe('sets made for one rule', () => {
  const element = (hex: string, endsInterval = false) => ({
    key: bytes(hex),
    keyEnd: undefined,
    endsInterval,
    verdict: undefined,
  })
  const spans = (elements: readonly ReturnType<typeof element>[]) =>
    intervalsOf(elements, 2).map(({ first, last }) => `${first.toString('hex')}-${last.toString('hex')}`)

  test('an interval ends before its end element, in whatever order they come', () => {
    expect(
      spans([element('0000', true), element('0010'), element('0020', true), element('0050'), element('0051', true)]),
    ).toEqual(['0010-001f', '0050-0050'])
    expect(spans([element('0051', true), element('0020', true), element('0050'), element('0010')])).toEqual([
      '0010-001f',
      '0050-0050',
    ])
  })

  test('intervals that touch, that borrow, and that reach the end of the space', () => {
    expect(spans([element('0010'), element('0100', true), element('0100'), element('0200', true)])).toEqual([
      '0010-00ff',
      '0100-01ff',
    ])
    expect(spans([element('e000')])).toEqual(['e000-ffff'])
    expect(spans([])).toEqual([])
  })

  test('a lookup shows what is in the set, or its name', () => {
    const ports: SetContent = {
      anonymous: true,
      keyBytes: 2,
      elements: [
        { first: bytes('0050'), last: bytes('0050') },
        { first: bytes('0400'), last: bytes('0800') },
      ],
    }
    const lookup = (not: boolean): Expression => ({ kind: 'lookup', from: 0, set: '__set0', not, maps: false })
    expect(text([...TCP, payload(2, 2, 2), lookup(false)], 'inet', ports)).toBe('tcp dport { 80, 1024-2048 }')
    expect(text([...TCP, payload(2, 2, 2), lookup(true)], 'inet', { ...ports, anonymous: false })).toBe(
      'tcp dport != @__set0',
    )
    expect(text([...TCP, payload(2, 2, 2), lookup(false)])).toBe('tcp dport @__set0')
  })
})

test('a rule of garbage is read to its end, and what comes out can be shown', () => {
  const names = [
    'meta',
    'cmp',
    'payload',
    'bitwise',
    'lookup',
    'immediate',
    'range',
    'ct',
    'fib',
    'nat',
    'masq',
    'reject',
    'limit',
    'counter',
    'exthdr',
    'x',
  ]
  const attribute = (type: number, content: Uint8Array): Buffer => {
    const head = Buffer.alloc(4)
    head.writeUInt16LE(4 + content.length, 0)
    head.writeUInt16LE(type, 2)
    return Buffer.concat([head, content, Buffer.alloc(-content.length & 3)])
  }
  const part = fc
    .record({
      type: fc.nat(10),
      content: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.nat(40).map((n) => Uint8Array.of(0, 0, 0, n)),
      ),
    })
    .map(({ type, content }) => attribute(type, content))
  const expression = fc
    .record({ name: fc.constantFrom(...names), parts: fc.array(part, { maxLength: 8 }) })
    .map(({ name, parts }) =>
      attribute(1, Buffer.concat([attribute(1, Buffer.from(`${name}\0`)), attribute(2, Buffer.concat(parts))])),
    )
  const garbage = fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw))
  const set: SetContent = { anonymous: true, keyBytes: 20, elements: [{ first: bytes('0102'), last: bytes('') }] }
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(expression, { maxLength: 12 }).map((all) => Buffer.concat(all)),
        garbage,
      ),
      fc.constantFrom('inet', 'ip', 'ip6', 'netdev', '9'),
      (rule, family) => {
        const statements = decodeRule(readExpressions(rule, 0, rule.length), { family, setOf: () => set })
        const shape = shapeOf(statements, family)
        expect(shape.text).not.toContain('undefined')
        expect(JSON.parse(shape.expression)).toBeInstanceOf(Array)
      },
    ),
    { numRuns: 500 },
  )
})
