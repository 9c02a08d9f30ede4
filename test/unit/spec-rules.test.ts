import { describe, expect, test } from 'vitest'
import { RULES } from '../../src/spec/rules.ts'
import { complaints, FACTS } from '../support/spec-facts.ts'
import { RULE_ROWS } from '../support/spec-rules/index.ts'

describe('every rule', () => {
  test.each(RULE_ROWS)('$rule: $story', ({ breaks, says, fine, facts = FACTS }) => {
    expect(complaints(`name: t\n${breaks}`, facts)).toEqual(says)
    expect(complaints(`name: t\n${fine}`, facts)).toEqual([])
  })

  test('has a lab that breaks it', () => {
    const broken = new Set(RULE_ROWS.map(({ rule }) => rule))
    const known = [...RULES.map(({ name }) => name), 'limitsAreKept']
    expect(known.filter((name) => !broken.has(name))).toEqual(['labHasAName'])
    expect([...broken].filter((name) => !known.includes(name))).toEqual([])
  })

  test('labHasAName: a lab without a name', () => {
    expect(complaints({ hosts: [{ name: 'a' }] })).toEqual(['MISSING_FIELD name'])
    expect(complaints({ name: 't', hosts: [{ name: 'a' }] })).toEqual([])
  })
})
