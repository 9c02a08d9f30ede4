import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { assignAddresses } from '../../src/spec/assign-addresses.ts'
import { accepted, complaints, FACTS } from '../support/spec-facts.ts'

const FOLDER = new URL('../../examples/', import.meta.url)
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'))
const textOf = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8')

describe('examples', () => {
  test.each(files.filter((file) => !file.startsWith('broken/')))(
    '%s is accepted, and begins with what it teaches',
    (file) => {
      expect(textOf(file)).toMatch(/^# \w/)
      expect(`${accepted(textOf(file)).name}.yaml`).toBe(file.split('/').at(-1))
    },
  )

  test('those that need a special kernel lie in a folder named after the feature', () => {
    const plain = { ...FACTS, missingFeatures: new Set(['netem']), uplink: { allowed: false, maxPerLab: 0 } }
    const refused = files.filter((file) => complaints(textOf(file), plain).length > 0)
    expect(refused.toSorted()).toEqual(['broken/three-mistakes.yaml', 'netem/slow-link.yaml'])
  })

  test('broken/three-mistakes.yaml has three', () =>
    expect(complaints(textOf('broken/three-mistakes.yaml'))).toEqual([
      'UNKNOWN_FIELD switches[0].colour',
      'UNKNOWN_LINK hosts[2].link',
      'DUPLICATE_ADDRESS hosts[1].address',
    ]))

  test('in chain.yaml the cables give their ends addresses in the order of the members', () => {
    const addresses = assignAddresses(accepted(textOf('chain.yaml')))
    expect([...addresses.values()].flat()).toEqual([
      '10.0.1.1/24',
      '10.0.3.1/24',
      '10.0.1.2/24',
      '10.0.12.0/31',
      '10.0.12.1/31',
      '10.0.23.0/31',
      '10.0.23.1/31',
      '10.0.3.2/24',
    ])
  })
})
