import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalText } from '../../src/kernel/nft/canonical.ts'
import type { Json } from '../../src/kernel/nft/json.ts'
import { expectedExpressions } from '../../src/kernel/nft/ruleset.ts'
import { ruleText } from '../../src/kernel/nft/text.ts'
import { commentOf, loadCommands, ruleStatements } from '../../src/kernel/nft/translate.ts'
import { ADDRESSES, merge, readIntervals, writeIntervals } from '../../src/kernel/nft/values.ts'
import type { NftRule, NftTableObject } from '../../src/plan/objects.ts'
import { readRuleset } from '../support/nft-listing.ts'
import { SAMPLE_TABLES } from '../support/nft-tables.ts'

const match = (left: Json, right: Json, op = '=='): Json => ({ match: { op, left, right } })
const meta = (key: string): Json => ({ meta: { key } })
const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } })
const state: Json = { ct: { key: 'state' } }

test.each<{ story: string; family?: string; a: readonly Json[]; b: readonly Json[] }>([
  {
    story: "a counter's value",
    a: [{ counter: null }, { accept: null }],
    b: [{ counter: { packets: 7, bytes: 700 } }, { accept: null }],
  },
  {
    story: 'the order of a set',
    a: [match(payload('tcp', 'dport'), { set: [80, 22] })],
    b: [match(payload('tcp', 'dport'), { set: [22, 80] })],
  },
  {
    story: 'a set of one',
    a: [match(payload('tcp', 'dport'), { set: [22] })],
    b: [match(payload('tcp', 'dport'), 22)],
  },
  {
    story: 'ranges that touch',
    a: [match(payload('udp', 'sport'), { set: [{ range: [10, 19] }, { range: [20, 30] }] })],
    b: [match(payload('udp', 'sport'), { range: [10, 30] })],
  },
  {
    story: 'a block written as a range',
    a: [match(payload('ip', 'saddr'), { range: ['10.0.0.0', '10.255.255.255'] })],
    b: [match(payload('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 8 } })],
  },
  {
    story: 'an IPv6 address in another spelling',
    a: [match(payload('ip6', 'daddr'), '2001:db8:0:0:0:0:0:1')],
    b: [match(payload('ip6', 'daddr'), { prefix: { addr: '2001:DB8::1', len: 128 } })],
  },
  {
    story: 'protocols by number',
    a: [match(meta('l4proto'), 58)],
    b: [match(meta('l4proto'), 'ipv6-icmp')],
  },
  {
    story: 'ether types by number',
    family: 'netdev',
    a: [match(payload('ether', 'type'), 2054)],
    b: [match(meta('protocol'), 'arp')],
  },
  { story: 'nfproto and protocol', a: [match(meta('nfproto'), 'ipv6')], b: [match(meta('protocol'), 'ip6')] },
  {
    story: 'ICMP types by number',
    a: [match(payload('icmpv6', 'type'), { set: [136, 135] })],
    b: [match(payload('icmpv6', 'type'), { set: ['nd-neighbor-solicit', 'nd-neighbor-advert'] })],
  },
  {
    story: 'states as list, as set and in another order',
    a: [match(state, ['established', 'related'], 'in')],
    b: [match(state, { set: ['related', 'established'] })],
  },
  {
    story: 'a protocol that a port says too',
    a: [match(meta('l4proto'), 6), match(payload('tcp', 'dport'), 80)],
    b: [match(payload('tcp', 'dport'), 80)],
  },
  {
    story: 'a family that an address says too',
    a: [match(meta('nfproto'), 'ipv4'), match(payload('ip', 'saddr'), '192.0.2.1')],
    b: [match(payload('ip', 'saddr'), '192.0.2.1')],
  },
  {
    story: 'a family that the table says too',
    family: 'ip',
    a: [match(meta('protocol'), 'ip'), { drop: null }],
    b: [{ drop: null }],
  },
  {
    story: 'the usual way to reject',
    a: [{ reject: null }],
    b: [{ reject: { type: 'icmpx', expr: 'port-unreachable' } }],
  },
  {
    story: 'the family of a translation',
    a: [{ snat: { addr: '192.0.2.1' } }],
    b: [{ snat: { family: 'ip', addr: '192.0.2.1' } }],
  },
  {
    story: "a limit's defaults",
    a: [{ limit: { rate: 5, per: 'second' } }],
    b: [{ limit: { rate: 5, burst: 5, per: 'second', inv: false } }],
  },
  {
    story: 'flags of fib as text',
    a: [match({ fib: { result: 'type', flags: 'daddr' } }, 'local')],
    b: [match({ fib: { result: 'type', flags: ['daddr'] } }, 'local')],
  },
])('versions of nft may differ on $story', ({ a, b, family = 'inet' }) =>
  expect(canonicalText(a, family)).toBe(canonicalText(b, family)),
)

test.each<{ story: string; a: readonly Json[]; b: readonly Json[] }>([
  { story: 'another port', a: [match(payload('tcp', 'dport'), 80)], b: [match(payload('tcp', 'dport'), 81)] },
  { story: 'another protocol', a: [match(payload('tcp', 'dport'), 80)], b: [match(payload('udp', 'dport'), 80)] },
  {
    story: 'negation',
    a: [match(payload('ip', 'saddr'), '192.0.2.1')],
    b: [match(payload('ip', 'saddr'), '192.0.2.1', '!=')],
  },
  {
    story: 'a wider block',
    a: [match(payload('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 9 } })],
    b: [match(payload('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 8 } })],
  },
  {
    story: 'one state less',
    a: [match(state, ['established', 'related'], 'in')],
    b: [match(state, ['established'], 'in')],
  },
  {
    story: 'a family that nothing else says',
    a: [match(meta('nfproto'), 'ipv4'), { drop: null }],
    b: [{ drop: null }],
  },
  {
    story: 'a negated protocol beside a port',
    a: [match(meta('l4proto'), 6, '!='), match(payload('tcp', 'dport'), 80)],
    b: [match(payload('tcp', 'dport'), 80)],
  },
  { story: 'another way to reject', a: [{ reject: null }], b: [{ reject: { type: 'tcp reset' } }] },
  { story: 'a counter that is gone', a: [{ counter: null }, { drop: null }], b: [{ drop: null }] },
  { story: 'the order of statements', a: [{ counter: null }, { drop: null }], b: [{ drop: null }, { counter: null }] },
  {
    story: 'a limit turned around',
    a: [{ limit: { rate: 5, per: 'second' } }],
    b: [{ limit: { rate: 5, per: 'second', inv: true } }],
  },
  { story: 'a set by reference', a: [match(payload('ip', 'saddr'), '@s')], b: [match(payload('ip', 'saddr'), '@t')] },
])('but a rule with $story is another rule', ({ a, b }) =>
  expect(canonicalText(a, 'inet')).not.toBe(canonicalText(b, 'inet')),
)

test('no two of the sample rules of a chain are taken for each other, save those that say the same', () => {
  for (const table of SAMPLE_TABLES) {
    for (const [, rules] of expectedExpressions(table)) {
      const texts = new Map(rules.map(({ expression, text }) => [expression, text]))
      expect(new Set(texts.values()).size).toBe(texts.size)
    }
  }
})

const block = fc
  .tuple(fc.nat(0xffff), fc.nat(0xff))
  .map(([first, length]) => ({ first: BigInt(first), last: BigInt(first + length) }))

test('joined intervals hold the same addresses, sorted and apart, and survive nft JSON', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 8 }), (blocks) => {
      const merged = merge(blocks)
      const members = (list: typeof blocks) =>
        new Set(
          list.flatMap(({ first, last }) =>
            Array.from({ length: Number(last - first) + 1 }, (_, n) => first + BigInt(n)),
          ),
        )
      expect(members([...merged])).toEqual(members(blocks))
      for (const [place, { first }] of merged.entries()) {
        const before = merged[place - 1]
        if (before !== undefined) expect(first > before.last + 1n).toBe(true)
      }
      expect(readIntervals(writeIntervals(merged, ADDRESSES[4]), ADDRESSES[4])).toEqual(merged)
    }),
    { numRuns: 100 },
  )
})

const aRule = (rule: Partial<NftRule>): NftRule => ({
  origin: 'hosts[0]',
  match: [],
  action: { kind: 'accept' },
  ...rule,
})

describe('what goes to nft', () => {
  test('a port forward is one create and its parts', () => {
    const table: NftTableObject = {
      kind: 'nft-table',
      namespace: 'nl00000000-0',
      family: 'inet',
      name: 'netnslab',
      chains: [
        {
          name: 'prerouting',
          hook: { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
          rules: [
            aRule({
              match: [
                { kind: 'in-device', device: 'wan0' },
                { kind: 'destination-port', protocol: 'tcp', ports: [{ first: 8080, last: 8080 }] },
              ],
              action: { kind: 'dnat', family: 4, to: '192.0.2.10', port: 80 },
            }),
          ],
        },
      ],
    }
    expect(loadCommands(table)).toEqual({
      nftables: [
        { create: { table: { family: 'inet', name: 'netnslab' } } },
        {
          add: {
            chain: {
              family: 'inet',
              table: 'netnslab',
              name: 'prerouting',
              type: 'nat',
              hook: 'prerouting',
              prio: -100,
              policy: 'accept',
            },
          },
        },
        {
          add: {
            rule: {
              family: 'inet',
              table: 'netnslab',
              chain: 'prerouting',
              comment: 'hosts[0]',
              expr: [
                match(meta('iifname'), 'wan0'),
                match(payload('tcp', 'dport'), 8080),
                { counter: null },
                { dnat: { family: 'ip', addr: '192.0.2.10', port: 80 } },
              ],
            },
          },
        },
      ],
    })
  })

  test.each<{ story: string; rule: NftRule }>([
    { story: 'a device name that nft reads as a set', rule: aRule({ match: [{ kind: 'in-device', device: '@set' }] }) },
    {
      story: 'a device name that nft reads as a wildcard',
      rule: aRule({ match: [{ kind: 'out-device', device: 'eth*' }] }),
    },
    { story: 'an address that is none', rule: aRule({ match: [{ kind: 'source', family: 4, cidrs: ['@blocked'] }] }) },
    {
      story: 'an address of the other family',
      rule: aRule({ match: [{ kind: 'source', family: 6, cidrs: ['192.0.2.1'] }] }),
    },
    { story: 'no address at all', rule: aRule({ match: [{ kind: 'destination', family: 4, cidrs: [] }] }) },
    { story: 'a MAC that is none', rule: aRule({ match: [{ kind: 'source-mac', mac: '@m' }] }) },
    {
      story: 'neighbour discovery of IPv4',
      rule: aRule({ match: [{ kind: 'icmp-type', family: 4, type: 'neighbour-discovery' }] }),
    },
    { story: 'a target that is none', rule: aRule({ action: { kind: 'snat', family: 4, to: 'x' } }) },
  ])('$story is refused', ({ rule }) => expect(() => ruleStatements(rule, 'inet')).toThrow(RangeError))

  test('a comment is cut before nft would end the process over it', () => {
    const comment = commentOf(aRule({ origin: `routers[0]\n"${'x'.repeat(500)}` }))
    expect(comment).toMatch(/^routers\[0\]\?\?x+$/)
    expect(comment.length).toBe(120)
  })
})

describe('what comes from nft', () => {
  test('tables without chains, chains without rules and things unknown are read', () => {
    const listing = {
      nftables: [
        { metainfo: { version: '9.9', json_schema_version: 1 } },
        { table: { family: 'ip', name: 'empty', handle: 1 } },
        { table: { family: 'inet', name: 't', handle: 2, flags: 'dormant' } },
        { chain: { family: 'inet', table: 't', name: 'bare', handle: 1 } },
        { set: { family: 'inet', table: 't', name: 's', type: 'ipv4_addr' } },
        {
          rule: {
            family: 'inet',
            table: 't',
            chain: 'bare',
            handle: 4,
            expr: [{ xt: null }, { tomorrow: { x: [1] } }],
          },
        },
        { rule: { family: 'inet', table: 'nowhere', chain: 'bare', handle: 5, expr: [] } },
        'nonsense',
      ],
    }
    expect(readRuleset(JSON.stringify(listing))).toEqual([
      { family: 'ip', name: 'empty', chains: [] },
      {
        family: 'inet',
        name: 't',
        chains: [
          {
            name: 'bare',
            type: '',
            hook: '',
            priority: 0,
            policy: '',
            rules: [
              {
                handle: 4,
                comment: '',
                expression: '[{"xt":null},{"tomorrow":{"x":[1]}}]',
                text: '{"xt":null} {"tomorrow":{"x":[1]}}',
                packets: 0,
                bytes: 0,
              },
            ],
          },
        ],
      },
    ])
  })

  test.each([
    {
      text: 'oifname "wan0" masquerade random,persistent',
      statements: [
        match(meta('oifname'), 'wan0'),
        { counter: null },
        { masquerade: { flags: ['random', 'persistent'] } },
      ],
    },
    {
      text: 'ip saddr . tcp dport @allowed accept',
      statements: [match({ concat: [payload('ip', 'saddr'), payload('tcp', 'dport')] }, '@allowed'), { accept: null }],
    },
    {
      text: 'ct original packets > 5 drop',
      statements: [match({ ct: { key: 'packets', dir: 'original' } }, 5, '>'), { drop: null }],
    },
    { text: 'reject with tcp reset', statements: [{ reject: { type: 'tcp reset' } }] },
    { text: 'reject with icmp host-unreachable', statements: [{ reject: { type: 'icmp', expr: 'host-unreachable' } }] },
    {
      text: 'mark set 7 goto other',
      statements: [{ mangle: { key: meta('mark'), value: 7 } }, { goto: { target: 'other' } }],
    },
    { text: 'dnat ip6 to [2001:db8::a]:80', statements: [{ dnat: { family: 'ip6', addr: '2001:db8::a', port: 80 } }] },
    {
      text: 'limit rate over 10 kbytes/second drop',
      statements: [{ limit: { rate: 10, rate_unit: 'kbytes', per: 'second', inv: true } }, { drop: null }],
    },
  ])('people read $text', ({ text, statements }) => expect(ruleText(statements)).toBe(text))
})
