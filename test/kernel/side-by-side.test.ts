import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { EXAMPLES } from '../support/example-labs.ts'
import { readHostState } from '../support/host-state.ts'
import { createLab, deleteLab, missingFeatures, pingLab } from '../support/lab-calls.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { type Server, startServer } from '../support/server-process.ts'

let server: Server
const run = (line: string) => execFileSync('bash', ['-c', line])
const exampleText = (name: string) => EXAMPLES.find((example) => example.name === name)?.text ?? ''

// A host with a network of its own, in the ranges that labs use, so that there is something to spoil.
beforeAll(async () => {
  run(`ip link add mine0 type veth peer name mine1; ip link add br0 type bridge
    for device in mine0 mine1; do echo 1 > /proc/sys/net/ipv6/conf/$device/addr_gen_mode; done
    ip address add 192.0.2.1/24 dev mine0; ip address add 2001:db8::1/64 dev mine0 nodad; ip link set mine0 up
    ip link set mine1 up; ip route add 203.0.113.0/24 via 192.0.2.2; ip rule add from 10.0.0.0/8 table 77
    nft add table inet mine; nft add chain inet mine fence '{ type filter hook input priority 0; }'
    nft add rule inet mine fence ip saddr 192.168.1.0/24 counter drop`)
  server = await startServer()
  // The kernel looks at the carrier of a device a moment after it is up.
  const up = () => String(run('ip -o link show up')).split('state UP').length - 1
  await vi.waitFor(() => expect(up()).toBe(2), { timeout: 10_000 })
})
afterAll(async () => {
  await server?.stop()
  run('ip link del mine0; ip link del br0; ip rule del from 10.0.0.0/8 table 77; nft delete table inet mine')
})

test('two labs with identical addresses run side by side, and each pings only its own', async () => {
  const one = await createLab(server, exampleText('two-hosts'), 'one')
  await createLab(server, exampleText('two-hosts'), 'two')
  expect(await pingLab(server, 'one', 'left', 'right')).toBe(2)
  expect(await pingLab(server, 'two', 'left', 'right')).toBe(2)

  // 192.0.2.2 of lab "one" goes silent; that of lab "two" is none of its business.
  const right = one.members.find(({ name }) => name === 'right')?.namespace ?? ''
  run(`ip -n ${right} address del 192.0.2.2/24 dev eth0`)

  expect(await pingLab(server, 'one', 'left', '192.0.2.2', 1)).toBe(0)
  expect(await pingLab(server, 'two', 'left', '192.0.2.2')).toBe(2)
  await deleteLab(server, 'one')
  expect(await pingLab(server, 'two', 'left', 'right')).toBe(2)
  await deleteLab(server, 'two')
})

test("the host's own links, addresses, routes, rules, nftables and settings stay as they are", async () => {
  const state = readHostState()
  const ledger = readLedger()
  const lacking = await missingFeatures(server)
  const examples = EXAMPLES.filter(({ needs }) => needs.every((feature) => !lacking.includes(feature)))

  for (const { text, file } of examples) {
    const lab = await createLab(server, text)
    const [first, second] = lab.members.filter(({ role }) => role === 'host')
    await pingLab(server, lab.name, first?.name ?? '', second?.name ?? '')
    expect(readHostState(), `while ${file} stands`).toEqual(state)
    await deleteLab(server, lab.name)
  }

  expect(readHostState()).toEqual(state)
  expect(readLedger()).toEqual(ledger)
  expect(examples.length).toBeGreaterThanOrEqual(8)
})
