import type { LabSpec } from '../spec/lab-spec.ts'
import type { LabIdentity } from './identity.ts'
import { PHASE_OF, PHASES, type Plan, type PlannedDevice, type PlannedMember, type Step } from './objects.ts'
import { planDevices } from './plan-devices.ts'
import { planMemberTable } from './plan-member-table.ts'
import { planRoutes } from './plan-routes.ts'
import { planUplink, planUplinkHostTable } from './plan-uplink.ts'
import { SWITCH_SYSCTLS, sysctlsOf } from './sysctls.ts'
import { wireLab } from './wire-lab.ts'
import {
  BRIDGE,
  type WiredDevice,
  type WiredMember,
  type WiredSwitch,
  type WiredUplink,
  type Wiring,
} from './wiring.ts'

/**
 * The kernel objects that make `spec` real, in creation order. A pure function: the same spec and identity give the
 * same plan, and the same spec gives the same addresses, MACs and device names under any identity. Linear in the size
 * of the spec (a star of 1,000 hosts: some ms).
 * @throws LabError `invalid-spec` for what the kernel would refuse for sure and no rule of `spec` has stopped
 */
export function planLab(spec: LabSpec, identity: LabIdentity): Plan {
  const wiring = wireLab(spec, identity)
  const steps = [
    ...planNamespaces(wiring, identity),
    ...planSysctls(wiring),
    ...planDevices(wiring),
    ...wiring.members.flatMap(planMemberTable),
    ...wiring.members.flatMap(({ devices }) => devices.flatMap(planAddresses)),
    ...planRoutes(wiring),
    ...planImpairments(wiring),
    ...wiring.uplinks.flatMap((uplink) => planUplink(uplink, neighboursOf(uplink, wiring), identity)),
    ...planUplinkHostTable(wiring.uplinks, identity),
  ]
  return { members: describeMembers(wiring), steps: inPhaseOrder(steps) }
}

/** Phase by phase; steps of one phase stay in the order given. */
function inPhaseOrder(steps: readonly Step[]): readonly Step[] {
  const byPhase = new Map(PHASES.map((phase): [string, Step[]] => [phase, []]))
  for (const step of steps) byPhase.get(PHASE_OF[step.object.kind])?.push(step)
  return [...byPhase.values()].flat()
}

/** Each host and router in a user namespace of its own: nobody in one can reach into another (docs/security.md). */
function planNamespaces({ members, switches, uplinks }: Wiring, identity: LabIdentity): readonly Step[] {
  return [
    ...members.map(({ spec, namespace }, k): Step => {
      const userNamespace = { firstUid: identity.firstUid + k * UIDS_PER_MEMBER }
      return { object: { kind: 'namespace', name: namespace, userNamespace }, origin: spec.path }
    }),
    ...[...switches, ...uplinks].map(
      ({ spec, namespace }): Step => ({ object: { kind: 'namespace', name: namespace }, origin: spec.path }),
    ),
  ]
}

const UIDS_PER_MEMBER = 65_536

function planSysctls({ members, switches }: Wiring): readonly Step[] {
  const shared = new Map<string, Readonly<Record<string, string>>>()
  return [
    ...members.map(({ spec, namespace, ipv6, devices }): Step => {
      const dad = devices.some((device) => device.dad)
      const values = sysctlsOf(spec, ipv6, dad, shared)
      return { object: { kind: 'sysctls', namespace, values }, origin: spec.path }
    }),
    ...switches.map(
      ({ spec, namespace }): Step => ({
        object: { kind: 'sysctls', namespace, values: SWITCH_SYSCTLS },
        origin: spec.path,
      }),
    ),
  ]
}

function planAddresses({ namespace, device, addresses, dad, path }: WiredDevice): readonly Step[] {
  return addresses.map(({ text }) => ({
    object: { kind: 'address', namespace, device, address: text, dad },
    origin: path,
  }))
}

/** Egress of both ends, so that a delay of 20 ms is 40 ms there and back, as on a cable. */
function planImpairments({ cables }: Wiring): readonly Step[] {
  return cables.flatMap(({ spec, ends }) => {
    if (spec.impairment === undefined) return []
    const { delayMs = 0, jitterMs = 0, lossPercent = 0, rateKbit = 0 } = spec.impairment
    return ends.map(
      ({ namespace, device }): Step => ({
        object: { kind: 'netem', namespace, device, delayMs, jitterMs, lossPercent, rateKbit },
        origin: spec.path,
      }),
    )
  })
}

/** Devices of members on the uplink's switch: the only ones it lets out. */
function neighboursOf(uplink: WiredUplink, { switches }: Wiring): readonly WiredDevice[] {
  const ports = switches.find(({ spec }) => spec.name === uplink.spec.link)?.ports ?? []
  return ports.map(({ far }) => far).filter((device) => device !== uplink.lab)
}

function describeMembers({ members, switches, uplinks }: Wiring): readonly PlannedMember[] {
  return [
    ...members.map(describeMember),
    ...switches.map(describeSwitch),
    ...uplinks.map(({ spec, namespace, lab, outer }): PlannedMember => {
      return { name: spec.name, role: 'uplink', namespace, path: spec.path, devices: [lab, outer].map(describeDevice) }
    }),
  ]
}

function describeMember({ spec, namespace, devices }: WiredMember): PlannedMember {
  return { name: spec.name, role: spec.role, namespace, path: spec.path, devices: devices.map(describeDevice) }
}

function describeSwitch({ spec, namespace, mac, index, ports }: WiredSwitch): PlannedMember {
  const bridge: PlannedDevice = { device: BRIDGE, kind: 'bridge', index, mac, addresses: [], link: spec.name }
  const described = ports.map((port): PlannedDevice => {
    return { device: port.device, kind: 'veth', index: port.index, mac: port.mac, addresses: [], link: spec.name }
  })
  return { name: spec.name, role: 'switch', namespace, path: spec.path, devices: [bridge, ...described] }
}

function describeDevice({ device, index, mac, addresses, link }: WiredDevice): PlannedDevice {
  return { device, kind: 'veth', index, mac, addresses: addresses.map(({ text }) => text), link }
}
