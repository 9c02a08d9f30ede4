import { readFileSync } from 'node:fs'
import { ROOT } from '../process/version.ts'
import type { Grpc } from './grpc.ts'
import type { Json, Rest } from './rest.ts'
import { counted, ms, type Story } from './story.ts'

export type Doors = { readonly rest: Rest; readonly grpc: Grpc }

/** One lab of examples/, shown from beginning to end. */
export type Tour = {
  readonly file: string
  readonly over: 'REST' | 'gRPC'
  readonly about: string
  readonly ping: { readonly from: string; readonly to: string }
  /** How many ordered pairs of members answer each other, of how many. */
  readonly pairs: { readonly answered: number; readonly of: number }
}

export const TOURS: readonly Tour[] = [
  {
    file: 'two-hosts.yaml',
    over: 'REST',
    about: 'two hosts on one cable',
    ping: { from: 'left', to: 'right' },
    pairs: { answered: 2, of: 2 },
  },
  {
    file: 'star.yaml',
    over: 'gRPC',
    about: 'five hosts on a switch, addresses chosen by the server',
    ping: { from: 'h1', to: 'h5' },
    pairs: { answered: 20, of: 20 },
  },
  {
    file: 'chain.yaml',
    over: 'REST',
    about: 'three routers in a row, static routes hop by hop',
    ping: { from: 'left', to: 'right' },
    pairs: { answered: 20, of: 20 },
  },
  {
    file: 'dual-stack.yaml',
    over: 'gRPC',
    about: 'IPv4 and IPv6 side by side',
    ping: { from: 'ada', to: 'six' },
    pairs: { answered: 12, of: 12 },
  },
  {
    file: 'firewall.yaml',
    over: 'REST',
    about: 'who may speak to whom is decided by rules',
    ping: { from: 'staff', to: 'web' },
    pairs: { answered: 6, of: 12 },
  },
]

export function exampleText(file: string): string {
  return readFileSync(new URL(`examples/${file}`, ROOT), 'utf8')
}

/** Creates the lab of a file as data over gRPC or as it is over REST. */
export function createExample({ rest, grpc }: Doors, file: string, over: Tour['over']): Promise<Json> {
  const text = exampleText(file)
  return over === 'REST' ? rest.postYaml('/v1/labs', text) : grpc.call('CreateLab', { specYaml: text })
}

export async function takeTour(story: Story, doors: Doors, tour: Tour): Promise<void> {
  const { rest, grpc } = doors
  story.chapter(`${tour.file} over ${tour.over}: ${tour.about}`)
  const lab = await createExample(doors, tour.file, tour.over)
  const name = String(lab.name)
  const members = listOf(lab.members)
  story.check(
    lab.state === 'LAB_STATE_READY',
    `ready in ${ms(Number(lab.buildMs))}: ${counted(members.length, 'network namespace')}, built and read back`,
    `state ${String(lab.state)}`,
  )
  const seen = await rest.get(`/v1/labs/${name}/inspect?fields=devices,addresses,drifts`)
  const drifts = listOf(seen.drifts)
  story.check(drifts.length === 0, 'the kernel holds exactly what was planned', `drifts: ${JSON.stringify(drifts)}`)
  for (const member of listOf(seen.members)) story.line(`    ${describeMember(member)}`)

  const wish = { lab: name, ...tour.ping, count: 3, intervalMs: 20 }
  const events =
    tour.over === 'REST'
      ? await rest.postStream(`/v1/labs/${name}/ping`, { ...wish, lab: undefined })
      : await grpc.stream('Ping', wish)
  const statistics = objectOf(events.at(-1)?.statistics)
  story.check(
    statistics.received === 3,
    `${tour.ping.from} pings ${tour.ping.to}: 3 of 3 answered, ${ms(Number(statistics.rttAvgMs))} each`,
    `ping: ${JSON.stringify(events)}`,
  )
  const matrix = await grpc.call('PingMatrix', { lab: name, timeoutMs: 500 })
  story.check(
    matrix.received === tour.pairs.answered && matrix.sent === tour.pairs.of,
    `all pairs at once: ${String(matrix.received)} of ${String(matrix.sent)} answered in ${ms(Number(matrix.elapsedMs))}`,
    `expected ${tour.pairs.answered} of ${tour.pairs.of} pairs: ${JSON.stringify(matrix)}`,
  )
  await removeLab(story, doors, name, tour.over)
}

export async function removeLab(story: Story, { rest, grpc }: Doors, lab: string, over: Tour['over']): Promise<void> {
  const gone = over === 'REST' ? await rest.delete(`/v1/labs/${lab}`) : await grpc.call('DeleteLab', { lab })
  story.check(
    Number(gone.removed) > 0,
    `removed, and verified gone after ${ms(Number(gone.removeMs))}`,
    `delete: ${JSON.stringify(gone)}`,
  )
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : []
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** `left (host, nl0123abcd-0): eth0 192.0.2.1/24`. */
function describeMember(member: Json): string {
  const addresses = listOf(member.addresses)
    .filter(({ device, scope }) => device !== 'lo' && scope !== 'link')
    .map(({ device, address }) => `${String(device)} ${String(address)}`)
  const what = addresses.length > 0 ? addresses.join(', ') : counted(listOf(member.devices).length - 1, 'device')
  return `${String(member.member)} (${String(member.role)}, ${String(member.namespace)}): ${what}`
}
