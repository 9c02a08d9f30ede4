import { describe, expect, test } from 'vitest'
import { type Failure, LabError } from '../../src/errors.ts'
import type { HostLimit, PairAnswer, PingPairsRequest } from '../../src/kernel/kernel.ts'
import type { ObservedNamespace } from '../../src/kernel/observed.ts'
import type { Plan } from '../../src/plan/objects.ts'
import { MOST_MATRIX_PAIRS, type PingMatrixWish, pingMatrix } from '../../src/probes/ping-matrix.ts'
import { aMember, aPlan, OFFICE } from '../support/ping-plans.ts'

type PairKernelOptions = {
  readonly silent?: readonly string[]
  readonly limits?: readonly HostLimit[]
  /** Neighbour entries that the lab has already. */
  readonly known?: number
}

/** A kernel in which every pair is answered unless `silent` names its destination. */
class PairKernel {
  readonly requests: PingPairsRequest[] = []
  observations = 0
  readonly #options: PairKernelOptions

  constructor(options: PairKernelOptions = {}) {
    this.#options = options
  }

  async pingPairs(request: PingPairsRequest): Promise<readonly PairAnswer[]> {
    this.requests.push(request)
    const silent = this.#options.silent ?? []
    return request.pairs.map(({ destination }) =>
      silent.includes(destination) ? { reason: 'no-answer' } : { rttMs: 1 },
    )
  }

  async limits(): Promise<readonly HostLimit[]> {
    return this.#options.limits ?? []
  }

  async observe(namespaces: readonly string[]): Promise<readonly ObservedNamespace[]> {
    this.observations++
    const neighbour = { device: 'eth0', address: '192.0.2.1', mac: '', states: ['stale'] }
    const neighbours = Array.from({ length: this.#options.known ?? 0 }, () => neighbour)
    const nothing = {
      devices: [],
      addresses: [],
      routes: [],
      fdb: [],
      qdiscs: [],
      tables: [],
      sysctls: {},
      conntrack: [],
    }
    return namespaces.slice(0, 1).map((namespace) => ({ namespace, exists: true, ...nothing, neighbours }))
  }
}

const matrix = (plan: Plan, kernel: PairKernel, wish: Partial<PingMatrixWish> = {}) =>
  pingMatrix(plan, kernel, { lab: 'office', members: [], timeoutMs: 500, ...wish })

async function failureOf(work: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await work
  } catch (error) {
    if (error instanceof LabError) return error.failure
    throw error
  }
  return undefined
}

describe('the pairs of a matrix', () => {
  test('are all hosts and routers with an address, sender by sender, each in the family both speak', async () => {
    const answer = await matrix(OFFICE, new PairKernel())

    expect(answer.pairs.map(({ from, to, destination }) => `${from} ${to} ${destination}`)).toEqual([
      'server old 192.0.2.2',
      'server new 2001:db8::3',
      'server edge 198.51.100.1',
      'old server 192.0.2.9',
      'old new ',
      'old edge 192.0.2.1',
      'new server 2001:db8::9',
      'new old ',
      'new edge ',
      'edge server 192.0.2.9',
      'edge old 192.0.2.2',
      'edge new ',
    ])
    expect(answer).toMatchObject({ sent: 8, received: 8 })
    expect(answer.pairs[4]).toMatchObject({ reason: 'no-address' })
  })

  test('keep their answers apart from those that could not be asked', async () => {
    const answer = await matrix(OFFICE, new PairKernel({ silent: ['192.0.2.1'] }), { members: ['old', 'new', 'edge'] })

    expect(answer.pairs.map((pair) => ('rttMs' in pair ? pair.rttMs : pair.reason))).toEqual([
      'no-address',
      'no-answer',
      'no-address',
      'no-address',
      1,
      'no-address',
    ])
    expect(answer).toMatchObject({ sent: 2, received: 1 })
  })

  test('are only those with an address when one family is asked for', async () => {
    const answer = await matrix(OFFICE, new PairKernel(), { family: 6 })

    expect(answer.pairs.map(({ from, to }) => `${from} ${to}`)).toEqual(['server new', 'new server'])
  })

  test('name each member once, however often it was named', async () => {
    expect((await matrix(OFFICE, new PairKernel(), { members: ['old', 'server', 'old'] })).pairs).toHaveLength(2)
  })

  test('are refused when a member is not there', async () => {
    expect(await failureOf(matrix(OFFICE, new PairKernel(), { members: ['old', 'ghost'] }))).toEqual({
      kind: 'member-not-found',
      lab: 'office',
      member: 'ghost',
      field: 'members[1]',
    })
  })

  test('are at most 50,000', async () => {
    const many = aPlan(
      ...Array.from({ length: 225 }, (_, k) => aMember(`h${k}`, k, { 'eth0@lan': [`10.0.0.${k}/24`] })),
    )
    const kernel = new PairKernel()

    expect(await failureOf(matrix(many, kernel))).toMatchObject({
      kind: 'limit-exceeded',
      needed: 225 * 224,
      available: MOST_MATRIX_PAIRS,
    })
    expect(kernel.requests).toEqual([])
  })
})

describe('the neighbour tables of the host', () => {
  const TEN = aPlan(...Array.from({ length: 10 }, (_, k) => aMember(`h${k}`, k, { 'eth0@lan': [`10.0.0.${k}/24`] })))
  const table = (limit: number, used: number): readonly HostLimit[] => [
    { name: 'net.ipv4.neigh.default.gc_thresh3', limit, used },
  ]

  test('must hold an entry for every pair, or nothing is sent', async () => {
    const kernel = new PairKernel({ limits: table(100, 11) })

    expect(await failureOf(matrix(TEN, kernel))).toMatchObject({
      kind: 'limit-exceeded',
      limit: 'net.ipv4.neigh.default.gc_thresh3',
      needed: 90,
      available: 89,
    })
    expect(kernel.requests).toEqual([])
  })

  test('are not asked for what they hold already', async () => {
    const kernel = new PairKernel({ limits: table(100, 90), known: 90 })

    expect((await matrix(TEN, kernel)).received).toBe(90)
  })

  test('are not read when there is room', async () => {
    const kernel = new PairKernel({ limits: table(100, 10) })
    await matrix(TEN, kernel)

    expect(kernel.observations).toBe(0)
  })

  test('need one entry only for all that is behind a router', async () => {
    const far = aPlan(
      ...Array.from({ length: 5 }, (_, k) => aMember(`h${k}`, k, { [`eth0@lan${k}`]: [`10.0.${k}.2/24`] })),
    )

    expect((await matrix(far, new PairKernel({ limits: table(5, 0) }))).received).toBe(20)
    expect(await failureOf(matrix(far, new PairKernel({ limits: table(4, -1) })))).toMatchObject({
      needed: 5,
      available: 4,
    })
  })

  test('are those of the family that is spoken', async () => {
    expect((await matrix(OFFICE, new PairKernel({ limits: table(0, 0) }), { family: 6 })).received).toBe(2)
  })
})
