import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { COMPARED_FIELDS, comparePlan } from '../../src/inspector/compare.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import type { ObservedNamespace } from '../../src/kernel/observed.ts'
import { HOST_NAMESPACE, type Plan } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import { renderScript } from '../../src/plan/render-script.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'
import { arbitrarySpec } from '../support/arbitrary-specs.ts'
import { aFullSpec, aHost, aSpec, aSwitch, IDENTITY } from '../support/plan-specs.ts'
import { objectsOf } from '../support/plan-views.ts'

/** The exported script against the server's own way of building, both read back from the kernel. */

const kernel = new LinuxKernel()
let planned: Plan = planLab(aFullSpec(), IDENTITY)

// An uplink's script insists on a host that forwards; this one is a namespace of its own.
beforeAll(() => writeFileSync('/proc/sys/net/ipv4/ip_forward', '1'))
afterEach(async () => {
  const { leftovers } = await kernel.remove(planned.steps.map(({ object }) => object))
  expect(leftovers).toEqual([])
})

function plan(spec: LabSpec): Plan {
  // Kernels differ in whether they know netem; and spanning trees take half a minute to let anything through.
  const links = spec.links.map(({ name, subnets, mtuBytes, path }) => ({ name, subnets, mtuBytes, path }))
  const switches = spec.switches.map((it) => ({ ...it, stp: false }))
  planned = planLab({ ...spec, links, switches }, IDENTITY)
  return planned
}

async function lookAt(of: Plan): Promise<readonly ObservedNamespace[]> {
  const namespaces = of.members.map(({ namespace }) => namespace)
  const { ready, waitingFor } = await kernel.awaitReady(namespaces, 5000)
  expect({ ready, waitingFor }).toEqual({ ready: true, waitingFor: [] })
  const keys = objectsOf(of, 'sysctls').flatMap(({ values }) => Object.keys(values))
  const look = () => kernel.observe([...namespaces, HOST_NAMESPACE], COMPARED_FIELDS, [...new Set(keys)])
  let observed = await look()
  const deadline = Date.now() + 5000
  while (!hasSettled(observed) && Date.now() < deadline) {
    await setTimeout(20)
    observed = await look()
  }
  return observed
}

/** Later, by a second at most: the state of a device that is up, and the host end's link-local address, which we leave alone. */
function hasSettled(observed: readonly ObservedNamespace[]): boolean {
  return observed.every(
    ({ devices, addresses }) =>
      devices.every(({ device, operstate }) => device === 'lo' || operstate !== 'unknown') &&
      addresses.every(({ flags }) => !flags.includes('tentative')),
  )
}

function bash(script: string, verb: string) {
  const { status, stderr } = spawnSync('bash', ['-s', verb], { input: script, encoding: 'utf8', timeout: 60_000 })
  return { status, stderr }
}

/** What may differ between two builds of one plan: traffic, and numbers that the kernel gives out. */
function comparable(observed: readonly ObservedNamespace[]) {
  return observed.map((namespace) => ({
    ...namespace,
    addresses: sorted(namespace.addresses),
    routes: sorted(namespace.routes),
    devices: namespace.devices
      .filter(() => namespace.namespace !== HOST_NAMESPACE)
      .map(({ rxPackets: _a, txPackets: _b, rxBytes: _c, txBytes: _d, rxDropped: _e, txDropped: _f, ...device }) =>
        device.device === 'ext0' ? { ...device, peerIndex: 0 } : device,
      ),
    tables: namespace.tables.map(({ chains, ...table }) => ({
      ...table,
      chains: chains.map(({ rules, ...chain }) => ({
        ...chain,
        rules: rules.map(({ packets: _p, bytes: _q, handle: _h, ...rule }) => rule),
      })),
    })),
  }))
}

/** Some come in the order in which devices came up. */
function sorted<T>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

