import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Plan } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import { renderScript } from '../../src/plan/render-script.ts'
import { arbitrarySpec } from '../support/arbitrary-specs.ts'
import { aHost, aLink, aRouter, aSpec, aSwitch, IDENTITY, via } from '../support/plan-specs.ts'

const plan = planLab(
  aSpec({
    switches: [aSwitch('lan', '192.0.2.0/24', '2001:db8::/64'), { ...aSwitch('tree'), stp: true }],
    links: [aLink('wan', { subnets: ['203.0.113.0/30'], impairment: { delayMs: 20, jitterMs: 5, lossPercent: 1 } })],
    members: [
      aHost('web', { at: ['eth0 on lan'], gateways: [via('edge'), via('edge', 6)] }),
      aHost('isp', { at: ['eth0 on wan'] }),
      aRouter('edge', {
        at: ['lan0 on lan', 'wan0 on wan'],
        routes: [{ to: '10.0.0.0/8', target: { kind: 'blackhole' }, metric: 5, path: '' }],
      }),
    ],
  }),
  IDENTITY,
)
const script = renderScript(plan, 'two-nodes')

function bash(args: readonly string[], input: string) {
  const { status, stdout, stderr } = spawnSync('bash', [...args], { input, encoding: 'utf8', timeout: 10_000 })
  return { status, stdout, stderr }
}

test.each([
  'ip netns add nl01234567-0 # hosts[0]',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash that reads this
  'ip netns exec nl01234567-0 sysctl -q -w "${sysctls_1[@]}" # hosts[0]',
  'ip -n nl01234567-0 link set lo up # hosts[0]',
  'ip -n nl01234567-3 link add br0 index 16 address 06:14:db:30:38:48 mtu 1500 up type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # switches[0]',
  'ip -n nl01234567-3 link add name web index 17 address 06:7e:ef:a7:f2:2e mtu 1500 master br0 up type veth peer name eth0 index 16 address 0a:58:c0:00:02:01 mtu 1500 netns nl01234567-0 # hosts[0].interfaces[0]',
  'ip -n nl01234567-0 link set eth0 up # hosts[0].interfaces[0]',
  'ip -n nl01234567-0 address add 192.0.2.1/24 dev eth0 # hosts[0].interfaces[0]',
  'ip -n nl01234567-0 address add 2001:db8::1/64 dev eth0 nodad # hosts[0].interfaces[0]',
  'ip -n nl01234567-0 route add 0.0.0.0/0 via 192.0.2.2 dev eth0 # hosts[0].gateways[0]',
  'ip -n nl01234567-0 -6 route add ::/0 via 2001:db8::2 dev eth0 # hosts[0].gateways[1]',
  'ip -n nl01234567-2 route add blackhole 10.0.0.0/8 metric 5 # routers[0].routes[0]',
  'tc -n nl01234567-1 qdisc add dev eth0 root netem delay 20ms 5ms loss 1% # links[0]',
])('the script says: %s', (line) => {
  expect(script.split('\n').map((text) => text.trim())).toContain(line)
})

test('settings that namespaces share stand in the script once', () => {
  expect(script.match(/^sysctls_\d+=\($/gm)).toHaveLength(4)
  expect(script).toContain("  'net.ipv4.ping_group_range=0 2147483647'")
})

test('with spanning tree the kernel chooses the forward delay', () => {
  expect(script).toMatch(/type bridge stp_state 1 mcast_snooping 0 # switches\[1\]/)
})

test('without up or down the script builds nothing and says how it is called', () => {
  expect(bash(['-s'], script)).toEqual({ status: 2, stdout: '', stderr: 'usage: bash lab.sh up|down\n' })
})

test('bash can read the script of any lab', () => {
  fc.assert(
    fc.property(arbitrarySpec, (spec) => {
      expect(bash(['-n'], renderScript(planLab(spec, IDENTITY), spec.name))).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      })
    }),
    { numRuns: 20 },
  )
})

test('an empty lab is a script too', () => {
  const empty = renderScript(planLab(aSpec({}), IDENTITY), 'empty')

  expect(bash(['-s', 'up'], empty)).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('names that no parser would let through stay words and comments', () => {
  const hostile = 'a"; touch /tmp/pwned #\n$(touch /tmp/pwned)\'`x`'
  const device = { device: 'eth0', kind: 'veth', index: 2, mac: hostile, addresses: [], link: hostile } as const
  const forged: Plan = {
    members: [{ name: hostile, role: 'host', namespace: hostile, path: hostile, devices: [device] }],
    steps: [
      { object: { kind: 'sysctls', namespace: hostile, values: { [hostile]: hostile } }, origin: hostile },
      {
        object: { kind: 'address', namespace: hostile, device: hostile, address: hostile, dad: false },
        origin: hostile,
      },
    ],
  }
  const rendered = renderScript(forged, hostile)

  // Every command is replaced by printf, so that what bash made of the words is what comes out.
  const traced = rendered.replace(/^up\(\) \{$/m, 'ip() { printf "<%s>" "$@"; }\nup() {')
  const { status, stdout } = bash(['-s', 'up'], traced)
  expect(status).toBe(0)
  expect(stdout).toContain(`<-n><${hostile}><address><add><${hostile}><dev><${hostile}>`)
})
