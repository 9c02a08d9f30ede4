import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDeviceName } from '../../src/net/names.ts'
import { HOST_NAMESPACE, type KernelObject, keyOf, PHASE_OF, PHASES, type Plan } from '../../src/plan/objects.ts'
import { planLab } from '../../src/plan/plan-lab.ts'
import { arbitrarySpec } from '../support/arbitrary-specs.ts'
import { IDENTITY } from '../support/plan-specs.ts'

/** What an object needs to be there before it: keys of namespaces and `namespace:device`. */
function needs(object: KernelObject): readonly string[] {
  switch (object.kind) {
    case 'namespace':
      return []
    case 'sysctls':
    case 'loopback':
    case 'bridge':
      return [object.namespace]
    case 'veth':
      return object.ends.flatMap(({ namespace, bridge }) => [
        namespace,
        ...(bridge === undefined ? [] : [`${namespace}:${bridge}`]),
      ])
    case 'address':
    case 'netem':
      return [`${object.namespace}:${object.device}`]
    case 'route':
      return [object.namespace, ...('device' in object.target ? [`${object.namespace}:${object.target.device}`] : [])]
    case 'nft-table':
      // A netdev hook names a device that must exist; in other rules devices are only names.
      return object.chains.flatMap(({ hook }) => [
        object.namespace,
        ...(hook?.device === undefined ? [] : [`${object.namespace}:${hook.device}`]),
      ])
  }
}

function makes(object: KernelObject): readonly string[] {
  if (object.kind === 'namespace') return [object.name]
  if (object.kind === 'bridge') return [`${object.namespace}:${object.device}`]
  if (object.kind === 'veth') return object.ends.map(({ namespace, device }) => `${namespace}:${device}`)
  return []
}

const planned = arbitrarySpec.map((spec) => ({ spec, plan: planLab(spec, IDENTITY) }))

function everyPlan(holds: (plan: Plan) => void): void {
  fc.assert(
    fc.property(planned, ({ plan }) => holds(plan)),
    { numRuns: 200 },
  )
}

describe('every plan', () => {
  test('names each object once', () => {
    everyPlan(({ steps }) => {
      const keys = steps.map(({ object }) => keyOf(object))
      expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([])
    })
  })

  test('goes through the phases in order', () => {
    everyPlan(({ steps }) => {
      const phases = steps.map(({ object }) => PHASES.indexOf(PHASE_OF[object.kind]))
      expect(phases).toEqual([...phases].sort((a, b) => a - b))
    })
  })

  test('refers only to namespaces and devices that exist by then', () => {
    everyPlan(({ steps }) => {
      const there = new Set([HOST_NAMESPACE])
      for (const { object } of steps) {
        for (const needed of needs(object)) expect(there, `${keyOf(object)} needs ${needed}`).toContain(needed)
        for (const made of makes(object)) {
          expect(there, `${made} is made once`).not.toContain(made)
          there.add(made)
        }
      }
    })
  })

  test('says for each object which place of the spec it serves', () => {
    everyPlan(({ steps }) => {
      for (const { origin } of steps) expect(origin).toMatch(/^(hosts|routers|switches|links|uplinks)\[\d+\]/)
    })
  })

  test('gives devices names that the kernel takes, and an index of their own in their namespace', () => {
    everyPlan(({ members }) => {
      for (const { devices } of members) {
        expect(devices.map(({ device }) => device).filter((device) => !isDeviceName(device))).toEqual([])
        expect(devices.map(({ index }) => index)).toEqual(devices.map((_, place) => 16 + place))
      }
    })
  })

  test('gives no MAC twice', () => {
    everyPlan(({ members }) => {
      const macs = members.flatMap(({ devices }) => devices.map(({ mac }) => mac))
      expect(new Set(macs).size).toBe(macs.length)
    })
  })

  test('is the same every time', () => {
    fc.assert(
      fc.property(planned, ({ spec, plan }) => {
        expect(planLab(spec, IDENTITY)).toEqual(plan)
      }),
      { numRuns: 50 },
    )
  })

  test('has the same names, addresses and MACs under another identity', () => {
    const other = { uid: 'fedcba98', firstUid: 7_000_000, uplinkSubnets: ['100.127.9.0/30', '100.127.9.4/30'] }
    const visible = (plan: Plan) =>
      plan.members.map(({ name, devices }) => ({
        name,
        devices: devices.filter(({ link }) => link !== HOST_NAMESPACE),
      }))
    fc.assert(
      fc.property(planned, ({ spec, plan }) => {
        expect(visible(planLab(spec, other))).toEqual(visible(plan))
      }),
      { numRuns: 50 },
    )
  })

  test('lets a member of the lab into the host only by an uplink', () => {
    everyPlan(({ steps, members }) => {
      const hosts = steps.filter(({ object }) => JSON.stringify(object).includes(`"${HOST_NAMESPACE}"`))
      const uplinks = members.filter(({ role }) => role === 'uplink').length
      // For each uplink a veth and an address, and one table for all.
      expect(hosts).toHaveLength(uplinks === 0 ? 0 : 2 * uplinks + 1)
    })
  })
})
