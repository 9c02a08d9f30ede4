import { describe, expect, test } from 'vitest'
import { parseSpec, parseSpecText } from '../../src/spec/parse-spec.ts'
import { accepted, complaints, FACTS } from '../support/spec-facts.ts'

/** `REASON path @line:column`. */
function placed(text: string): readonly string[] {
  const parsed = parseSpecText(text, FACTS)
  if (parsed.ok) return []
  return parsed.problems.map(({ reason, path, line, column }) => `${reason} ${path} @${line}:${column}`)
}

describe('YAML', () => {
  const LINES = [
    'name: t',
    'switches:',
    '  - { name: lan, subnet: 192.0.2.0/24 }',
    'hosts:',
    '  - name: a',
    '    interfaces:',
    '      - { name: eth0, link: lan, address: 192.0.2.999/24 }',
    '    gatway: 192.0.2.1',
    '  - link: lan',
    '  - { name: b, link: lam, gateway: 192.0.2.77 }',
  ]

  test('problems tell line and column: of the value, of an unknown key, of what lacks a field', () =>
    expect(placed(LINES.join('\n'))).toEqual([
      'INVALID_ADDRESS hosts[0].interfaces[0].address @7:43',
      'UNKNOWN_FIELD hosts[0].gatway @8:5',
      'MISSING_FIELD hosts[1].name @9:5',
      'UNKNOWN_LINK hosts[2].link @10:22',
    ]))

  test('so they do after Windows line ends', () =>
    expect(placed(LINES.join('\r\n'))[3]).toBe('UNKNOWN_LINK hosts[2].link @10:22'))

  test('and in JSON text', () =>
    expect(placed('{\n  "name": "t",\n  "hosts": [{ "name": "a", "link": "lan" }]\n}')).toEqual([
      'UNKNOWN_LINK hosts[0].link @3:36',
    ]))

  test('a problem of quoted keys is found too', () =>
    expect(placed('name: t\nhosts:\n- name: a\n  sysctls: { set: { net.ipv4.ip_forwrd: 1 } }')).toEqual([
      'SYSCTL_NOT_ALLOWED hosts[0].sysctls.set["net.ipv4.ip_forwrd"] @4:41',
    ]))

  test.each([
    { story: 'an open bracket', text: 'name: t\nhosts: [', says: ['INVALID_YAML  @2:9'] },
    { story: 'a tab for indentation', text: 'name: t\nhosts:\n\t- a', says: ['INVALID_YAML  @3:1'] },
    {
      story: 'a field twice',
      text: 'name: t\nhosts:\n  - { name: a, name: b }',
      says: ['DUPLICATE_FIELD hosts[0].name @3:16'],
    },
    {
      story: 'a field twice in JSON',
      text: '{"name":"t", "hosts":[], "name":"u"}',
      says: ['DUPLICATE_FIELD name @1:26'],
    },
    { story: 'a second document', text: 'name: t\n---\nname: u', says: ['MULTIPLE_DOCUMENTS  @2:1'] },
    { story: 'an empty text', text: '', says: ['EMPTY_DOCUMENT  @1:1'] },
    { story: 'comments only', text: '# nothing\n', says: ['EMPTY_DOCUMENT  @1:1'] },
    { story: 'a tag', text: 'name: !!binary dA==\n', says: ['INVALID_YAML  @1:7'] },
    { story: 'a tag of JavaScript', text: 'name: !!js/function "() => 1"\n', says: ['INVALID_YAML  @1:7'] },
    { story: 'an alias without an anchor', text: 'name: *a', says: ['INVALID_YAML name @1:7'] },
    { story: 'an alias for a key', text: 'x: &x y\n*x : 1\nname: t', says: ['INVALID_YAML  @2:1'] },
  ])('$story is refused', ({ text, says }) => expect(placed(text).slice(0, 1)).toEqual(says))

  test('merge keys and words of YAML 1.1 mean nothing special, whatever version the text claims', () =>
    expect(placed('%YAML 1.1\n---\nname: yes\nhosts:\n  - &h { name: no }\n  - { <<: *h, name: b }')).toEqual([
      'UNKNOWN_FIELD hosts[1]["<<"] @6:7',
    ]))

  test('an alias repeats what stands at its anchor', () => {
    const spec = accepted(
      'name: t\nswitches: [{ name: &l lan, subnet: 192.0.2.0/24 }]\nhosts: [{ name: a, link: *l }, { name: b, link: *l }]',
    )
    expect(spec.members.map(({ interfaces }) => interfaces[0]?.link)).toEqual(['lan', 'lan'])
  })

  test('a problem behind an alias is placed at the anchor', () =>
    expect(
      placed(
        'name: t\nhosts:\n- name: a\n  interfaces: &i [{ name: e0, link: x, mtu: 1 }]\n- name: b\n  interfaces: *i',
      ).slice(0, 2),
    ).toEqual(['OUT_OF_RANGE hosts[0].interfaces[0].mtu @4:45', 'OUT_OF_RANGE hosts[1].interfaces[0].mtu @4:45']))

  test('the document comes along as data', () =>
    expect(parseSpecText('name: t\nhosts: [{ name: a }]', FACTS).document).toEqual({
      name: 't',
      hosts: [{ name: 'a' }],
    }))
})