async function buildBothWays(of: Plan): Promise<void> {
  expect(await kernel.apply(of.steps)).toEqual({ ok: true })
  const own = await lookAt(of)
  expect(comparePlan(of, own)).toEqual([])
  await kernel.remove(of.steps.map(({ object }) => object))

  const script = renderScript(of, 'lab')
  expect(bash(script, 'up')).toEqual({ status: 0, stderr: '' })
  const exported = await lookAt(of)
  expect(comparePlan(of, exported)).toEqual([])
  expect(comparable(exported)).toEqual(comparable(own))
  expect(bash(script, 'down')).toEqual({ status: 0, stderr: '' })
  expect((await kernel.listNamespaces()).map(({ name }) => name)).toEqual([])
}

describe('the exported script builds what the server builds', () => {
  test('for a lab with everything in it', async () => {
    await buildBothWays(plan(aFullSpec()))
  })

  test('for labs of every shape', async () => {
    await fc.assert(
      fc.asyncProperty(arbitrarySpec, async (spec) => {
        await buildBothWays(plan(spec))
      }),
      { numRuns: 8, endOnFailure: true },
    )
  }, 120_000)
})

test.each([false, true])('bridges have the same settings; spanning tree: %s', async (stp) => {
  const spec = aSpec({
    switches: [{ ...aSwitch('lan', '192.0.2.0/24'), stp }],
    members: [aHost('a', { at: ['eth0 on lan'] })],
  })
  planned = planLab(spec, IDENTITY)
  const settings = () => {
    const text = execFileSync('ip', ['-n', 'nl01234567-1', '-d', '-o', 'link', 'show'], { encoding: 'utf8' })
    return text.match(/(forward_delay|stp_state|mcast_snooping|ageing_time|hairpin|learning|flood|index|mtu) \S+/g)
  }

  expect(await kernel.apply(planned.steps)).toEqual({ ok: true })
  const own = settings()
  await kernel.remove(planned.steps.map(({ object }) => object))
  expect(bash(renderScript(planned, 'lab'), 'up').status).toBe(0)

  expect(settings()).toEqual(own)
  expect(own).toContain(`stp_state ${stp ? 1 : 0}`)
})

describe('the script', () => {
  const script = renderScript(plan(aFullSpec()), 'lab')
  const traces = () =>
    [spawnSync('ip', ['netns']), spawnSync('ip', ['-o', 'link']), spawnSync('nft', ['list', 'ruleset'])].map(
      ({ stdout }) => String(stdout),
    )

  test('taken down twice leaves nothing and complains of nothing', () => {
    const before = traces()
    expect(bash(script, 'up').status).toBe(0)

    expect(bash(script, 'down')).toEqual({ status: 0, stderr: '' })
    expect(bash(script, 'down')).toEqual({ status: 0, stderr: '' })
    expect(traces()).toEqual(before)
  })

  test('does nothing to a lab that is there already', async () => {
    expect(bash(script, 'up').status).toBe(0)
    const before = traces()

    expect(bash(script, 'up')).toEqual({
      status: 1,
      stderr: 'lab.sh: nl01234567-0 is there already; nothing was done\n',
    })
    expect(traces()).toEqual(before)
    expect(bash(script, 'down').status).toBe(0)
  })

  test('undoes itself when a command fails', () => {
    const before = traces()
    const broken = script.replace(
      /^ {2}(ip -n \S+ route add 0\.0\.0\.0\/0.*)$/m,
      '  ip -n nl01234567-0 route add nonsense',
    )
    expect(broken).not.toBe(script)

    const { status, stderr } = bash(broken, 'up')
    expect(status).not.toBe(0)
    expect(stderr).toContain('lab.sh: a command failed; undoing what was built')
    expect(traces()).toEqual(before)
  })

  test('refuses to open an uplink through a host that does not forward', () => {
    const path = '/proc/sys/net/ipv4/ip_forward'
    writeFileSync(path, '0')
    try {
      expect(bash(script, 'up').stderr).toContain('an uplink needs net.ipv4.ip_forward=1 in this host')
      expect(readFileSync(path, 'utf8')).toBe('0\n')
    } finally {
      writeFileSync(path, '1')
    }
  })
})
