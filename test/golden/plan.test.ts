import { describe, expect, test } from 'vitest'
import { planLab } from '../../src/plan/plan-lab.ts'
import { renderGraph } from '../../src/plan/render-graph.ts'
import { renderScript } from '../../src/plan/render-script.ts'
import { exampleNames, expectGolden, goldenName, goldenNames, readExample } from '../support/golden.ts'
import { dumpPlan } from '../support/plan-dump.ts'
import { IDENTITY } from '../support/plan-specs.ts'

describe('every example is planned as expected', () => {
  test.each(exampleNames)('%s', (name) => {
    expectGolden(goldenName(name, 'plan.txt'), dumpPlan(planLab(readExample(name), IDENTITY)))
  })

  test('and nothing is expected of an example that is gone', () => {
    expect([...goldenNames('.plan.txt')].sort()).toEqual(
      exampleNames.map((name) => goldenName(name, 'plan.txt')).sort(),
    )
  })
})

describe('some are exported as expected', () => {
  const SHOWN = ['two-hosts', 'home-router']

  test.each(SHOWN)('%s as a script', (name) => {
    expectGolden(`${name}.lab.sh.txt`, renderScript(planLab(readExample(name), IDENTITY), name))
  })

  test.each(SHOWN.flatMap((name) => (['mermaid', 'dot', 'svg', 'json'] as const).map((format) => ({ name, format }))))(
    '$name as $format',
    ({ name, format }) => {
      const spec = readExample(name)
      expectGolden(`${name}.${format}.txt`, renderGraph(spec, planLab(spec, IDENTITY), format).content)
    },
  )
})
