import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { SpecFacts } from '../../src/spec/facts.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'
import { parseSpecText } from '../../src/spec/parse-spec.ts'

/** Compares `text` with test/golden/expected/`name`; with UPDATE_GOLDEN=1 it is written there instead. */
export function expectGolden(name: string, text: string): void {
  const path = fileURLToPath(new URL(`../golden/expected/${name}`, import.meta.url))
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  expect(text, `after a wanted change: npm run golden, then review the diff of ${name}`).toBe(readExpected(path))
}

function readExpected(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Names of the files of test/golden/expected with this ending. */
export function goldenNames(ending: string): readonly string[] {
  const folder = fileURLToPath(new URL('../golden/expected/', import.meta.url))
  return readdirSync(folder).filter((name) => name.endsWith(ending))
}

const EXAMPLES = new URL('../../examples/', import.meta.url)

/** Every example that can be built on a kernel with all features, by its path without `.yaml`. */
export const exampleNames: readonly string[] = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('broken/'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .sort()

/** `netem/slow.plan.txt` is kept as `netem-slow.plan.txt`. */
export function goldenName(example: string, ending: string): string {
  return `${example.replaceAll('/', '-')}.${ending}`
}

/** A host where nothing is missing and everything is allowed. */
const GENEROUS: SpecFacts = {
  missingFeatures: new Set(),
  limits: {
    maxMembers: 1100,
    maxLinks: 2200,
    maxInterfacesPerMember: 64,
    maxAddressesPerInterface: 16,
    maxRoutesPerMember: 500,
    maxRulesPerMember: 200,
    maxDocumentBytes: 1024 * 1024,
  },
  uplink: { allowed: true, maxPerLab: 4 },
}

export function readExample(name: string): LabSpec {
  const parsed = parseSpecText(readFileSync(new URL(`${name}.yaml`, EXAMPLES), 'utf8'), GENEROUS)
  if (!parsed.ok) throw new Error(`examples/${name}.yaml: ${JSON.stringify(parsed.problems)}`)
  return parsed.value
}
