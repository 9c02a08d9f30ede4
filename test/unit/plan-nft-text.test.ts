import { expect, test } from 'vitest'
import { nftText } from '../../src/plan/nft-text.ts'
import type { NftTableObject } from '../../src/plan/objects.ts'

function aTable(wish: Partial<NftTableObject['chains'][number]['rules'][number]>, name = 'netns-lab'): NftTableObject {
  const rule = { origin: 'hosts[0]', match: [], action: { kind: 'accept' }, ...wish } as const
  const hook = { type: 'filter', hook: 'input', priority: 0, policy: 'drop' } as const
  const chains = [{ name: 'filter-input', hook, rules: [rule] }]
  return { kind: 'nft-table', namespace: 'nl01234567-0', family: 'inet', name, chains }
}

test('a table is written as nft lists it, with counters and where each rule comes from', () => {
  expect(nftText(aTable({ match: [{ kind: 'in-device', device: 'wan0.100' }] }))).toBe(
    [
      'table inet netns-lab {',
      '\tchain filter-input {',
      '\t\ttype filter hook input priority 0; policy drop;',
      '\t\tiifname "wan0.100" counter accept comment "hosts[0]"',
      '\t}',
      '}',
      '',
    ].join('\n'),
  )
})

test('a comment cannot end its quotes or its line', () => {
  expect(nftText(aTable({ origin: 'x" drop\n\\' }))).toContain('comment "x? drop??"')
})

test.each([
  { story: 'a device', table: aTable({ match: [{ kind: 'in-device', device: 'x" drop; include "/etc/shadow' }] }) },
  { story: 'a wildcard', table: aTable({ match: [{ kind: 'out-device', device: 'eth*' }] }) },
  { story: 'a table', table: aTable({}, 'x; flush ruleset') },
  { story: 'a MAC', table: aTable({ match: [{ kind: 'source-mac', mac: 'aa; drop' }] }) },
  {
    story: 'an address',
    table: aTable({ match: [{ kind: 'source', family: 4, cidrs: ['1.2.3.4', '} drop'] }] }),
  },
])('$story of any other form than ours becomes no text at all', ({ table }) => {
  expect(() => nftText(table)).toThrowError(
    expect.objectContaining({ failure: { kind: 'internal', incident: 'nft-text' } }),
  )
})
