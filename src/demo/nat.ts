import type { Json } from './rest.ts'
import type { Story } from './story.ts'
import { createExample, type Doors, listOf, objectOf, removeLab } from './tour.ts'

const FILE = 'nat.yaml'
const LAB = 'nat'
const ROUTER = 'edge'

/** The outside has no route to the inside, so each answer proves that the address was translated. */
const PINGS = [
  { from: 'client', to: 'isp', rule: 'masquerade', story: 'client asks outside: its address becomes the router’s' },
  { from: 'mail', to: 'isp', rule: 'snat', story: 'mail asks outside: it has an address of its own there' },
  { from: 'isp', to: '203.0.113.20', rule: 'oneToOne', story: 'outside asks 203.0.113.20, which stands for game' },
] as const

/** Address translation, seen in the kernel: each rule's counter before and after, and connections with both directions. */
export async function showNat(story: Story, doors: Doors): Promise<void> {
  const { rest, grpc } = doors
  story.chapter(`${FILE} over REST: address translation at work`)
  await createExample(doors, FILE, 'REST')
  const before = await rulesOf(doors)
  for (const { from, to, rule, story: told } of PINGS) {
    const events = await grpc.stream('Ping', { lab: LAB, from, to, count: 2, intervalMs: 20 })
    const { received } = objectOf(events.at(-1)?.statistics)
    const [was, is] = [packetsOf(before, rule), packetsOf(await rulesOf(doors), rule)]
    story.check(
      received === 2 && is > was,
      `${told} (${rule} counted ${was}, now ${is})`,
      `${told}: ${received === 2 ? `${rule} still counts ${is}` : JSON.stringify(events)}`,
    )
  }
  const seen = await rest.get(`/v1/labs/${LAB}/inspect?members=${ROUTER}&fields=conntrack`)
  const flows = listOf(listOf(seen.members)[0]?.conntrack)
  const translated = flows.filter(
    (flow) => flow.source !== flow.replyDestination || flow.destination !== flow.replySource,
  )
  for (const flow of translated) {
    story.line(
      `    ${String(flow.source)} asks ${String(flow.destination)}; ${String(flow.replySource)} answers ${String(flow.replyDestination)}`,
    )
  }
  story.check(translated.length === PINGS.length, 'each connection shows both of its directions', JSON.stringify(flows))
  await removeLab(story, doors, LAB, 'gRPC')
}

async function rulesOf({ rest }: Doors): Promise<readonly Json[]> {
  const seen = await rest.get(`/v1/labs/${LAB}/inspect?members=${ROUTER}&fields=rules`)
  const tables = listOf(listOf(seen.members)[0]?.tables)
  return tables.flatMap((table) => listOf(table.chains).flatMap((chain) => listOf(chain.rules)))
}

/** Of all rules that serve one kind of translation in the spec. */
function packetsOf(rules: readonly Json[], kind: string): number {
  const fitting = rules.filter((rule) => String(rule.origin).includes(`.nat.${kind}[`))
  return fitting.reduce((sum, rule) => sum + Number(rule.packets), 0)
}
