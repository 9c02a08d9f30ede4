import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { inFreshNamespace } from '../../src/kernel/namespace.ts'
import { expectedExpressions } from '../../src/kernel/nft/ruleset.ts'
import { deleteHostTable, deleteNftTable, listNftTables, loadNftTable } from '../../src/kernel/nft.ts'
import { SAMPLE_TABLES } from '../support/nft-tables.ts'

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' })
const nftText = (text: string | Uint8Array): void => void execFileSync('nft', ['-f', '-'], { input: text })

describe('rules read back as they were planned', () => {
  for (const table of SAMPLE_TABLES) {
    test(`everything a plan can say in a table of family ${table.family}`, () => {
      const observed = inFreshNamespace(() => {
        run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
        expect(loadNftTable(table)).toEqual({ ok: true })
        return listNftTables()
      })

      expect(observed.map(({ family, name }) => `${family} ${name}`)).toEqual([`${table.family} ${table.name}`])
      const expected = expectedExpressions(table)
      for (const chain of table.chains) {
        const found = observed[0]?.chains.find(({ name }) => name === chain.name)
        const rules = found?.rules.map(({ comment, expression, text }) => ({ comment, expression, text }))
        expect(rules).toEqual(expected.get(chain.name))
        const { type = '', hook = '', priority = 0, policy = '' } = chain.hook ?? {}
        expect(found).toMatchObject({ type, hook, priority, policy })
      }
    })
  }
})

test('the text of a rule is what nft itself prints', () => {
  const [texts, printed] = inFreshNamespace(() => {
    run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
    for (const table of SAMPLE_TABLES) loadNftTable(table)
    return [
      listNftTables().flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.map(({ text }) => text))),
      run('nft', '-s', '-y', 'list', 'ruleset'),
    ]
  })

  const lines = printed
    .split('\n')
    .filter((line) => line.includes('comment'))
    .map((line) =>
      line
        .trim()
        .replace(/ ?counter/, '')
        .replace(/ comment ".*"$/, '')
        .replace(/^meta protocol ip6 ip6/, 'ip6')
        // Newer versions write out the default.
        .replace(' burst 5 packets', '')
        .trim(),
    )
  expect(texts).toEqual(lines)
})

test('counters tell how many packets each rule has seen', () => {
  const rules = inFreshNamespace(() => {
    run('ip', 'link', 'set', 'lo', 'up')
    loadNftTable({
      kind: 'nft-table',
      namespace: 'nl00000000-0',
      family: 'inet',
      name: 'netnslab',
      chains: [
        {
          name: 'input',
          hook: { type: 'filter', hook: 'input', priority: 0, policy: 'accept' },
          rules: [
            {
              origin: 'pings',
              match: [{ kind: 'icmp-type', family: 4, type: 'echo-request' }],
              action: { kind: 'accept' },
            },
            { origin: 'tcp', match: [{ kind: 'protocol', protocol: 'tcp' }], action: { kind: 'drop' } },
          ],
        },
      ],
    })
    run('ping', '-q', '-c', '3', '-i', '0.01', '127.0.0.1')
    return listNftTables()[0]?.chains[0]?.rules
  })

  expect(rules?.map(({ comment, packets, bytes }) => ({ comment, packets, bytes }))).toEqual([
    { comment: 'pings', packets: 3, bytes: 3 * 84 },
    { comment: 'tcp', packets: 0, bytes: 0 },
  ])
})

const small = SAMPLE_TABLES.find(({ family }) => family === 'ip') ?? SAMPLE_TABLES[0]

describe('a table is made whole or not at all', () => {
  test('a second load is refused and leaves the first as it is', () => {
    inFreshNamespace(() => {
      nftText('add table ip nl0123abcd\nadd chain ip nl0123abcd mine\n')
      expect(small && loadNftTable(small)).toMatchObject({ ok: false, refusal: 'exists' })
      expect(listNftTables()[0]?.chains.map(({ name }) => name)).toEqual(['mine'])
    })
  })

  test('a table whose last rule is refused is not there at all', () => {
    inFreshNamespace(() => {
      const wrong = {
        origin: 'x',
        match: [{ kind: 'icmp-type', family: 6, type: 'echo-request' } as const],
        action: { kind: 'snat', family: 4, to: '192.0.2.1' } as const,
      }
      const chains = [
        { name: 'fine', rules: [] },
        { name: 'wrong', rules: [wrong] },
      ]
      expect(
        loadNftTable({ kind: 'nft-table', namespace: 'nl00000000-0', family: 'inet', name: 'x', chains }),
      ).toMatchObject({ ok: false })
      expect(listNftTables()).toEqual([])
    })
  })

  test('a name that nft would read as something else is refused before nft sees it', () => {
    const rule = {
      origin: 'x',
      match: [{ kind: 'in-device', device: 'eth*' } as const],
      action: { kind: 'drop' } as const,
    }
    const table = {
      kind: 'nft-table',
      namespace: 'nl00000000-0',
      family: 'inet',
      name: 'x',
      chains: [{ name: 'c', rules: [rule] }],
    } as const
    expect(loadNftTable(table)).toMatchObject({ ok: false, refusal: 'unsupported' })
  })
})

describe('taking tables away', () => {
  test('only the named one goes; one that is gone already counts as gone', () => {
    inFreshNamespace(() => {
      nftText('table ip a { }\ntable ip b { }\ntable ip6 a { }')
      expect(deleteNftTable('ip', 'a')).toEqual({ ok: true })
      expect(deleteNftTable('ip', 'a')).toEqual({ ok: true })
      expect(
        listNftTables()
          .map(({ family, name }) => `${family} ${name}`)
          .sort(),
      ).toEqual(['ip b', 'ip6 a'])
    })
  })

  test("a table of the host that is not the server's is never touched", () => {
    inFreshNamespace(() => {
      nftText('table ip nat { }\ntable ip nl0123abcd { }')
      expect(deleteHostTable('ip', 'nat')).toMatchObject({ ok: false, refusal: 'denied' })
      expect(deleteHostTable('ip', 'nl0123abcd')).toEqual({ ok: true })
      expect(listNftTables().map(({ name }) => name)).toEqual(['nat'])
    })
  })
})

describe('rules that someone else has set', () => {
  test('hostile comments and unknown statements are data', () => {
    const [table] = inFreshNamespace(() => {
      nftText(
        Buffer.concat([
          Buffer.from(
            'table inet t {\nchain d { }\nset s { type ipv4_addr; elements = { 192.0.2.1 }; }\nchain c { type filter hook input priority 7;\n',
          ),
          Buffer.from('ip saddr @s counter accept comment "esc \u001b[31m \u202e"\n'),
          Buffer.concat([Buffer.from('drop comment "'), Buffer.from([0xff, 0xfe, 1]), Buffer.from('"\n')]),
          Buffer.from(
            'tcp flags & (fin|syn) == syn meta mark set 7 jump d\nnumgen random mod 2 vmap { 0 : accept, 1 : drop }\n}\n}\n',
          ),
        ]),
      )
      return listNftTables()
    })
    const rules = table?.chains.flatMap((chain) => chain.rules) ?? []
    expect(rules.map(({ text }) => text)).toEqual([
      'ip saddr @s accept',
      'drop',
      expect.stringContaining('mark set 7 jump d'),
      expect.stringContaining('vmap'),
    ])
    expect(rules[0]?.comment).toBe('esc \ufffd[31m \ufffd')
    expect(rules[1]?.comment).not.toContain('\u0001')
  })
})
