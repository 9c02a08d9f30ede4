import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
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
import { aFullSpec, IDENTITY } from '../support/plan-specs.ts'
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
  // Kernels differ in whether they know netem; its own test is kernel/objects'.
  const links = spec.links.map(({ impairment: _, ...link }) => link)
  planned = planLab({ ...spec, links }, IDENTITY)
  return planned
}

async function lookAt(of: Plan): Promise<readonly ObservedNamespace[]> {
  const namespaces = of.members.map(({ namespace }) => namespace)
  const { ready, waitingFor } = await kernel.awaitReady(namespaces, 5000)
  expect({ ready, waitingFor }).toEqual({ ready: true, waitingFor: [] })
  const keys = objectsOf(of, 'sysctls').flatMap(({ values }) => Object.keys(values))
  return kernel.observe([...namespaces, HOST_NAMESPACE], COMPARED_FIELDS, [...new Set(keys)])
}

function bash(script: string, verb: string) {
  const { status, stderr } = spawnSync('bash', ['-s', verb], { input: script, encoding: 'utf8', timeout: 60_000 })
  return { status, stderr }
}

/** What may differ between two builds of one plan: traffic, and numbers that the kernel gives out. */
function comparable(observed: readonly ObservedNamespace[]) {
  return observed.map((namespace) => ({
    ...namespace,
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
      { numRuns: 12, endOnFailure: true },
    )
  }, 120_000)
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