describe('hostile text', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghij'.split('').map((name, k) => {
      const before = 'abcdefghij'[k]
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`
    }),
  ].join('\n')

  test.each([
    { story: 'an alias bomb', text: bomb, reason: /TOO_MANY_ALIASES|DOCUMENT_TOO_LARGE/ },
    { story: 'an alias to what it stands in', text: 'name: t\nhosts: &h [*h]', reason: /TOO_DEEP/ },
    { story: 'brackets within brackets', text: '['.repeat(1_000_000), reason: /TOO_DEEP/ },
    { story: 'lists within lists', text: '- '.repeat(500_000), reason: /TOO_DEEP/ },
    { story: 'mappings within mappings', text: '{a: '.repeat(250_000), reason: /TOO_DEEP/ },
    { story: 'keys within keys', text: '? '.repeat(500_000), reason: /TOO_DEEP/ },
    { story: 'deep JSON', text: `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, reason: /TOO_DEEP/ },
    { story: 'a long line of quotes', text: '"'.repeat(1_000_000), reason: /INVALID_YAML/ },
    {
      story: 'too many bytes, though not too many letters',
      text: `name: ${'ä'.repeat(600_000)}`,
      reason: /DOCUMENT_TOO_LARGE/,
    },
  ])('$story is refused before it does harm', ({ text, reason }) => {
    const parsed = parseSpecText(text, FACTS)
    expect(parsed.ok ? '' : parsed.problems[0]?.reason).toMatch(reason)
    expect(parsed.document).toBeUndefined()
  })

  test('many different keys take time in proportion to their number', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, k) => `k${k}: 1`).join('\n')
    const timeOf = (count: number) => {
      const begin = performance.now()
      complaints(keys(count))
      return performance.now() - begin
    }
    timeOf(5_000)
    // Comparing all pairs would take a hundred times as long for ten times the keys.
    expect(timeOf(50_000)).toBeLessThan(50 * Math.max(timeOf(5_000), 5))
  })

  test('the deepest nesting that is read is one that a spec never reaches', () => {
    const nested = (depth: number) => `name: t\nlabels: ${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(complaints(nested(30))).toEqual(['INVALID_TYPE labels', 'EMPTY_LAB'].slice(0, 1))
    expect(complaints(nested(40))).toEqual(['TOO_DEEP'])
  })
})

test('text and data give one result', () => {
  const document = { name: 't', hosts: [{ name: 'a', link: 'x' }], colour: 1 }
  const fromData = parseSpec(document, FACTS)
  const fromText = parseSpecText(JSON.stringify(document), FACTS)
  const bare = (parsed: typeof fromData) =>
    parsed.ok ? parsed.value : parsed.problems.map(({ path, reason, message }) => ({ path, reason, message }))
  expect(bare(fromText)).toEqual(bare(fromData))
})

describe('a name given by the request', () => {
  test('stands in for a missing one', () => {
    const parsed = parseSpecText('hosts: [{ name: a }]', FACTS, { name: 'mine' })
    expect(parsed.ok && parsed.value.name).toBe('mine')
  })

  test('and for a wrong one', () => {
    const parsed = parseSpec({ name: 'WRONG', hosts: [{ name: 'a' }] }, FACTS, { name: 'mine' })
    expect(parsed.ok && parsed.value.name).toBe('mine')
  })

  test('but must be a name itself', () => {
    const parsed = parseSpec({ name: 'right', hosts: [{ name: 'a' }] }, FACTS, { name: 'MINE' })
    expect(parsed.ok ? [] : parsed.problems.map(({ reason, path }) => `${reason} ${path}`)).toEqual([
      'INVALID_NAME name',
    ])
  })
})
