import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparePlan } from '../../src/inspector/compare.ts'
import type { Drift } from '../../src/inspector/drift.ts'
import { observeLab, observePlan } from '../../src/inspector/observe-lab.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { HOST_NAMESPACE, type Plan } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import { ipIn, nftIn, run } from '../support/ip-scene.ts'
import { aHost, aLink, anUplink, aRouter, aSpec, aSwitch, IDENTITY, NO_NAT, via } from '../support/plan-specs.ts'

/** Everything a generic lab can ask for, so that all of it is read back; changed behind our back, object by object. */
const SPEC = aSpec({
  switches: [
    aSwitch('lan', '192.0.2.0/24', '2001:db8::/64'),
    { ...aSwitch('dmz', '198.51.100.0/24'), stp: true, mtuBytes: 1400 },
  ],
  links: [aLink('wan', { subnets: ['203.0.113.0/29'] })],
  members: [
    aHost('web', {
      at: ['eth0 on lan 192.0.2.10/24 192.0.2.11/24 2001:db8::a/64'],
      gateways: [via('192.0.2.1'), via('2001:db8::1', 6)],
      routes: [
        { to: '10.0.0.0/8', target: { kind: 'blackhole' }, metric: 50, path: '' },
        { to: '2001:db8:dead::/48', target: { kind: 'unreachable' }, path: '' },
        { to: '10.9.0.0/16', target: { kind: 'interface', interface: 'eth0' }, path: '' },
      ],
      sysctls: { set: { 'net.ipv4.ip_local_port_range': '20000 30000' } },
      defaults: { in: 'deny' },
      rules: [
        {
          protocol: 'tcp',
          ports: [
            { first: 80, last: 80 },
            { first: 8000, last: 8100 },
          ],
        },
        { protocol: 'icmp', from: ['192.0.2.0/25', '203.0.113.0/29'] },
        { action: 'reject', direction: 'out', to: ['2001:db8:bad::/48'] },
      ],
    }),
    aHost('mail', { at: ['eth0 on lan', 'eth1 on dmz'] }),
    aHost('isp', { at: ['eth0 on wan 203.0.113.1/29'] }),
    aRouter('edge', {
      at: ['lan0 on lan 192.0.2.1/24 2001:db8::1/64', 'wan0 on wan 203.0.113.2/29'],
      nat: {
        ...NO_NAT,
        masquerade: [{ out: 'wan0', source: '192.0.2.0/24', path: '' }],
        forward: [
          { in: 'wan0', protocol: 'tcp', port: { first: 8080, last: 8080 }, to: '192.0.2.10', toPort: 80, path: '' },
        ],
        oneToOne: [{ on: 'wan0', outside: '203.0.113.3', inside: '192.0.2.11', path: '' }],
      },
    }),
  ],
  uplinks: [anUplink('out', 'lan', { allow: ['9.9.9.9/32'] })],
})
const PLAN: Plan = planLab(SPEC, IDENTITY)
const at = (member: string): string => PLAN.members.find(({ name }) => name === member)?.namespace ?? 'none'
const WEB = at('web')
const LAN = at('lan')
const DMZ = at('dmz')
const EDGE = at('edge')
const OUT = at('out')

let kernel: LinuxKernel

beforeAll(async () => {
  kernel = new LinuxKernel()
  expect(await kernel.apply(PLAN.steps)).toEqual({ ok: true })
  // Not the switch with spanning tree: its ports take 30 s, and nothing here sends through them.
  await kernel.awaitReady(
    PLAN.members.map(({ namespace }) => namespace).filter((namespace) => namespace !== DMZ),
    5_000,
  )
})
afterAll(async () => {
  const { leftovers } = await kernel.remove(PLAN.steps.map(({ object }) => object))
  await kernel.close()
  expect(leftovers).toEqual([])
})

const drifts = async (): Promise<readonly Drift[]> => comparePlan(PLAN, await observePlan(PLAN, kernel))
/** One line for each, as people would be told. */
const told = async (): Promise<readonly string[]> =>
  (await drifts()).map((drift) =>
    drift.kind === 'different'
      ? `${drift.object} | ${drift.field}: ${drift.planned} -> ${drift.observed} | ${drift.origin}`
      : `${drift.kind} ${drift.object}`,
  )

test('a lab with everything in it is read back without a difference', async () => {
  expect(await told()).toEqual([])
})

