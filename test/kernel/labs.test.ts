import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { uidOfName } from '../../src/labs/identity.ts'
import type { PingTold } from '../../src/labs/labs-port.ts'
import { aCreate, aPair, failureOf, TestHost } from '../support/open-labs.ts'

let kernel: Kernel
let host: TestHost

beforeAll(() => {
  kernel = new LinuxKernel()
})
afterAll(() => kernel.close())
beforeEach(async () => {
  host = await TestHost.make(kernel)
})
afterEach(async () => {
  const labs = await host.start()
  for (const { name } of (await labs.list({ pageSize: 500, filter: [] })).labs) await remove(labs, name)
  await host.dispose()
  expect(readdirSync('/run/netns')).toEqual([])
})

test('two labs with the same addresses stand side by side, and the machine itself is as it was', async () => {
  const labs = await host.start()
  const before = machine()

  const [one, two] = await Promise.all([labs.create(aCreate(aPair('one'))), labs.create(aCreate(aPair('two')))])

  for (const lab of [one.name, two.name]) expect(await received(labs, lab)).toBe(2)
  expect(machine()).toEqual(before)
  await Promise.all([remove(labs, 'one'), remove(labs, 'two')])
  expect(machine()).toEqual(before)
})

test('a lab outlives its server: traffic goes on, and the next server knows it', async () => {
  const first = await host.start()
  const { plan } = await first.create(aCreate(aPair('web')))
  await first.close()

  expect(
    execFileSync('ip', ['netns', 'exec', plan?.members[0]?.namespace ?? '', 'ping', '-c1', '-W1', '192.0.2.2']),
  ).toBeTruthy()
  const second = await host.start()
  expect(await second.get('web')).toMatchObject({ state: 'ready', drifts: [] })
  expect(await received(second, 'web')).toBe(2)
})

test('names of ours that nobody owns are swept at start, half-made ones too; other people’s are not touched', async () => {
  execFileSync('ip', ['netns', 'add', 'nl0badcafe-0'])
  writeFileSync('/run/netns/nl0badcafe-1', '')
  execFileSync('ip', ['netns', 'add', 'somebody-elses'])
  writeFileSync('/run/netns/nl-not-ours', '')

  await host.start()

  expect(readdirSync('/run/netns').sort()).toEqual(['nl-not-ours', 'somebody-elses'])
  execFileSync('ip', ['netns', 'del', 'somebody-elses'])
  execFileSync('rm', ['/run/netns/nl-not-ours'])
})

test('a change made by hand is found at the next start and on inspection', async () => {
  const labs = await host.start()
  const { plan } = await labs.create(aCreate(aPair('web')))
  execFileSync('ip', ['-n', plan?.members[0]?.namespace ?? '', 'addr', 'add', '10.9.9.9/24', 'dev', 'eth0'])

  const seen = await labs.inspect({ lab: 'web', members: [], fields: [], drifts: true })
  const found = (await (await host.start()).get('web')).drifts

  expect(seen.drifts.map((drift) => drift.object)).toContainEqual(expect.stringContaining('10.9.9.9/24'))
  expect(found).toEqual(seen.drifts)
})

test('a name that stands in the way is left alone, and the create tells whom it served', async () => {
  const taken = `nl${uidOfName('web')}-1`
  const labs = await host.start()
  execFileSync('ip', ['netns', 'add', taken])

  const failure = await failureOf(labs.create(aCreate(aPair('web'))))

  expect(failure).toMatchObject({ kind: 'apply-failed', refusal: 'exists', origin: 'hosts[1]', leftovers: [] })
  expect(readdirSync('/run/netns')).toEqual([taken])
  execFileSync('ip', ['netns', 'del', taken])
})

test('on a full disk creates are refused without a trace and deletes work', async () => {
  const stateDir = join(host.stateDir, 'labs')
  mkdirSync(stateDir, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', stateDir])
  const labs = await host.start()
  const built: string[] = []
  const fill = 'x'.repeat(1500)
  let refused: unknown
  while (refused === undefined) {
    const name = `lab-${built.length}`
    await labs.create(aCreate({ ...aPair(name), description: fill })).then(
      () => built.push(name),
      (error: unknown) => {
        refused = error
      },
    )
  }

  expect(refused).toMatchObject({ failure: { kind: 'store-failed', refusal: 'full' } })
  expect(built.length).toBeGreaterThan(5)
  expect(readdirSync('/run/netns')).toHaveLength(built.length * 2)
  for (const name of built) await remove(labs, name)
  expect(readdirSync('/run/netns')).toEqual([])
  await labs.close()
  execFileSync('umount', [stateDir])
})

type Running = Awaited<ReturnType<TestHost['start']>>

function remove(labs: Running, name: string) {
  return labs.delete({ name, allowMissing: true, async: false })
}

async function received(labs: Running, lab: string): Promise<number> {
  const events: PingTold[] = []
  const wish = {
    lab,
    from: 'a',
    to: 'b',
    count: 2,
    intervalMs: 10,
    timeoutMs: 1000,
    payloadBytes: 56,
    dontFragment: false,
    ttl: 0,
  }
  await labs.ping(wish, (event) => events.push(event))
  const last = events.at(-1)
  return last?.kind === 'statistics' ? last.received : -1
}

/** Links, addresses, routes, rules, packet filters and forwarding settings of the namespace that the server runs in. */
function machine(): Record<string, string> {
  const out = (program: string, ...argv: string[]) => execFileSync(program, argv, { encoding: 'utf8' })
  const keys = readdirSync('/proc/sys/net/ipv4/conf').sort()
  return {
    links: out('ip', '-o', 'link'),
    addresses: out('ip', '-o', 'addr'),
    routes: out('ip', 'route', 'show', 'table', 'all'),
    rules: out('ip', 'rule'),
    filters: existsSync('/usr/sbin/nft') ? out('nft', 'list', 'ruleset') : '',
    settings: keys
      .map((key) => out('sysctl', '-n', `net.ipv4.conf.${key}.forwarding`, `net.ipv4.conf.${key}.rp_filter`))
      .join(),
  }
}
