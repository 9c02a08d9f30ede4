import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { labSpecJsonSchema } from '../../src/spec/json-schema.ts'
import { ALLOWED_SYSCTLS } from '../../src/spec/sysctls.ts'
import { complaints } from '../support/spec-facts.ts'

const DOC = readFileSync(new URL('../../docs/lab-spec.md', import.meta.url), 'utf8')
const SOURCES = new URL('../../src/spec/', import.meta.url)
const code = readdirSync(SOURCES)
  .map((file) => readFileSync(new URL(file, SOURCES), 'utf8'))
  .join('\n')
const words = new Set([...DOC.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word))
const blocks = [...DOC.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => text ?? '')

/** Names of all properties of all mappings in the schema. */
function fieldNames(shape: unknown): readonly string[] {
  if (typeof shape !== 'object' || shape === null) return []
  return Object.entries(shape).flatMap(([key, value]) =>
    key === 'properties' ? [...Object.keys(value as object), ...fieldNames(value)] : fieldNames(value),
  )
}

describe('docs/lab-spec.md', () => {
  test('names every field', () => {
    const named = new Set([...words].flatMap((word) => [word, word?.split('.').at(-1)]))
    expect(fieldNames(labSpecJsonSchema()).filter((name) => !named.has(name))).toEqual([])
  })

  test('explains every reason that the code gives, and no other', () => {
    const given = [...code.matchAll(/'([A-Z]+(?:_[A-Z0-9]+)+)'/g)].map(([, reason]) => reason)
    const reasons = new Set([...given, 'INVALID_DELAY', 'INVALID_JITTER', 'INVALID_LOSS', 'INVALID_RATE'])
    const table = DOC.slice(DOC.indexOf('## Problems'))
    const told = new Set([...table.matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)`/g)].map(([, reason]) => reason))
    expect([...reasons].filter((reason) => !told.has(reason))).toEqual([])
    expect([...told].filter((reason) => !reasons.has(reason))).toEqual([])
  })

  test('lists every setting that may be made, and no other', () => {
    const listed = new Set<string>()
    for (const [, prefix, names = ''] of DOC.matchAll(/^- `(net\.ipv[46]\.conf)\.all\.…`[^:]*: (.*?)(?=^- )/gms)) {
      for (const [, name] of names.matchAll(/`([a-z0-9_]+)`/g))
        for (const scope of ['all', 'default']) listed.add(`${prefix}.${scope}.${name}`)
    }
    for (const word of words) if (/^net\.ipv[46]\.[a-z0-9_.]+$/.test(word ?? '')) listed.add(word ?? '')
    expect([...ALLOWED_SYSCTLS.keys()].filter((key) => !listed.has(key))).toEqual([])
    expect([...listed].filter((key) => !ALLOWED_SYSCTLS.has(key))).toEqual([])
  })

  test.each(blocks.map((text) => ({ name: /^name: (.*)$/m.exec(text)?.[1], text })))(
    'its lab "$name" is accepted',
    ({ text }) => expect(complaints(text)).toEqual([]),
  )
})
