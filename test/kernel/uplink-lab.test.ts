import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import type { ObservedRule } from '../../src/kernel/observed.ts'
import type { Lab } from '../../src/labs/lab.ts'
import type { Labs } from '../../src/labs/labs.ts'
import { HOST_NAMESPACE } from '../../src/plan/objects.ts'
import { arpFrame, sendFrames, tagged, udp6Frame, udpFrame, Wiretap } from '../support/ether-frames.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { aCreate, TestHost } from '../support/open-labs.ts'
import {
  aLabOutside,
  buildWorld,
  FORBIDDEN,
  HOST,
  ip,
  NEIGHBOUR_OF_HOST,
  nft,
  OUTSIDE,
  OUTSIDE_TOO,
  removeWorld,
  SECOND_OF_HOST,
  UPLINKS,
  withWorld,
} from '../support/uplink-scene.ts'

/** Labs with a way to the outside, judged by what arrives there. The use cases, the kernel and the packets are real. */

const kernel = new LinuxKernel()
let host: TestHost
let labs: Labs
let empty: ReturnType<typeof readLedger>

beforeAll(async () => {
  buildWorld()
  host = await TestHost.make(kernel)
  labs = await host.start({ uplink: UPLINKS, limits: loadConfig({}).limits })
  empty = readLedger()
})
afterAll(async () => {
  await host.dispose()
  await kernel.close()
  removeWorld()
})

const create = (document: object): Promise<Lab> => labs.create(aCreate(document))
const remove = async (...names: readonly string[]) => {
  for (const name of names) await labs.delete({ name, allowMissing: true, async: false })
  expect(readLedger()).toEqual(empty)
}
const namespaceOf = (lab: Lab, member: string): string =>
  lab.plan?.members.find(({ name }) => name === member)?.namespace ?? `no member ${member}`
const macOf = (lab: Lab, member: string): string =>
  lab.plan?.members.find(({ name }) => name === member)?.devices[0]?.mac ?? ''

async function ping(lab: Lab, from: string, destination: string): Promise<string> {
  const pairs = [{ namespace: namespaceOf(lab, from), destination }]
  const [answer] = await kernel.pingPairs({ pairs, timeoutMs: 500 })
  return answer === undefined || 'reason' in answer ? (answer?.reason ?? '') : 'reply'
}

async function rulesIn(namespace: string, table: string, chain: string): Promise<readonly ObservedRule[]> {
  const [observed] = await kernel.observe([namespace], ['rules'])
  const found = observed?.tables.find(({ name }) => name === table)?.chains.find(({ name }) => name === chain)
  return found?.rules ?? []
}

