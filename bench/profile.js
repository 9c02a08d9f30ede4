import { applyPlan } from '../dist/executor/apply-plan.js'
import { removePlan } from '../dist/executor/remove-plan.js'
import { comparePlan } from '../dist/inspector/compare.js'
import { observePlan } from '../dist/inspector/observe-lab.js'
import { startKernel } from '../dist/kernel/thread.js'
import { planLab } from '../dist/plan/plan-lab.js'
import { parseSpec } from '../dist/spec/parse-spec.js'
import { starSpec } from './star.js'
import { format, median } from './statistics.js'

/**
 * Where the time of a create goes, without gRPC, REST and the record on disk:
 * `bash scripts/in-private-run node bench/profile.js HOSTS ROUNDS`. Medians in milliseconds, one line of each phase.
 */
const [hosts, rounds] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 20)]
const FACTS = {
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
  uplink: { allowed: false, maxPerLab: 1 },
}
const IDENTITY = { uid: '0123abcd', firstUid: 268_435_456, uplinkSubnets: [] }

const kernel = await startKernel()
const seen = new Map()
const phase = async (name, work) => {
  const start = performance.now()
  const value = await work()
  seen.set(name, [...(seen.get(name) ?? []), performance.now() - start])
  return value
}
for (let round = 0; round < rounds; round++) {
  const parsed = await phase('read the spec', () => parseSpec(starSpec('profile', hosts), FACTS))
  const plan = await phase('plan', () => planLab(parsed.value, IDENTITY))
  await phase('apply', () => applyPlan(plan, kernel, { lab: 'profile' }))
  const observed = await phase('observe', () => observePlan(plan, kernel))
  const drifts = await phase('compare', () => comparePlan(plan, observed))
  await phase('remove, verified', () => removePlan(plan, kernel))
  if (drifts.some((drift) => drift.kind === 'missing')) throw new Error(JSON.stringify(drifts[0]))
  await new Promise((resolve) => setTimeout(resolve, 400))
}
for (const [name, times] of seen) console.log(`${name.padEnd(18)} ${format(median(times)).padStart(8)}`)
await kernel.close()
