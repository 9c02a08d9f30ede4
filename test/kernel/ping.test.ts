import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEcho, stampEcho } from '../../src/kernel/icmp/echo.ts'
import { openEchoSocket, socketAddress } from '../../src/kernel/icmp/echo-socket.ts'
import { Prober } from '../../src/kernel/icmp/prober.ts'
import type { PingEvent } from '../../src/kernel/kernel.ts'
import { KernelError } from '../../src/kernel/kernel-error.ts'
import { parseIp } from '../../src/net/ip.ts'
import { replyTo } from '../support/icmp-packets.ts'
import { ipBatch, nftIn } from '../support/ip-scene.ts'
import { buildRoad, EAST, pingOf, ROUTER, removeRoad, setSysctl, toldBy, WEST } from '../support/ping-scene.ts'

const SEED = 0x1122334455660100n
let prober: Prober

beforeAll(() => {
  buildRoad()
  prober = new Prober(SEED)
})

afterAll(() => {
  prober.close()
  removeRoad()
})

const ask = (wish: Parameters<typeof pingOf>[1], signal?: AbortSignal) => pingOf(prober, wish, signal)
const told = async (wish: Parameters<typeof pingOf>[1]) => toldBy(await ask(wish))

describe('someone who answers', () => {
  test('is heard with TTL, size and time', async () => {
    const events = await ask({ destination: '198.51.100.2', count: 3 })

    expect(toldBy(events)).toEqual([1, 2, 3].map((n) => `${n} reply 198.51.100.2 ttl 63`))
    for (const event of events) {
      expect(event).toMatchObject({ bytes: 64 })
      if (event.kind === 'reply') expect(event.rttMs).toBeGreaterThan(0)
      if (event.kind === 'reply') expect(event.rttMs).toBeLessThan(500)
    }
  })

  test('over IPv6 is heard with hop limit, size and time', async () => {
    const events = await ask({ destination: '2001:db8:2::2', payloadBytes: 100 })

    expect(toldBy(events)).toEqual(['1 reply 2001:db8:2::2 ttl 63', '2 reply 2001:db8:2::2 ttl 63'])
    expect(events[0]).toMatchObject({ bytes: 108 })
  })

  test('is heard at a link-local address by the device', async () => {
    ipBatch(ROUTER, ['addr add fe80::fe dev west nodad'])

    expect(await told({ destination: 'fe80::fe', device: 'eth0', count: 1 })).toEqual(['1 reply fe80::fe ttl 64'])
  })

  test.each([0, 7, 8, 1372, 1373, 65_000])('gives back %i bytes of payload', async (payloadBytes) => {
    for (const destination of ['198.51.100.2', '192.0.2.254', '2001:db8:1::fe']) {
      const [event] = await ask({ destination, payloadBytes, count: 1 })
      expect(event).toMatchObject({ kind: 'reply', bytes: payloadBytes + 8 })
    }
  })

  test('is asked from inside a namespace of its own, at its own address too', async () => {
    expect(await told({ destination: '192.0.2.1', count: 1 })).toEqual(['1 reply 192.0.2.1 ttl 64'])
    expect(await told({ namespace: EAST, destination: '192.0.2.1', count: 1 })).toEqual(['1 reply 192.0.2.1 ttl 63'])
  })
})

describe('someone who does not answer', () => {
  test('is silence for each echo, after its own timeout', async () => {
    setSysctl(EAST, 'net.ipv4.icmp_echo_ignore_all', 1)
    const begun = performance.now()
    const events = await ask({ destination: '198.51.100.2', count: 3, intervalMs: 20, timeoutMs: 150 })
    const tookMs = performance.now() - begun
    setSysctl(EAST, 'net.ipv4.icmp_echo_ignore_all', 0)

    expect(toldBy(events)).toEqual(['1 silence', '2 silence', '3 silence'])
    expect(tookMs).toBeGreaterThanOrEqual(185)
  })

  test('costs nothing while we wait', async () => {
    setSysctl(EAST, 'net.ipv4.icmp_echo_ignore_all', 1)
    const before = process.cpuUsage()
    await Promise.all(Array.from({ length: 20 }, () => ask({ destination: '198.51.100.2', count: 1, timeoutMs: 1000 })))
    const { user, system } = process.cpuUsage(before)
    setSysctl(EAST, 'net.ipv4.icmp_echo_ignore_all', 0)

    // A loop that polls would burn the whole second.
    expect((user + system) / 1000).toBeLessThan(300)
  })

  test('can be given up at once', async () => {
    const abort = new AbortController()
    const fds = () => readdirSync('/proc/self/fd').length
    const before = fds()
    const begun = performance.now()
    const asking = ask({ destination: '192.0.2.77', count: 1000, timeoutMs: 60_000 }, abort.signal)
    abort.abort()
    const events = await asking

    expect(events.length).toBeLessThan(1000)
    expect(performance.now() - begun).toBeLessThan(1000)
    expect(fds()).toBe(before)
  })
})