describe('a lab with an uplink', () => {
  let lab: Lab
  let world: Wiretap
  let hostSide: Wiretap

  beforeAll(async () => {
    lab = await create(aLabOutside('way-out'))
    world = withWorld((fd) => new Wiretap(fd))
    hostSide = new Wiretap(HOST_NAMESPACE)
    // Neighbours are known from here on, so that frames arrive in the order they are sent.
    expect(await ping(lab, 'web', OUTSIDE)).toBe('reply')
  })
  afterAll(async () => {
    world.close()
    hostSide.close()
    await remove('way-out')
  })

  test('reaches the outside through both translations, which count', async () => {
    const gateway = await rulesIn(namespaceOf(lab, 'out'), 'edge', 'nat-postrouting')
    const onHost = await rulesIn(HOST_NAMESPACE, `nl${lab.uid}`, 'nat-postrouting')

    expect(await ping(lab, 'other', OUTSIDE_TOO)).toBe('reply')

    const counted = ([rule]: readonly ObservedRule[]) => rule?.packets ?? -1
    expect(counted(await rulesIn(namespaceOf(lab, 'out'), 'edge', 'nat-postrouting'))).toBe(counted(gateway) + 1)
    expect(counted(await rulesIn(HOST_NAMESPACE, `nl${lab.uid}`, 'nat-postrouting'))).toBe(counted(onHost) + 1)
  })

  test('knows which networks are the host’s own and keeps them shut', async () => {
    const forward = await rulesIn(namespaceOf(lab, 'out'), 'edge', 'filter-forward')

    expect(forward.map(({ text }) => text).join('\n')).toContain('198.51.100.0/24')
    expect(forward.map(({ text }) => text).join('\n')).toContain(`${SECOND_OF_HOST}`)
  })

  test('of every destination, sender and shape of packet, only the plain ones to an allowed place pass', async () => {
    const [web, other] = [macOf(lab, 'web'), macOf(lab, 'other')]
    const at = { fromMac: web, toMac: macOf(lab, 'out'), from: '192.0.2.1', to: '' }
    const senders = {
      plain: at,
      'an address of nobody': { ...at, from: '192.0.2.77' },
      'the address of another': { ...at, from: '192.0.2.2' },
      'an address of the outside': { ...at, from: OUTSIDE },
      'a MAC of nobody': { ...at, fromMac: '02:00:00:00:00:66' },
      'the MAC of another': { ...at, fromMac: other },
    }
    const destinations = {
      allowed: OUTSIDE,
      'allowed too': OUTSIDE_TOO,
      'the host': HOST,
      'the host’s second address': SECOND_OF_HOST,
      'the host’s neighbour': NEIGHBOUR_OF_HOST,
      'the host’s end of the cable': '100.127.0.1',
      'the gateway': '192.0.2.3',
      'the gateway’s outer address': '100.127.0.2',
      'another uplink': '100.127.0.6',
      everybody: '255.255.255.255',
      ...Object.fromEntries(FORBIDDEN.map((address) => [address, address])),
    }
    const frames = new Map<string, Buffer>()
    const add = (name: string, build: (marker: string) => Buffer) => frames.set(name, build(`<${name}>`))
    for (const [sender, from] of Object.entries(senders))
      for (const [destination, to] of Object.entries(destinations))
        add(`${sender} to ${destination}`, (marker) => udpFrame({ ...from, to }, marker))
    const spoofed = { ...senders['an address of nobody'], to: OUTSIDE }
    add('in VLAN 5', (marker) => tagged(udpFrame({ ...at, to: OUTSIDE }, marker), 5))
    add('spoofed in VLAN 0', (marker) => tagged(udpFrame(spoofed, marker), 0))
    add('spoofed as a first fragment', (marker) => udpFrame(spoofed, marker, { fragment: 0x2000 }))
    add('spoofed as a later fragment', (marker) => udpFrame(spoofed, marker, { fragment: 185 }))
    add('by a route of its own', (marker) => udpFrame({ ...at, to: '192.0.2.3' }, marker, { sourceRoute: OUTSIDE }))
    add('IPv6', (marker) => udp6Frame({ ...at, from: '2001:db8::1', to: '2001:db8:9::9' }, marker))
    add('IPv6 to all routers', (marker) => udp6Frame({ ...at, from: 'fe80::1', to: 'ff02::2' }, marker))

    const [, , guardAll] = (await rulesIn(namespaceOf(lab, 'out'), 'guard', 'from-lab')).slice(-3)
    sendFrames(namespaceOf(lab, 'web'), 'eth0', [...frames.values(), udpFrame({ ...at, to: OUTSIDE }, '<the last>')])
    const [heardOutside, heardOnHost] = [world.hearUntil('<the last>'), hostSide.hearUntil('<the last>')]

    const arrived = (heard: string) => [...frames.keys()].filter((name) => heard.includes(`<${name}>`))
    expect(arrived(heardOutside)).toEqual(['plain to allowed', 'plain to allowed too'])
    // Nothing else even left the gateway: the host's own table is the second wall, not the first.
    expect(arrived(heardOnHost)).toEqual(['plain to allowed', 'plain to allowed too'])
    const [, , guardNow] = (await rulesIn(namespaceOf(lab, 'out'), 'guard', 'from-lab')).slice(-3)
    const forged = (Object.keys(senders).length - 1) * Object.keys(destinations).length + 5
    const dropped = (guardNow?.packets ?? 0) - (guardAll?.packets ?? 0)
    // VLAN 5 is dropped by the guard or, where the kernel has taken the tag off before, as nobody's.
    expect(dropped - forged).toBeOneOf([0, 1])
  })

  test('nobody can tell the gateway a wrong address by ARP', async () => {
    const [web, gateway] = [macOf(lab, 'web'), macOf(lab, 'out')]
    const at = { fromMac: web, toMac: gateway, from: '', to: '192.0.2.3' }
    const neighbours = async () => {
      const [observed] = await kernel.observe([namespaceOf(lab, 'out')], ['neighbours'])
      return (observed?.neighbours ?? []).map(({ address, mac }) => `${address} ${mac}`).sort()
    }
    await ping(lab, 'other', OUTSIDE)
    const before = await neighbours()
    expect(before).toContain(`192.0.2.2 ${macOf(lab, 'other')}`)

    sendFrames(namespaceOf(lab, 'web'), 'eth0', [
      arpFrame(at, web, '192.0.2.2'),
      arpFrame(at, web, '192.0.2.77'),
      arpFrame(at, '02:00:00:00:00:66', '192.0.2.1'),
      arpFrame({ ...at, fromMac: '02:00:00:00:00:66' }, '02:00:00:00:00:66', '192.0.2.2'),
      arpFrame({ ...at, fromMac: '02:00:00:00:00:66' }, '02:00:00:00:00:66', '100.127.0.1'),
      udpFrame({ ...at, from: '192.0.2.1', to: OUTSIDE }, '<after the lies>'),
    ])
    world.hearUntil('<after the lies>')

    expect(await neighbours()).toEqual(before)
  })

  test('a gateway that were overcome would still not reach the host, over either family', async () => {
    const gateway = namespaceOf(lab, 'out')
    const device = `nl${lab.uid}u0`
    const onHost = await rulesIn(HOST_NAMESPACE, `nl${lab.uid}`, 'filter-input')
    const [observed] = await kernel.observe([gateway, HOST_NAMESPACE], ['devices'])
    const ext0 = observed?.devices.find(({ device: name }) => name === 'ext0')
    const hostEnd = ip('-br', 'link', 'show', 'dev', device).split(/\s+/)[2] ?? ''
    const at = { fromMac: ext0?.mac ?? '', toMac: hostEnd, from: '100.127.0.2', to: '' }
    // Duplicate address detection: until it is through, nothing is delivered there anyway.
    await vi.waitFor(() => expect(ip('-6', 'address', 'show', 'dev', device)).not.toContain('tentative'), 5_000)
    const linkLocal = /inet6 (fe80::[0-9a-f:]+)/.exec(ip('-6', 'address', 'show', 'dev', device))?.[1]
    expect(linkLocal).toBeDefined()

    sendFrames(gateway, 'ext0', [
      udpFrame({ ...at, to: HOST }, '<to the host>'),
      udpFrame({ ...at, to: '100.127.0.1' }, '<to its end>'),
      udp6Frame({ ...at, from: 'fe80::66', to: linkLocal ?? '' }, '<to its end by IPv6>'),
      udpFrame({ ...at, to: '10.77.0.5' }, '<to a private network>'),
      udpFrame({ ...at, from: '192.0.2.1', to: OUTSIDE }, '<untranslated>'),
      udpFrame({ ...at, to: OUTSIDE }, '<plain>'),
    ])
    const heard = world.hearUntil('<plain>')

    expect(heard).not.toContain('<to a private network>')
    expect(heard).not.toContain('<untranslated>')
    const [dropped] = await rulesIn(HOST_NAMESPACE, `nl${lab.uid}`, 'filter-input')
    expect((dropped?.packets ?? 0) - (onHost[0]?.packets ?? 0)).toBe(3)
  })
})

