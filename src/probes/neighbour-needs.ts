import { LabError } from '../errors.ts'
import type { HostLimit, Kernel } from '../kernel/kernel.ts'
import type { Family } from '../net/ip.ts'

/** One pair of a matrix as the neighbour tables see it. */
export type AskedPair = {
  readonly namespace: string
  readonly family: Family
  /** The destination is on a link of the sender: an entry of its own. Else the sender's router is asked. */
  readonly onLink: boolean
}

const LIMIT = { 4: 'net.ipv4.neigh.default.gc_thresh3', 6: 'net.ipv6.neigh.default.gc_thresh3' } as const

/**
 * Refuses a matrix that the host's neighbour tables cannot hold: beyond gc_thresh3 entries, one limit for all namespaces
 * of a host, the kernel drops packets in silence, and the matrix would blame the lab. What the lab's own namespaces have
 * in their tables already is not needed twice, and is counted only where it is tight.
 *
 * @throws LabError limit-exceeded
 */
export async function checkNeighbourTables(
  kernel: Pick<Kernel, 'limits' | 'observe'>,
  pairs: readonly AskedPair[],
): Promise<void> {
  const limits = await kernel.limits()
  for (const family of [4, 6] as const) {
    const limit = limits.find(({ name }) => name === LIMIT[family])
    const needed = entriesFor(pairs, family)
    if (limit === undefined || needed <= freeOf(limit)) continue
    const missing = needed - (await entriesNow(kernel, pairs, family))
    if (missing <= freeOf(limit)) continue
    throw new LabError({
      kind: 'limit-exceeded',
      limit: limit.name,
      needed: missing,
      available: freeOf(limit),
      remedy: `raise sysctl ${limit.name}, which all namespaces share, or name fewer members`,
    })
  }
}

/** One entry for each neighbour asked, and one in each sender for its router. */
export function entriesFor(pairs: readonly AskedPair[], family: Family): number {
  const routed = new Set<string>()
  let entries = 0
  for (const pair of pairs) {
    if (pair.family !== family) continue
    if (pair.onLink) entries++
    else routed.add(pair.namespace)
  }
  return entries + routed.size
}

async function entriesNow(
  kernel: Pick<Kernel, 'observe'>,
  pairs: readonly AskedPair[],
  family: Family,
): Promise<number> {
  const namespaces = [...new Set(pairs.map(({ namespace }) => namespace))]
  const observed = await kernel.observe(namespaces, ['neighbours'])
  return observed
    .flatMap(({ neighbours }) => neighbours)
    .filter(({ address, states }) => address.includes(':') === (family === 6) && !states.includes('permanent')).length
}

function freeOf({ limit, used }: HostLimit): number {
  return Math.max(limit - Math.max(used, 0), 0)
}
