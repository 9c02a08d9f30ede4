import type { Json } from './rest.ts'
import type { Story } from './story.ts'
import { createExample, type Doors, listOf, objectOf, removeLab } from './tour.ts'

const FILE = 'home-router.yaml'
const LAB = 'home-router'
const PINGS = 3

/**
 * Address translation, seen in the kernel: the rule's counter before and after, and the connection with both its directions.
 * The server outside has no route to the network inside, so an answer proves that the source was translated.
 */
export async function showNat(story: Story, doors: Doors): Promise<void> {
  const { rest, grpc } = doors
  story.chapter(`${FILE} over REST: address translation at work`)
  await createExample(doors, FILE, 'REST')
  const before = packetsOf(await rulesOf(doors), 'masquerade')
  story.line(`before: the rule that masquerades has counted ${before} packets`)

  const events = await grpc.stream('Ping', { lab: LAB, from: 'laptop', to: 'server', count: PINGS, intervalMs: 20 })
  const statistics = objectOf(events.at(-1)?.statistics)
  story.check(
    statistics.received === PINGS,
    `laptop pings server through the router: ${PINGS} of ${PINGS}`,
    JSON.stringify(events),
  )

  const seen = await rest.get(`/v1/labs/${LAB}/inspect?members=router&fields=rules,conntrack`)
  const router = listOf(seen.members)[0] ?? {}
  const after = packetsOf(router, 'masquerade')
  for (const rule of rulesIn(router).filter((rule) => String(rule.text).includes('masquerade'))) {
    story.line(`    ${String(rule.origin)}: ${String(rule.text)}  (${String(rule.packets)} packets)`)
  }
  story.check(after > before, `after: it has counted ${after}`, `the counter stayed at ${after}`)
  const flow = listOf(router.conntrack).find((one) => one.source !== one.replyDestination)
  story.check(
    flow !== undefined,
    `the connection: ${String(flow?.source)} asks ${String(flow?.destination)}; ${String(flow?.replySource)} answers ${String(flow?.replyDestination)}`,
    `no translated connection in ${JSON.stringify(router.conntrack)}`,
  )
  await removeLab(story, doors, LAB, 'gRPC')
}

async function rulesOf({ rest }: Doors): Promise<Json> {
  const seen = await rest.get(`/v1/labs/${LAB}/inspect?members=router&fields=rules`)
  return listOf(seen.members)[0] ?? {}
}

function packetsOf(member: Json, word: string): number {
  const rules = rulesIn(member).filter((rule) => String(rule.text).includes(word))
  return rules.reduce((sum, rule) => sum + Number(rule.packets), 0)
}

function rulesIn(member: Json): readonly Json[] {
  return listOf(member.tables).flatMap((table) => listOf(table.chains).flatMap((chain) => listOf(chain.rules)))
}