test('what the rules keep back arrives once they are taken away: the silence was theirs', async () => {
  const lab = await create(aLabOutside('no-walls'))
  const gateway = namespaceOf(lab, 'out')
  const world = withWorld((fd) => new Wiretap(fd))
  try {
    expect(await ping(lab, 'web', OUTSIDE)).toBe('reply')
    ip('netns', 'exec', gateway, 'nft', 'delete table netdev guard')
    ip('netns', 'exec', gateway, 'nft', 'flush chain inet edge filter-forward')
    ip('netns', 'exec', gateway, 'nft', 'add rule inet edge filter-forward accept')
    nft(`flush chain inet nl${lab.uid} filter-forward`)
    const at = { fromMac: macOf(lab, 'web'), toMac: macOf(lab, 'out'), from: '192.0.2.1', to: '' }
    const frames = new Map<string, Buffer>([
      ...FORBIDDEN.map((to): [string, Buffer] => [to, udpFrame({ ...at, to }, `<${to}>`)]),
      ['nobody', udpFrame({ ...at, from: '192.0.2.77', to: OUTSIDE }, '<nobody>')],
      ['no MAC', udpFrame({ ...at, fromMac: '02:00:00:00:00:66', to: OUTSIDE }, '<no MAC>')],
      ['neighbour', udpFrame({ ...at, to: NEIGHBOUR_OF_HOST }, '<neighbour>')],
    ])

    sendFrames(namespaceOf(lab, 'web'), 'eth0', [...frames.values(), udpFrame({ ...at, to: OUTSIDE }, '<the last>')])
    const heard = world.hearUntil('<the last>')

    expect([...frames.keys()].filter((name) => !heard.includes(`<${name}>`))).toEqual([])
  } finally {
    world.close()
    await remove('no-walls')
  }
})

