import { afterEach, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { HostNetwork } from '../../src/kernel/kernel.ts'
import type { ObservedAddress, ObservedRoute } from '../../src/kernel/observed.ts'
import { deniedSubnets, uplinkObstacles, uplinkWarnings } from '../../src/labs/uplink-host.ts'
import { aCreate, failureOf, TestHost } from '../support/open-labs.ts'
import { anUplink, aSpec } from '../support/plan-specs.ts'
import { objectsOf } from '../support/plan-views.ts'
import { aLabOutside, UPLINKS } from '../support/uplink-scene.ts'

const SPEC = aSpec({ uplinks: [anUplink('out', 'lan')] })
const QUIET: HostNetwork = { notForwarding: [], addresses: [], routes: [], droppingChains: [] }

test.each([
  { story: 'a host without networks of its own denies the pool only', denied: [] },
  { story: 'the network of each address', addresses: ['eth0 198.51.100.7/24'], denied: ['198.51.100.0/24'] },
  { story: 'a lone address', addresses: ['lo 203.0.113.129/32'], denied: ['203.0.113.129/32'] },
  { story: 'a network on a wire that has no address', routes: ['203.0.113.0/25 dev wg0'], denied: ['203.0.113.0/25'] },
  { story: 'not what lies behind a next hop', routes: ['203.0.113.0/25 via 198.51.100.1 dev eth0'], denied: [] },
  { story: 'not a default route that needs no next hop', routes: ['0.0.0.0/0 dev ppp0'], denied: [] },
  {
    story: 'not the two halves of everything that a VPN sets',
    routes: ['0.0.0.0/1 dev tun0', '128.0.0.0/1 dev tun0'],
    denied: [],
  },
  {
    story: 'nothing twice that is always denied',
    addresses: ['docker0 172.17.0.1/16', 'eth0 10.1.2.3/24'],
    denied: [],
  },
  { story: 'two halves as one', addresses: ['a 198.51.100.1/25', 'b 198.51.100.129/25'], denied: ['198.51.100.0/24'] },
  {
    story: 'IPv6 is none of an uplink’s',
    addresses: ['eth0 2001:db8::1/64'],
    routes: ['2001:db8:1::/48 dev eth0'],
    denied: [],
  },
])('denied: $story', ({ addresses = [], routes = [], denied }) => {
  expect(deniedSubnets(SPEC, aHost(addresses, routes), UPLINKS)).toEqual(denied)
})

test('denied: the pool of all uplinks where it is public, and what the operator adds', () => {
  const settings = { ...UPLINKS, pool: '198.18.0.0/20', deny: ['192.0.2.0/24'] }

  expect(deniedSubnets(SPEC, QUIET, settings)).toEqual(['192.0.2.0/24', '198.18.0.0/20'])
})

test.each([
  { story: 'the pool is used by a device', addresses: ['tail0 100.127.3.4/32'], says: '100.127.3.4/32 of tail0' },
  { story: 'the pool lies in a network', addresses: ['eth0 100.64.0.9/10'], says: '100.64.0.0/10 of eth0' },
  {
    story: 'a route leads into the pool',
    routes: ['100.127.8.0/24 via 192.0.2.1 dev eth0'],
    says: '100.127.8.0/24 of eth0',
  },
  { story: 'a default route is no use of the pool', routes: ['0.0.0.0/0 via 192.0.2.1 dev eth0'], says: undefined },
  { story: 'a blackhole for stray packets is none either', routes: ['100.64.0.0/10 blackhole'], says: undefined },
])('$story', ({ addresses = [], routes = [], says }) => {
  const obstacles = uplinkObstacles(aHost(addresses, routes), UPLINKS)

  expect(obstacles).toEqual(
    says === undefined ? [] : [{ reason: 'UPLINK_POOL_IN_USE', message: expect.stringContaining(says) }],
  )
})

test('everything that stands in the way is told at once, at the uplink', async () => {
  const host = { ...aHost(['tail0 100.127.3.4/32']), notForwarding: ['net.ipv4.ip_forward'] }

  const thrown = await failureOf(Promise.resolve().then(() => deniedSubnets(SPEC, host, UPLINKS)))

  expect(thrown).toEqual({
    kind: 'invalid-spec',
    problems: [
      { path: 'uplinks[0]', reason: 'HOST_DOES_NOT_FORWARD', message: expect.stringContaining('net.ipv4.ip_forward') },
      { path: 'uplinks[0]', reason: 'UPLINK_POOL_IN_USE', message: expect.stringContaining('uplink.pool') },
    ],
  })
})

test('operators are warned of what refuses uplinks and of what may swallow their packets', () => {
  const host = { ...QUIET, notForwarding: ['net.ipv4.ip_forward'], droppingChains: ['ip filter FORWARD'] }

  expect(uplinkWarnings(host, UPLINKS)).toEqual([
    expect.stringMatching(/^uplinks are refused: net\.ipv4\.ip_forward is not 1/),
    expect.stringMatching(/^"ip filter FORWARD" drops forwarded packets .* let devices named nl\* pass/),
  ])
  expect(uplinkWarnings(QUIET, UPLINKS)).toEqual([])
})

let host: TestHost | undefined
afterEach(async () => {
  await host?.dispose()
  host = undefined
})

test('a lab keeps the networks of its host as they were when it was made, over a restart too', async () => {
  const network = { addresses: aHost(['eth0 198.51.100.7/24']).addresses.slice() }
  host = await TestHost.make(new FakeKernel({ hostNetwork: network }))
  const before = await (await host.start({ uplink: UPLINKS })).create(aCreate(aLabOutside('out')))

  network.addresses.splice(0, 1, anAddress('eth0 203.0.113.9/24'))
  const after = await (await host.start({ uplink: UPLINKS })).get('out')

  expect(after.plan).toEqual(before.plan)
  expect(after.state).toBe('ready')
  expect(JSON.stringify(objectsOf(before.plan ?? { members: [], steps: [] }, 'nft-table'))).toContain('198.51.100.0/24')
})

test.each([
  {
    story: 'where the operator allows none',
    uplink: { ...UPLINKS, allowed: false },
    options: {},
    reason: 'UPLINK_NOT_ALLOWED',
  },
  {
    story: 'where the kernel cannot guard it',
    uplink: UPLINKS,
    options: { missingFeatures: ['nft-netdev-ingress'] },
    reason: 'UNSUPPORTED_BY_KERNEL',
  },
  {
    story: 'where the host does not forward',
    uplink: UPLINKS,
    options: { hostNetwork: { notForwarding: ['net.ipv4.ip_forward'] } },
    reason: 'HOST_DOES_NOT_FORWARD',
  },
])('an uplink $story is refused before anything is built or saved', async ({ uplink, options, reason }) => {
  const kernel = new FakeKernel(options)
  host = await TestHost.make(kernel)
  const labs = await host.start({ uplink })

  for (const validateOnly of [true, false]) {
    const refused = await failureOf(labs.create(aCreate(aLabOutside('out'), { validateOnly })))
    expect(refused).toMatchObject({ kind: 'invalid-spec', problems: [{ path: 'uplinks[0]', reason }] })
  }
  expect(kernel.dump()).toBe('')
  expect(await host.labFiles()).toEqual([])
})

test('a repeated request is answered even where uplinks are refused by now', async () => {
  const notForwarding: string[] = []
  host = await TestHost.make(new FakeKernel({ hostNetwork: { notForwarding } }))
  const labs = await host.start({ uplink: UPLINKS })
  const request = aCreate(aLabOutside('out'), { requestId: 'once' })
  const first = await labs.create(request)

  notForwarding.push('net.ipv4.ip_forward')

  expect((await labs.create(request)).etag).toBe(first.etag)
})

test('every uplink has a /30 of its own, free again when its lab is gone', async () => {
  host = await TestHost.make()
  const labs = await host.start({ uplink: { ...UPLINKS, pool: '100.127.0.0/29' } })
  const subnetOf = async (name: string) => {
    const { plan } = await labs.create(aCreate(aLabOutside(name)))
    return objectsOf(plan ?? { members: [], steps: [] }, 'address').find(({ namespace }) => namespace === '@host')
      ?.address
  }

  expect(await Promise.all([subnetOf('a'), subnetOf('b')])).toEqual(['100.127.0.1/30', '100.127.0.5/30'])
  expect(await failureOf(labs.create(aCreate(aLabOutside('c'))))).toMatchObject({ limit: 'uplink.pool', available: 0 })
  await labs.delete({ name: 'a', allowMissing: false, async: false })
  expect(await subnetOf('c')).toBe('100.127.0.1/30')
})

test.each(['100.127.0.1/16', '2001:db8::/64', '100.127.0.0/31', 'anything'])('the pool cannot be %s', (pool) => {
  expect(() => loadConfig({}, { uplink: { pool } })).toThrow(/uplink\.pool: an IPv4 network/)
})

function aHost(addresses: readonly string[] = [], routes: readonly string[] = []): HostNetwork {
  return { ...QUIET, addresses: addresses.map(anAddress), routes: routes.map(aRoute) }
}

/** `eth0 198.51.100.7/24` */
function anAddress(text: string): ObservedAddress {
  const [device = '', address = ''] = text.split(' ')
  return { device, address, scope: 'global', flags: [] }
}

/** As `ip route` writes it. */
function aRoute(text: string): ObservedRoute {
  const [to = '', ...words] = text.split(' ')
  const after = (word: string) => words[words.indexOf(word) + 1] ?? ''
  return {
    to,
    type: words.includes('blackhole') ? 'blackhole' : 'unicast',
    via: words.includes('via') ? after('via') : '',
    device: words.includes('dev') ? after('dev') : '',
    metric: 0,
    protocol: 'static',
    scope: 'link',
    source: '',
  }
}
