import { describe, expect, test } from 'vitest'
import { RULES } from '../../src/spec/rules.ts'
import { complaints, FACTS } from '../support/spec-facts.ts'
import { RULE_ROWS } from '../support/spec-rules/index.ts'

const range = (length: number) => Array.from({ length }, (_, k) => k)

describe('every rule', () => {
  test.each(RULE_ROWS)('$rule: $story', ({ breaks, says, fine, facts = FACTS }) => {
    expect(complaints(`name: t\n${breaks}`, facts)).toEqual(says)
    expect(complaints(`name: t\n${fine}`, facts)).toEqual([])
  })

  test('has a lab that breaks it', () => {
    const broken = new Set(RULE_ROWS.map(({ rule }) => rule))
    const known = [...RULES.map(({ name }) => name), 'limitsAreKept']
    expect(known.filter((name) => !broken.has(name))).toEqual(['labHasAName', 'nextHopsCanBeFound'])
    expect([...broken].filter((name) => !known.includes(name))).toEqual([])
  })

  test('nextHopsCanBeFound: hosts with a thousand addresses that name each other', () => {
    // On one switch; every pair of addresses would have to be compared.
    const host = (k: number, prefix: number, routes: object[]) => ({
      name: `h${k}`,
      interfaces: range(64).map((i) => ({
        name: `e${i}`,
        link: 'lan',
        addresses: range(16).map((n) => `10.${k}.${i}.${n + 1}/${prefix}`),
      })),
      routes,
    })
    const names = ['h1', 'h2', 'h3', 'h4']
    const document = (prefix: number) => ({
      name: 't',
      switches: [{ name: 'lan' }],
      hosts: range(5).map((k) =>
        host(k, prefix, k === 0 ? names.map((via, n) => ({ to: `198.18.${n}.0/24`, via })) : []),
      ),
    })
    expect(complaints(document(32)).slice(-1)).toEqual(['LIMIT_EXCEEDED'])
    expect(complaints(document(8))).toEqual([])
  })

  test('labHasAName: a lab without a name', () => {
    expect(complaints({ hosts: [{ name: 'a' }] })).toEqual(['MISSING_FIELD name'])
    expect(complaints({ name: 't', hosts: [{ name: 'a' }] })).toEqual([])
  })
})
