import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Plan } from '../../src/plan/objects.ts'
import { buildForTests } from '../support/built.ts'
import { cablePlan, starPlan } from '../support/star-plan.ts'

const built = buildForTests()
const plain = { userNamespaces: false }
/** Some sysctls are beyond the rights of this user namespace, and none matters here. */
const withoutSysctls = ({ steps }: Plan) => ({ steps: steps.filter(({ object }) => object.kind !== 'sysctls') })
const objectsOf = ({ steps }: Pick<Plan, 'steps'>) => steps.map(({ object }) => object)

/** Runs in a user namespace, whose limit is its own; the host's is not touched. */
function atTheLimit(namespaces: number, work: string): unknown {
  const script = `
    import { LinuxKernel } from '${built}/kernel/linux-kernel.js'
    const star = ${JSON.stringify(withoutSysctls(starPlan(3, plain)))}
    const cable = ${JSON.stringify(withoutSysctls(cablePlan({ uid: '0000bbbb', ...plain })))}
    const objectsOf = ${objectsOf.toString()}
    const kernel = new LinuxKernel()
    const answers = []
    ${work}
    await kernel.close()
    console.log(JSON.stringify(answers))`
  const shell = `
    set -e
    mount -t tmpfs tmpfs /run/netns
    mount --make-shared /run/netns
    echo ${namespaces} > /proc/sys/user/max_net_namespaces
    exec "$0" --input-type=module --eval "$1"`
  const unshare = ['--user', '--map-root-user', '--mount', '--net', '--propagation', 'private', 'sh', '-c', shell]
  return JSON.parse(execFileSync('unshare', [...unshare, process.execPath, script], { encoding: 'utf8' }))
}

test('where there is no room for one more namespace, building is refused and removing works', () => {
  // Its own, the one that watches over dying ones, three hosts and their switch.
  const answers = atTheLimit(
    6,
    `answers.push(await kernel.apply(star.steps))
     answers.push(await kernel.apply(cable.steps))
     answers.push(await kernel.remove(objectsOf(star)))
     answers.push(await kernel.apply(cable.steps))
     answers.push(await kernel.remove(objectsOf(cable)))
     answers.push(await kernel.listNamespaces())`,
  )

  expect(answers).toEqual([
    { ok: true },
    { ok: false, step: 0, refusal: 'exhausted', detail: 'unshare: ENOSPC' },
    { leftovers: [] },
    { ok: true },
    { leftovers: [] },
    [],
  ])
})