describe('an error on the way is told with its sender', () => {
  test.each([
    { destination: '198.51.100.2', router: '192.0.2.254' },
    { destination: '2001:db8:2::2', router: '2001:db8:1::fe' },
  ])('when the TTL to $destination is too small', async ({ destination, router }) => {
    expect(await told({ destination, ttl: 1 })).toEqual([`1 ttl-exceeded by ${router}`, `2 ttl-exceeded by ${router}`])
    expect(await told({ destination, ttl: 2, count: 1 })).toEqual([expect.stringContaining('1 reply')])
  })

  test.each([
    { destination: '198.51.100.2', router: '192.0.2.254' },
    { destination: '2001:db8:2::2', router: '2001:db8:1::fe' },
  ])('for each echo when the way to $destination is too narrow', async ({ destination, router }) => {
    const error = `fragmentation-needed by ${router} mtu 1400`

    expect(await told({ destination, payloadBytes: 1400, dontFragment: true })).toEqual([`1 ${error}`, `2 ${error}`])
  })

  test('when the router has a route of type unreachable or prohibit', async () => {
    // Asked by east, who had no error yet: the kernel shares one allowance of errors for each destination between its
    // routing and its ICMP code, and an icmp_ratelimit of 0 empties it for routing (ip_error in net/ipv4/route.c).
    setSysctl(ROUTER, 'net.ipv4.icmp_ratelimit', 1000)
    const reasons: string[] = []
    for (const type of ['unreachable', 'prohibit']) {
      ipBatch(ROUTER, [`route add ${type} 203.0.113.0/24`, `route add ${type} 2001:db8:3::/64`])
      reasons.push(...(await told({ namespace: EAST, destination: '203.0.113.1', count: 1 })))
      reasons.push(...(await told({ namespace: EAST, destination: '2001:db8:3::1', count: 1 })))
      ipBatch(ROUTER, [`route del ${type} 203.0.113.0/24`, `route del ${type} 2001:db8:3::/64`])
    }
    setSysctl(ROUTER, 'net.ipv4.icmp_ratelimit', 0)

    expect(reasons).toEqual([
      '1 host-unreachable by 198.51.100.254',
      '1 net-unreachable by 2001:db8:2::fe',
      '1 prohibited by 198.51.100.254',
      '1 prohibited by 2001:db8:2::fe',
    ])
  })

  test('when nobody at home has the address', async () => {
    for (const family of ['ipv4', 'ipv6']) {
      setSysctl(WEST, `net.${family}.neigh.eth0.mcast_solicit`, 1)
      setSysctl(WEST, `net.${family}.neigh.eth0.retrans_time_ms`, 50)
    }

    expect(await told({ destination: '192.0.2.77', count: 1 })).toEqual(['1 host-unreachable by 192.0.2.1'])
    expect(await told({ destination: '2001:db8:1::77', count: 1 })).toEqual(['1 host-unreachable by 2001:db8:1::1'])
  })

  test('when a firewall on the way rejects', async () => {
    nftIn(
      ROUTER,
      'table inet f { chain c { type filter hook forward priority 0; reject with icmpx port-unreachable; }; }',
    )
    const reasons = [await told({ destination: '198.51.100.2' }), await told({ destination: '2001:db8:2::2' })].flat()
    nftIn(ROUTER, 'delete table inet f')

    expect(reasons).toEqual([
      '1 port-unreachable by 192.0.2.254',
      '2 port-unreachable by 192.0.2.254',
      '1 port-unreachable by 2001:db8:1::fe',
      '2 port-unreachable by 2001:db8:1::fe',
    ])
  })
})

