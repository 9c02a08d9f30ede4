import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import type { Plan } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import type { LabSpec, Nat } from '../../src/spec/lab-spec.ts'
import { aHost, aLink, anUplink, aRouter, aSpec, aSwitch, IDENTITY, NO_NAT, via } from '../support/plan-specs.ts'
import { namespaceOf } from '../support/plan-views.ts'

/** Whether planned translation, firewalls and uplinks do to packets what they are for: rules are judged by traffic. */

const kernel = new LinuxKernel()
const ip = (...args: readonly string[]) => void execFileSync('ip', args, { stdio: 'pipe' })
let plan: Plan

async function build(spec: LabSpec): Promise<void> {
  plan = planLab(spec, IDENTITY)
  expect(await kernel.apply(plan.steps)).toEqual({ ok: true })
  const namespaces = plan.members.map(({ namespace }) => namespace)
  expect(await kernel.awaitReady(namespaces, 5000)).toMatchObject({ ready: true })
}

afterEach(async () => {
  await kernel.remove(plan.steps.map(({ object }) => object))
})

/** Long enough for a busy machine where an answer is expected, short where silence is. */
const PATIENCE_MS = 5_000
const SILENCE_MS = 300

/** `reply`, or why not. */
async function ping(from: string, destination: string, timeoutMs = PATIENCE_MS): Promise<string> {
  const namespace = plan.members.some(({ name }) => name === from) ? namespaceOf(plan, from) : from
  const [answer] = await kernel.pingPairs({ pairs: [{ namespace, destination }], timeoutMs })
  return answer === undefined || 'reason' in answer ? (answer?.reason ?? '') : 'reply'
}

/** From this process, which is in the host's namespace: a member that is reached refuses, for nobody listens there. */
function connect(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: 9, timeout: 300 })
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    socket.on('timeout', () => {
      socket.destroy()
      resolve('silence')
    })
  })
}

async function countedAt(member: string, origin: string): Promise<number> {
  const [observed] = await kernel.observe([namespaceOf(plan, member)], ['rules'])
  const rules = (observed?.tables ?? []).flatMap(({ chains }) => chains.flatMap((chain) => chain.rules))
  return rules.filter(({ comment }) => comment === origin).reduce((sum, { packets }) => sum + packets, 0)
}

describe('address translation', () => {
  // The provider knows no way back to the inside: only translated packets are answered.
  const inside = { switches: [aSwitch('lan', '192.0.2.0/24')], links: [aLink('wan', { subnets: ['203.0.113.0/24'] })] }
  const labWith = (nat: Partial<Nat>, firewall: Parameters<typeof aRouter>[1] = {}) =>
    aSpec({
      ...inside,
      members: [
        aHost('web', { at: ['eth0 on lan 192.0.2.10/24'], gateways: [via('192.0.2.1')] }),
        aHost('isp', { at: ['eth0 on wan 203.0.113.1/24'] }),
        aRouter('edge', {
          at: ['lan0 on lan 192.0.2.1/24', 'wan0 on wan 203.0.113.2/24'],
          nat: { ...NO_NAT, ...nat },
          ...firewall,
        }),
      ],
    })

  test('without it the inside gets no answer', async () => {
    await build(labWith({}))

    expect(await ping('web', '203.0.113.1', SILENCE_MS)).toBe('no-answer')
  })

  test('masquerade brings answers back, and its rule counts', async () => {
    await build(labWith({ masquerade: [{ out: 'wan0', path: '' }] }))

    expect(await ping('web', '203.0.113.1')).toBe('reply')
    expect(await countedAt('edge', 'routers[0].nat.masquerade[0]')).toBe(1)
  })

  test('SNAT to an address that the router has only for that', async () => {
    await build(labWith({ snat: [{ out: 'wan0', to: '203.0.113.9', path: '' }] }))

    expect(await ping('web', '203.0.113.1')).toBe('reply')
  })

  test('one-to-one makes the inside callable, and speaks with its outside address', async () => {
    await build(labWith({ oneToOne: [{ on: 'wan0', outside: '203.0.113.20', inside: '192.0.2.10', path: '' }] }))

    expect(await ping('isp', '203.0.113.20')).toBe('reply')
    expect(await ping('web', '203.0.113.1')).toBe('reply')
    expect(await ping('edge', '203.0.113.20')).toBe('reply')
  })

  test('what is translated still needs a rule where forwarding is denied', async () => {
    const oneToOne = [{ on: 'wan0', outside: '203.0.113.20', inside: '192.0.2.10', path: '' }]
    await build(labWith({ oneToOne }, { defaults: { forward: 'deny' } }))

    expect(await ping('isp', '203.0.113.20', SILENCE_MS)).toBe('no-answer')
    expect(await countedAt('edge', 'routers[0].firewall')).toBe(1)
  })

  test('the rule that lets it through names the inner address', async () => {
    const oneToOne = [{ on: 'wan0', outside: '203.0.113.20', inside: '192.0.2.10', path: '' }]
    const rules = [{ direction: 'forward', to: ['192.0.2.10/32'] } as const]
    await build(labWith({ oneToOne }, { defaults: { forward: 'deny' }, rules }))

    expect(await ping('isp', '203.0.113.20')).toBe('reply')
  })
})

