import { LabError } from '../errors.ts'
import type { Kernel, PairAnswer } from '../kernel/kernel.ts'
import type { Family } from '../net/ip.ts'
import type { Plan } from '../plan/objects.ts'
import { addressBook, addressFor, commonFamily, type MemberAddresses, sharedAddress } from './member-addresses.ts'
import { checkNeighbourTables } from './neighbour-needs.ts'
import { memberOf } from './resolve.ts'

/** Checked in form. */
export type PingMatrixWish = {
  readonly lab: string
  /** Members that ask and are asked; empty: all hosts and routers that have an address of the family. */
  readonly members: readonly string[]
  /** Absent: IPv4 where both ends have it, else IPv6. */
  readonly family?: Family
  /** For the whole matrix, from the first echo on. */
  readonly timeoutMs: number
}

export type PingMatrixAnswer = {
  /** Pairs that were asked. */
  readonly sent: number
  readonly received: number
  /** Ordered pairs, sender by sender. `rttMs` where it answered, else `reason`; `destination` is '' for `no-address`. */
  readonly pairs: readonly ({ readonly from: string; readonly to: string; readonly destination: string } & PairAnswer)[]
  readonly elapsedMs: number
}

export const MOST_MATRIX_PAIRS = 50_000

type MatrixPair = {
  readonly from: string
  readonly to: string
  readonly namespace: string
  readonly destination: string
  readonly family: Family
  readonly onLink: boolean
}

/**
 * Asks every ordered pair of members once, all at once. Silent pairs are asked again while the time lasts (see
 * kernel/icmp/pair-book.ts): an answer always comes from the wire, and says that it can be reached, not that nothing is
 * lost on the way.
 *
 * @throws LabError member-not-found (field `members[<n>]`), limit-exceeded before anything is sent, cancelled
 */
export async function pingMatrix(
  plan: Plan,
  kernel: Pick<Kernel, 'pingPairs' | 'limits' | 'observe'>,
  wish: PingMatrixWish,
  signal?: AbortSignal,
): Promise<PingMatrixAnswer> {
  const startedMs = performance.now()
  const members = membersOf(plan, wish)
  checkPairCount(members.length * (members.length - 1))
  const pairs = pairsOf(members, wish.family)
  const asked = pairs.filter(({ destination }) => destination !== '')
  await checkNeighbourTables(kernel, asked)
  const request = {
    pairs: asked.map(({ namespace, destination }) => ({ namespace, destination })),
    timeoutMs: wish.timeoutMs,
  }
  const answers = await kernel.pingPairs(request, signal)
  let place = 0
  const rows = pairs.map(({ from, to, destination }) => {
    const answer = destination === '' ? { reason: 'no-address' } : (answers[place++] ?? { reason: 'not-asked' })
    return { from, to, destination, ...answer }
  })
  const received = rows.filter((row) => 'rttMs' in row).length
  return { sent: asked.length, received, pairs: rows, elapsedMs: performance.now() - startedMs }
}

function membersOf(plan: Plan, { members, lab, family }: PingMatrixWish): readonly MemberAddresses[] {
  const book = addressBook(plan)
  if (members.length > 0) {
    const named = members.map((name, place) => memberOf(book, name, `members[${place}]`, lab))
    return [...new Set(named)]
  }
  return [...book.values()].filter(({ member, first }) => {
    const takesPart = member.role === 'host' || member.role === 'router'
    return takesPart && (family === undefined ? first.size > 0 : first.has(family))
  })
}

function checkPairCount(needed: number): void {
  if (needed <= MOST_MATRIX_PAIRS) return
  throw new LabError({
    kind: 'limit-exceeded',
    limit: 'pairs of a ping matrix',
    needed,
    available: MOST_MATRIX_PAIRS,
    remedy: 'name fewer members',
  })
}

function pairsOf(members: readonly MemberAddresses[], wanted: Family | undefined): readonly MatrixPair[] {
  return members.flatMap((from) => members.filter((to) => to !== from).map((to) => pairOf(from, to, wanted)))
}

function pairOf(from: MemberAddresses, to: MemberAddresses, wanted: Family | undefined): MatrixPair {
  const family = commonFamily(from, to, wanted)
  const names = { from: from.member.name, to: to.member.name, namespace: from.member.namespace }
  if (family === undefined) return { ...names, destination: '', family: wanted ?? 4, onLink: false }
  const destination = addressFor(from, to, family) ?? ''
  return { ...names, destination, family, onLink: sharedAddress(from, to, family) !== undefined }
}