describe('a refusal by the own kernel is named', () => {
  test.each([
    { route: 'unreachable', reason: 'host-unreachable' },
    { route: 'prohibit', reason: 'prohibited' },
    { route: 'blackhole', reason: 'blackhole' },
  ])('for a route of type $route', async ({ route, reason }) => {
    ipBatch(WEST, [`route add ${route} 203.0.113.0/24`, `route add ${route} 2001:db8:3::/64`])
    const reasons = [
      await told({ destination: '203.0.113.1', count: 1 }),
      await told({ destination: '2001:db8:3::1', count: 1 }),
    ].flat()
    ipBatch(WEST, [`route del ${route} 203.0.113.0/24`, `route del ${route} 2001:db8:3::/64`])

    expect(reasons).toEqual([`1 ${reason} by itself`, `1 ${reason} by itself`])
  })

  test('without a route', async () => {
    expect(await told({ namespace: ROUTER, destination: '203.0.113.1', count: 1 })).toEqual(['1 no-route by itself'])
    expect(await told({ namespace: ROUTER, destination: '2001:db8:3::1', count: 1 })).toEqual(['1 no-route by itself'])
  })

  test('when it is larger than the own device and must not be cut', async () => {
    for (const destination of ['192.0.2.254', '2001:db8:1::fe']) {
      expect(await told({ destination, payloadBytes: 1500, dontFragment: true })).toEqual([
        '1 message-too-long by itself mtu 1500',
        '2 message-too-long by itself mtu 1500',
      ])
    }
  })

  test('when a firewall lets nothing out', async () => {
    nftIn(WEST, 'table inet f { chain c { type filter hook output priority 0; policy drop; }; }')
    const reasons = await told({ destination: '198.51.100.2' })
    nftIn(WEST, 'delete table inet f')

    expect(reasons).toEqual(['1 refused by itself', '2 refused by itself'])
  })

  test('and the next echo is none the worse for it', async () => {
    ipBatch(WEST, ['route add prohibit 198.51.100.2'])
    const events: PingEvent[] = []
    const request = { namespace: WEST, destination: '198.51.100.2', count: 2, intervalMs: 30, timeoutMs: 2000 }
    await prober.ping({ ...request, payloadBytes: 56, dontFragment: false, ttl: 0 }, (event) => {
      if (event.sequence === 1) ipBatch(WEST, ['route del prohibit 198.51.100.2'])
      events.push(event)
    })

    expect(toldBy(events)).toEqual(['1 prohibited by itself', '2 reply 198.51.100.2 ttl 63'])
  })
})

describe('whose reply it is', () => {
  test('is not mixed up when many ask the same one from the same place', async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, stream) => ask({ destination: '198.51.100.2', count: 20, payloadBytes: stream })),
    )

    for (const [stream, events] of all.entries()) {
      expect(events.map((event) => event.sequence)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
      for (const event of events) expect(event).toMatchObject({ kind: 'reply', bytes: stream + 8 })
    }
  })

  test('is known by the token: replies made up by a student do not count, nor does one that comes twice', async () => {
    const mine = new Prober(SEED)
    const id = Number(SEED & 0xffffn) + 1
    const right = Buffer.alloc(8)
    right.writeBigUInt64BE(SEED)
    setSysctl(EAST, 'net.ipv4.icmp_echo_ignore_all', 1)
    const forge = sender(EAST, id)
    const events: PingEvent[] = []
    const asking = pingOf(mine, { destination: '198.51.100.2', count: 2, intervalMs: 100, timeoutMs: 150 })
    forge(Buffer.alloc(8, 7), 1)
    forge(right, 9)
    forge(right, 2)
    forge(right, 1)
    forge(right, 1)
    events.push(...(await asking))
    mine.close()
    setSysctl(EAST, 'net.ipv4.icmp_echo_ignore_all', 0)

    // Only a reply with the right id, token and a number that is being waited for is one; here it stands in for the real one.
    expect(toldBy(events)).toEqual(['1 reply 198.51.100.2 ttl 63', '2 silence'])
  })
})

test('a namespace that is not there is said to be missing', async () => {
  const failed = ask({ namespace: 'nl0000dead-0', destination: '192.0.2.1' })

  await expect(failed).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(ask({ namespace: '../../etc', destination: '192.0.2.1' })).rejects.toBeInstanceOf(KernelError)
})

test('a destination that is no address, or link-local without a device, is refused', async () => {
  await expect(ask({ destination: 'east' })).rejects.toMatchObject({ code: 'EINVAL' })
  await expect(ask({ destination: 'fe80::1' })).rejects.toMatchObject({ code: 'EINVAL' })
})

/** Sends echo replies that nobody asked for, from a namespace to west. */
function sender(namespace: string, id: number): (token: Uint8Array, sequence: number) => void {
  const socket = openEchoSocket(namespace, { family: 4, id, ttl: 0, dontFragment: false, bufferBytes: 1 << 16 })
  const destination = parseIp('192.0.2.1')
  if (destination === undefined) throw new Error('not an address')
  return (token, sequence) => {
    const echo = makeEcho(4, id, token, 56)
    stampEcho(echo, sequence)
    expect(socket.send(replyTo(echo.packet), socketAddress(destination))).toBe(0)
  }
}
