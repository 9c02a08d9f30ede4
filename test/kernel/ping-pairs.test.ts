import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { Prober } from '../../src/kernel/icmp/prober.ts'
import type { PairAnswer, PingEvent } from '../../src/kernel/kernel.ts'
import { ip, ipBatch, ipJson, nftIn, run } from '../support/ip-scene.ts'
import { buildPingStar, removePingStar, type Star, setSysctl } from '../support/ping-scene.ts'

const HOSTS = 12
let star: Star
let prober: Prober

beforeAll(() => {
  star = buildPingStar(HOSTS)
  prober = new Prober()
})

afterAll(() => {
  prober.close()
  removePingStar(star)
})

const host = (k: number) => {
  const found = star.hosts[k]
  if (found === undefined) throw new Error(`there is no host ${k}`)
  return found
}
const pair = (from: number, to: number) => ({ namespace: host(from).namespace, destination: host(to).address4 })
const allPairs = (family: 4 | 6) =>
  star.hosts.flatMap((from) =>
    star.hosts
      .filter((to) => to !== from)
      .map((to) => ({ namespace: from.namespace, destination: family === 4 ? to.address4 : to.address6 })),
  )
const words = (answers: readonly PairAnswer[]) =>
  answers.map((answer) => ('rttMs' in answer ? 'answered' : answer.reason))
const answered = (answers: readonly PairAnswer[]) => answers.filter((answer) => 'rttMs' in answer).length

describe('all pairs at once', () => {
  test('are all answered with cold neighbour tables, in both families', async () => {
    const pairs = [...allPairs(4), ...allPairs(6)]
    const answers = await prober.pingPairs({ pairs, timeoutMs: 5000 })

    expect(answered(answers)).toBe(2 * HOSTS * (HOSTS - 1))
    for (const answer of answers) if ('rttMs' in answer) expect(answer.rttMs).toBeLessThan(5000)
  })

  test('end as soon as the last one is answered, and leave no socket behind', async () => {
    const before = readdirSync('/proc/self/fd').length
    const begun = performance.now()
    await prober.pingPairs({ pairs: allPairs(4), timeoutMs: 30_000 })

    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(readdirSync('/proc/self/fd').length).toBe(before)
  })

  test('may be asked several times over and beside a running ping, and nobody takes the answer of another', async () => {
    const events: PingEvent[] = []
    const wish = { namespace: host(0).namespace, destination: host(1).address4, count: 20, intervalMs: 2 }
    const options = { timeoutMs: 5000, payloadBytes: 56, dontFragment: false, ttl: 0 }
    const [first, second] = await Promise.all([
      prober.pingPairs({ pairs: allPairs(4), timeoutMs: 5000 }),
      prober.pingPairs({ pairs: allPairs(4), timeoutMs: 5000 }),
      prober.ping({ ...wish, ...options }, (event) => events.push(event)),
    ])

    expect([answered(first), answered(second)]).toEqual([HOSTS * (HOSTS - 1), HOSTS * (HOSTS - 1)])
    expect(events.map(({ kind }) => kind)).toEqual(Array.from({ length: 20 }, () => 'reply'))
  })

  test('are nothing when none is asked for', async () => {
    expect(await prober.pingPairs({ pairs: [], timeoutMs: 1000 })).toEqual([])
  })
})

