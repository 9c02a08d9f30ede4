import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { inFreshNamespace } from '../../src/kernel/namespace.ts'
import { expectedExpressions } from '../../src/kernel/nft/ruleset.ts'
import { listNftTables } from '../../src/kernel/nft.ts'
import { nftText } from '../../src/plan/nft-text.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import { SAMPLE_TABLES } from '../support/nft-tables.ts'
import { aFullSpec, IDENTITY } from '../support/plan-specs.ts'
import { objectsOf } from '../support/plan-views.ts'

const PLANNED = objectsOf(planLab(aFullSpec(), IDENTITY), 'nft-table')

/** The text is what lab.sh gives to nft; the server loads JSON. Both have to end up as the same rules. */
describe('a table given to nft as text reads back as the one that the server loads', () => {
  test.each(
    [...SAMPLE_TABLES, ...PLANNED].map((table) => ({
      name: `${table.namespace} ${table.family} ${table.name}`,
      table,
    })),
  )('$name', ({ table }) => {
    const [observed] = inFreshNamespace(() => {
      for (const device of ['eth0', 'lab0']) execFileSync('ip', ['link', 'add', device, 'type', 'veth'])
      execFileSync('nft', ['-f', '-'], { input: nftText(table) })
      return listNftTables()
    })

    const expected = expectedExpressions(table)
    expect(observed).toMatchObject({ family: table.family, name: table.name })
    for (const { name, hook } of table.chains) {
      const chain = observed?.chains.find((it) => it.name === name)
      const rules = chain?.rules.map(({ comment, expression, text }) => ({ comment, expression, text }))
      expect(rules).toEqual(expected.get(name))
      const { type = '', hook: at = '', priority = 0, policy = '' } = hook ?? {}
      expect(chain).toMatchObject({ type, hook: at, priority, policy })
    }
  })
})