test('without the host’s table nothing more is open: the gateway’s own rules hold', async () => {
  const lab = await create(aLabOutside('one-wall'))
  nft(`delete table inet nl${lab.uid}`)

  const shut = [HOST, SECOND_OF_HOST, NEIGHBOUR_OF_HOST, '100.127.0.1', ...FORBIDDEN]
  expect(await Promise.all(shut.map((destination) => ping(lab, 'web', destination)))).toEqual(
    shut.map(() => 'no-answer'),
  )
  await remove('one-wall')
})

test('an allow-list is all that can be reached', async () => {
  const lab = await create(aLabOutside('narrow', '192.0.2.0/24', { allow: [`${OUTSIDE}/32`, '10.0.0.0/8'] }))

  expect(await ping(lab, 'web', OUTSIDE)).toBe('reply')
  expect(await ping(lab, 'web', OUTSIDE_TOO)).toBe('no-answer')
  expect(await ping(lab, 'web', '10.77.0.5')).toBe('no-answer')
  await remove('narrow')
})

test('two labs with uplinks do not reach each other, although the host knows the way', async () => {
  const [a, b] = [await create(aLabOutside('lab-a')), await create(aLabOutside('lab-b', '198.18.0.0/24'))]
  ip('route', 'add', '198.18.0.0/24', 'via', '100.127.0.6')
  try {
    for (const lab of [a, b]) expect(await ping(lab, 'web', OUTSIDE)).toBe('reply')
    for (const destination of ['100.127.0.5', '100.127.0.6', '198.18.0.1', '198.18.0.3'])
      expect(await ping(a, 'web', destination), destination).toBe('no-answer')
  } finally {
    ip('route', 'delete', '198.18.0.0/24')
    await remove('lab-a', 'lab-b')
  }
})

test('where another program drops what is forwarded, the server says so, and its operator can let uplinks pass', async () => {
  nft('add table ip filter\nadd chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }')
  try {
    const lab = await create(aLabOutside('behind-docker'))
    expect(await ping(lab, 'web', OUTSIDE)).toBe('no-answer')
    expect((await labs.host()).warnings).toContainEqual(expect.stringContaining('"ip filter FORWARD" drops'))

    nft('add rule ip filter FORWARD iifname "nl*" accept\nadd rule ip filter FORWARD oifname "nl*" accept')
    expect(await ping(lab, 'web', OUTSIDE)).toBe('reply')
    expect(await ping(lab, 'web', '10.77.0.5')).toBe('no-answer')
  } finally {
    nft('delete table ip filter')
    await remove('behind-docker')
  }
})