describe('a pair without answer has a reason', () => {
  test('each its own, in the order of the question', async () => {
    setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 1)
    nftIn(host(4).namespace, 'table inet f { chain c { type filter hook input priority 0; reject; }; }')
    nftIn(host(5).namespace, 'table inet f { chain c { type filter hook output priority 0; policy drop; }; }')
    ipBatch(host(0).namespace, ['route add prohibit 203.0.113.0/24'])
    const answers = await prober.pingPairs({
      pairs: [
        pair(0, 1),
        pair(0, 3),
        pair(0, 4),
        pair(5, 0),
        { namespace: host(0).namespace, destination: '198.51.100.1' },
        { namespace: host(0).namespace, destination: '203.0.113.1' },
        { namespace: 'nl0000dead-7', destination: host(0).address4 },
        pair(1, 0),
      ],
      timeoutMs: 700,
    })
    setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 0)
    for (const k of [4, 5]) nftIn(host(k).namespace, 'delete table inet f')
    ipBatch(host(0).namespace, ['route del prohibit 203.0.113.0/24'])

    expect(words(answers)).toEqual([
      'answered',
      'no-answer',
      'port-unreachable',
      'refused',
      'no-route',
      'prohibited',
      'sender-gone',
      'answered',
    ])
  })

  test('also when another address answers in its place', async () => {
    const liar = host(6)
    nftIn(
      liar.namespace,
      'table ip f { chain c { type filter hook output priority 0; icmp type echo-reply ip saddr set 10.0.0.200; }; }',
    )
    const answers = await prober.pingPairs({ pairs: [pair(0, 6), pair(0, 7)], timeoutMs: 400 })
    nftIn(liar.namespace, 'delete table ip f')

    expect(words(answers)).toEqual(['no-answer', 'answered'])
  })

  test('and one that was never asked is not called silent', async () => {
    const pairs = Array.from({ length: 30_000 }, () => pair(0, 1))
    const answers = await prober.pingPairs({ pairs, timeoutMs: 1 })

    expect(new Set(words(answers))).toContain('not-asked')
    expect(new Set(words(answers))).toContain('answered')
  })

  test('told within the deadline', async () => {
    setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 1)
    const begun = performance.now()
    const answers = await prober.pingPairs({ pairs: [pair(0, 3), pair(0, 1)], timeoutMs: 250 })
    const tookMs = performance.now() - begun
    setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 0)

    expect(words(answers)).toEqual(['no-answer', 'answered'])
    expect(tookMs).toBeGreaterThanOrEqual(245)
    expect(tookMs).toBeLessThan(1500)
  })
})

test('an echo that was lost is sent again, and the time told is that of the one that was answered', async () => {
  const lossy = host(8).namespace
  const loseFirst = 'icmp type echo-request limit rate 1/hour burst 1 packets counter drop;'
  nftIn(lossy, `table ip f { chain c { type filter hook input priority 0; ${loseFirst} }; }`)
  const [answer] = await prober.pingPairs({ pairs: [pair(0, 8)], timeoutMs: 5000 })
  const rules = run('ip', 'netns', 'exec', lossy, 'nft', 'list', 'ruleset')
  nftIn(lossy, 'delete table ip f')

  expect(rules).toContain('counter packets 1 ')
  expect(answer).toHaveProperty('rttMs')
  if (answer !== undefined && 'rttMs' in answer) expect(answer.rttMs).toBeLessThan(200)
})

test('a caller who goes away ends it at once', async () => {
  setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 1)
  const abort = new AbortController()
  const asking = prober.pingPairs({ pairs: [pair(0, 3)], timeoutMs: 60_000 }, abort.signal)
  const failed = expect(asking).rejects.toBeInstanceOf(LabError)
  setTimeout(() => abort.abort(), 50)
  await failed
  setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 0)
})

test('a lab that is removed while it is pinged is let go of, and the pairs say so', async () => {
  const lost = host(9)
  for (const { namespace } of [host(3), lost]) setSysctl(namespace, 'net.ipv4.icmp_echo_ignore_all', 1)
  const wish = { namespace: lost.namespace, destination: host(3).address4, count: 1000, intervalMs: 1000 }
  const options = { timeoutMs: 60_000, payloadBytes: 56, dontFragment: false, ttl: 0 }
  const asking = prober.pingPairs({ pairs: [pair(9, 3), pair(10, 9), pair(10, 0)], timeoutMs: 2000 })
  const ping = prober.ping({ ...wish, ...options }, () => {})
  ip(`netns del ${lost.namespace}`)
  await ping
  const answers = await asking
  setSysctl(host(3).namespace, 'net.ipv4.icmp_echo_ignore_all', 0)

  expect(words(answers)).toEqual(['sender-gone', 'no-answer', 'answered'])
  // Nobody holds it any more: its cable vanishes from the switch.
  await expect
    .poll(() => ipJson(star.hub, 'link show').some((link: { ifname: string }) => link.ifname === 'p9'))
    .toBe(false)
})