test('members are told one by one, the host and the lab beside them are not', async () => {
  const all = await observeLab(PLAN, kernel)
  expect(all.map(({ member, role }) => `${role} ${member}`)).toEqual(
    PLAN.members.map(({ name, role }) => `${role} ${name}`),
  )
  expect(all.every(({ observed }) => observed.exists && observed.incomplete === undefined)).toBe(true)
  const [web] = await observeLab(PLAN, kernel, { members: ['web', 'nobody'], fields: ['sysctls'] })
  expect(web?.observed.sysctls).toMatchObject({
    'net.ipv4.ip_forward': '0',
    'net.ipv4.ip_local_port_range': '20000 30000',
  })
  expect(web?.observed.devices).toEqual([])
})

test('the host is read as far as the lab has put something there', async () => {
  nftOnHost('add table ip nobodys\n')
  try {
    const host = (await observePlan(PLAN, kernel)).find(({ namespace }) => namespace === HOST_NAMESPACE)
    expect(host?.tables.map(({ name }) => name)).toEqual(['nl01234567'])
    expect(await told()).toEqual([])
  } finally {
    nftOnHost('delete table ip nobodys\n')
  }
})

/** nft in the host's namespace, which for this run is a private one. */
function nftOnHost(text: string): void {
  run('nft', ...text.trim().split(' '))
}

type Behind = {
  readonly story: string
  readonly change: () => void
  readonly back: () => void
  readonly found: readonly (string | RegExp)[]
}
const veth = (a: string, b: string) => `veth ${a} -- ${b}`

