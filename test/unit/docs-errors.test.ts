import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { STATUS } from '../../src/errors.ts'

const text = readFileSync('docs/errors.md', 'utf8')
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trim()]),
)

test('docs/errors.md has a section for every failure, and none for what cannot happen', () => {
  expect([...sections.keys()].sort()).toEqual(Object.keys(STATUS).sort())
})

test.each(Object.entries(STATUS))(
  'the section on %s tells its reason, code and HTTP status',
  (kind, { code, http }) => {
    const reason = kind.replaceAll('-', '_').toUpperCase()

    expect(sections.get(kind)).toMatch(new RegExp(`^\`${reason}\` · ${code} · ${http}( · \\*again\\*)?\\. \\S`))
  },
)