describe('a host that denies what comes in', () => {
  beforeEach(() =>
    build(
      aSpec({
        switches: [aSwitch('lan', '192.0.2.0/24', '2001:db8::/64')],
        members: [
          aHost('closed', { at: ['eth0 on lan'], defaults: { in: 'deny' } }),
          aHost('open', { at: ['eth0 on lan'] }),
        ],
      }),
    ),
  )

  test('answers nobody', async () => {
    expect(await ping('open', '192.0.2.1', SILENCE_MS)).toBe('no-answer')
    expect(await ping('open', '2001:db8::1', SILENCE_MS)).toBe('no-answer')
  })

  test('gets answers itself, over IPv6 too, whose neighbours have to be asked first', async () => {
    expect(await ping('closed', '192.0.2.2')).toBe('reply')
    expect(await ping('closed', '2001:db8::2')).toBe('reply')
    expect(await ping('closed', '127.0.0.1')).toBe('reply')
  })
})

describe('an uplink', () => {
  const WORLD = 'nlffffffff-0'
  const OUTSIDE = '198.51.100.2'

  // Behind this host stands a world that knows no way to any lab, and answers whoever speaks from the host's address.
  beforeAll(() => {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
    ip('netns', 'add', WORLD)
    ip('link', 'add', 'world0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', WORLD)
    ip('address', 'add', '198.51.100.1/24', 'dev', 'world0')
    ip('link', 'set', 'world0', 'up')
    for (const args of [
      ['address', 'add', `${OUTSIDE}/24`, 'dev', 'eth0'],
      ['address', 'add', '10.77.0.5/32', 'dev', 'eth0'],
      ['link', 'set', 'eth0', 'up'],
    ])
      ip('-n', WORLD, ...args)
    ip('route', 'add', '10.77.0.5/32', 'via', OUTSIDE)
  })
  afterAll(() => {
    ip('netns', 'delete', WORLD)
  })

  beforeEach(() =>
    build(
      aSpec({
        switches: [aSwitch('lan', '192.0.2.0/24')],
        members: [
          aHost('web', { at: ['eth0 on lan'], gateways: [via('out')] }),
          aHost('other', { at: ['eth0 on lan'], gateways: [via('out')] }),
        ],
        uplinks: [anUplink('out', 'lan')],
      }),
    ),
  )
  const inWeb = (...args: readonly string[]) => ip('-n', namespaceOf(plan, 'web'), ...args)

  test('leads to the outside', async () => {
    expect(await ping('web', OUTSIDE)).toBe('reply')
  })

  test.each([
    { what: "the host's own address", destination: '198.51.100.1' },
    { what: "the host's end of the cable", destination: '100.127.0.1' },
    { what: "the gateway's outer address", destination: '100.127.0.2' },
    { what: 'a private network behind the host', destination: '10.77.0.5' },
    { what: 'cloud metadata', destination: '169.254.169.254' },
  ])('does not lead to $what', async ({ destination }) => {
    expect(await ping('web', destination, SILENCE_MS)).toBe('no-answer')
  })

  test('lets nobody out who uses an address of his own choice', async () => {
    inWeb('address', 'add', '192.0.2.77/24', 'dev', 'eth0')
    inWeb('route', 'replace', 'default', 'via', '192.0.2.3', 'src', '192.0.2.77')
    const dropped = await countedAt('out', 'uplinks[0]')

    expect(await ping('web', OUTSIDE, SILENCE_MS)).toBe('no-answer')
    expect(await countedAt('out', 'uplinks[0]')).toBeGreaterThan(dropped)
  })

  test('lets nobody out who uses a MAC of his own choice', async () => {
    inWeb('link', 'set', 'eth0', 'address', '02:00:00:00:00:66')

    expect(await ping('web', OUTSIDE, SILENCE_MS)).not.toBe('reply')
  })

  test('leads nobody in, even with routes to the lab', async () => {
    ip('route', 'add', '192.0.2.0/24', 'via', '100.127.0.2')
    ip('-n', WORLD, 'route', 'add', '192.0.2.0/24', 'via', '198.51.100.1')
    try {
      expect(await ping(WORLD, '192.0.2.1', SILENCE_MS)).not.toBe('reply')
      expect(await connect('192.0.2.1')).toBe('silence')
    } finally {
      ip('-n', WORLD, 'route', 'delete', '192.0.2.0/24')
      ip('route', 'delete', '192.0.2.0/24')
    }
  })

  test('gives way to nothing before its rules are there', async () => {
    // Everything up to the last step before the rules: devices are up, nothing has an address.
    await kernel.remove(plan.steps.map(({ object }) => object))
    const firstRule = plan.steps.findIndex(({ object }) => object.kind === 'nft-table')
    expect(await kernel.apply(plan.steps.slice(0, firstRule))).toEqual({ ok: true })
    const web = namespaceOf(plan, 'web')
    ip('-n', web, 'address', 'add', '192.0.2.1/24', 'dev', 'eth0')
    ip('-n', web, 'route', 'add', 'default', 'via', '192.0.2.3')

    expect(await ping('web', OUTSIDE, SILENCE_MS)).not.toBe('reply')
  })
})
