import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { labSpecJsonSchema } from '../../src/spec/json-schema.ts'
import { validSpecDocument } from '../support/arbitrary-spec.ts'

const FILE = new URL('../../schema/lab-spec.schema.json', import.meta.url)
const EXAMPLES = new URL('../../examples/', import.meta.url)
const examples = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'))

const fits = new Ajv2020({ strict: true, allErrors: true }).compile(labSpecJsonSchema())

type Field = { readonly path: string; readonly shape: Readonly<Record<string, unknown>> }

/** Every property of every mapping in the schema. */
function fieldsOf(shape: unknown, path = ''): readonly Field[] {
  if (typeof shape !== 'object' || shape === null) return []
  return Object.entries(shape).flatMap(([key, value]): readonly Field[] => {
    const inner = fieldsOf(value, `${path}/${key}`)
    if (key !== 'properties' || typeof value !== 'object' || value === null) return inner
    const own = Object.entries(value as Record<string, Field['shape']>).map(([name, of]) => ({
      path: `${path}/${name}`,
      shape: of,
    }))
    return [...own, ...inner]
  })
}

describe('the JSON Schema', () => {
  test('in the repository is the one that the code has (UPDATE_SCHEMA=1 writes it)', () => {
    const now = `${JSON.stringify(labSpecJsonSchema(), null, 2)}\n`
    if (process.env.UPDATE_SCHEMA !== undefined) writeFileSync(FILE, now)
    expect(readFileSync(FILE, 'utf8')).toBe(now)
  })

  test('describes every field', () => {
    const mute = fieldsOf(labSpecJsonSchema()).filter(({ shape }) => !('description' in shape) && !('$ref' in shape))
    expect(mute.map(({ path }) => path)).toEqual([])
  })

  test('has an example for every field that is no list of parts and no choice', () => {
    const says = ['examples', 'enum', '$ref', 'properties', 'items']
    const mute = fieldsOf(labSpecJsonSchema()).filter(
      ({ shape }) => shape.type !== 'boolean' && !says.some((word) => word in shape),
    )
    expect(mute.map(({ path }) => path)).toEqual([])
  })

  test('has examples that fit their own fields', () => {
    const wrong = fieldsOf(labSpecJsonSchema()).filter(({ shape }) => {
      const { examples: given, ...rest } = shape
      if (!Array.isArray(given)) return false
      const check = new Ajv2020().compile({ ...rest, $defs: (labSpecJsonSchema() as { $defs?: object }).$defs })
      return given.some((example) => !check(example))
    })
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  test.each(examples.filter((file) => !file.startsWith('broken/')))('fits examples/%s', (file) => {
    fits(parse(readFileSync(new URL(file, EXAMPLES), 'utf8')))
    expect(fits.errors).toBeNull()
  })

  test('fits whatever the parser accepts', () =>
    fc.assert(
      fc.property(validSpecDocument(), (document) => {
        fits(document)
        expect(fits.errors).toBeNull()
      }),
      { numRuns: 300 },
    ))

  test.each([
    ['an unknown field', { name: 't', colour: 'red' }],
    ['a capital in a name', { name: 'T' }],
    ['a number for an address', { hosts: [{ name: 'a', link: 'l', address: 7 }] }],
    ['a setting that may not be made', { hosts: [{ name: 'a', sysctls: { set: { 'kernel.panic': 1 } } }] }],
    ['an MTU that is too large', { switches: [{ name: 's', mtu: 70_000 }] }],
  ])('does not fit %s', (_story, document) => expect(fits(document)).toBe(false))
})