describe('a change behind our back is found, and is gone when it is taken back', () => {
  test.each<Behind>([
    {
      story: 'an address is taken away',
      change: () => ipIn(WEB, 'addr del 192.0.2.11/24 dev eth0'),
      back: () => ipIn(WEB, 'addr add 192.0.2.11/24 dev eth0'),
      found: [`missing address ${WEB}:eth0 192.0.2.11/24`],
    },
    {
      story: 'an address is added',
      change: () => ipIn(WEB, 'addr add 192.0.2.66/32 dev eth0'),
      back: () => ipIn(WEB, 'addr del 192.0.2.66/32 dev eth0'),
      found: [`unexpected address ${WEB}:eth0 192.0.2.66/32`],
    },
    {
      story: 'a default route leads elsewhere',
      change: () => ipIn(WEB, 'route replace default via 192.0.2.99'),
      back: () => ipIn(WEB, 'route replace default via 192.0.2.1'),
      found: [`route ${WEB} 0.0.0.0/0 | via: 192.0.2.1 -> 192.0.2.99 | hosts[0].gateways[0]`],
    },
    {
      story: 'a route is added',
      change: () => ipIn(WEB, '-6 route add 2001:db8:5::/48 via 2001:db8::1 metric 9'),
      back: () => ipIn(WEB, '-6 route del 2001:db8:5::/48'),
      found: [`unexpected route ${WEB} 2001:db8:5::/48 metric 9`],
    },
    {
      story: 'the route to the own network is taken away',
      change: () => ipIn(WEB, '-6 route del 2001:db8::/64 dev eth0'),
      back: () => ipIn(WEB, '-6 route add 2001:db8::/64 dev eth0 proto kernel metric 256'),
      found: [`address ${WEB}:eth0 2001:db8::a/64 | connected route: 2001:db8::/64 ->  | hosts[0].interfaces[0]`],
    },
    {
      story: 'a MAC is changed',
      change: () => ipIn(WEB, 'link set eth0 address 02:00:00:00:00:66'),
      back: () => ipIn(WEB, 'link set eth0 address 0a:58:c0:00:02:0a'),
      found: [
        `${veth(`${LAN}:web`, `${WEB}:eth0`)} | ${WEB}:eth0 mac: 0a:58:c0:00:02:0a -> 02:00:00:00:00:66 | hosts[0].interfaces[0]`,
      ],
    },
    {
      story: 'an MTU is changed',
      change: () => ipIn(EDGE, 'link set wan0 mtu 1280'),
      back: () => ipIn(EDGE, 'link set wan0 mtu 1500'),
      found: [/wan0 mtuBytes: 1500 -> 1280 \| links\[0\]$/],
    },
    {
      story: 'a port is taken off its bridge',
      change: () => ipIn(LAN, 'link set web nomaster'),
      back: () => ipIn(LAN, 'link set web master br0'),
      found: [`${veth(`${LAN}:web`, `${WEB}:eth0`)} | ${LAN}:web bridge: br0 ->  | hosts[0].interfaces[0]`],
    },
    {
      story: 'spanning tree is turned off',
      change: () => ipIn(DMZ, 'link set br0 type bridge stp_state 0'),
      back: () => ipIn(DMZ, 'link set br0 type bridge stp_state 1'),
      found: [`bridge ${DMZ}:br0 | stp: true -> false | switches[1]`],
    },
    {
      story: 'a sysctl is turned',
      change: () => sysctl(EDGE, 'net.ipv4.conf.all.rp_filter=1'),
      back: () => sysctl(EDGE, 'net.ipv4.conf.all.rp_filter=0'),
      found: [`sysctls ${EDGE} | net.ipv4.conf.all.rp_filter: 0 -> 1 | routers[0]`],
    },
    {
      story: 'a device is added',
      change: () => ipIn(WEB, 'link add evil type bridge'),
      back: () => ipIn(WEB, 'link del evil'),
      found: [`unexpected device ${WEB}:evil`],
    },
    {
      story: 'a rate is limited',
      change: () =>
        run(
          'tc',
          '-n',
          WEB,
          'qdisc',
          'add',
          'dev',
          'eth0',
          'root',
          'tbf',
          'rate',
          '1mbit',
          'burst',
          '16kb',
          'limit',
          '30000',
        ),
      back: () => run('tc', '-n', WEB, 'qdisc', 'del', 'dev', 'eth0', 'root'),
      found: [`unexpected qdisc ${WEB}:eth0 tbf`],
    },
    {
      story: 'a rule is put in front of the others',
      change: () =>
        nftIn(
          WEB,
          'insert rule inet netns-lab filter-input tcp dport 22 accept\n'.replace('netns-lab', tableName(WEB)),
        ),
      back: () => deleteRule(WEB, 'filter-input', 0),
      found: [/filter-input\.rules\[0\]: {2}-> tcp dport 22 accept \| hosts\[0\]$/],
    },
    {
      story: 'a policy is changed',
      change: () => nftIn(OUT, 'chain inet edge filter-forward { policy accept ; }\n'),
      back: () => nftIn(OUT, 'chain inet edge filter-forward { policy drop ; }\n'),
      found: [`nft-table ${OUT} inet edge | chains.filter-forward.policy: drop -> accept | uplinks[0]`],
    },
    {
      story: 'a table is added',
      change: () => nftIn(LAN, 'add table ip mine\n'),
      back: () => nftIn(LAN, 'delete table ip mine\n'),
      found: [`unexpected nft-table ${LAN} ip mine`],
    },
    {
      story: "the uplink's rule on the host is changed",
      change: () => run('nft', 'add', 'rule', 'inet', 'nl01234567', 'filter-forward', 'accept'),
      back: () => run('nft', 'delete', 'rule', 'inet', 'nl01234567', 'filter-forward', 'handle', lastHandle()),
      found: [/^nft-table @host inet nl01234567 \| chains\.filter-forward\.rules\[5\]: {2}-> accept \| uplinks\[0\]$/],
    },
  ])('$story', async ({ change, back, found }) => {
    change()
    const lines = await told()
    back()
    expect(lines.length).toBe(found.length)
    for (const [place, line] of found.entries()) {
      if (typeof line === 'string') expect(lines[place]).toBe(line)
      else expect(lines[place]).toMatch(line)
    }
    expect(await told()).toEqual([])
  })

  test('a device taken down is named once, and not all that hangs on it', async () => {
    ipIn(EDGE, 'link set wan0 down')
    const lines = await told()
    expect(lines).toEqual([expect.stringMatching(/wan0 up: true -> false \| links\[0\]$/)])
    ipIn(EDGE, 'link set wan0 up')
    await kernel.awaitReady([EDGE], 5000)
    expect(await told()).toEqual([])
  })
})

function sysctl(namespace: string, setting: string): string {
  return run('ip', 'netns', 'exec', namespace, 'sysctl', '-q', '-w', setting)
}

function tableName(namespace: string): string {
  const table = PLAN.steps
    .map(({ object }) => object)
    .find((object) => object.kind === 'nft-table' && object.namespace === namespace)
  return table?.kind === 'nft-table' ? table.name : 'none'
}

function deleteRule(namespace: string, chain: string, place: number): void {
  const listed: { nftables: { rule?: { chain: string; handle: number } }[] } = JSON.parse(
    run('ip', 'netns', 'exec', namespace, 'nft', '-j', 'list', 'ruleset'),
  )
  const rules = listed.nftables.flatMap(({ rule }) => (rule?.chain === chain ? [rule] : []))
  nftIn(namespace, `delete rule inet ${tableName(namespace)} ${chain} handle ${rules[place]?.handle}\n`)
}

function lastHandle(): string {
  return (
    /accept # handle (\d+)\n\t\}/.exec(
      run('nft', '-a', 'list', 'chain', 'inet', 'nl01234567', 'filter-forward'),
    )?.[1] ?? ''
  )
}
