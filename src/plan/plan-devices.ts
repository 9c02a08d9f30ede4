import type { Step, VethEnd } from './objects.ts'
import { BRIDGE, type WiredCable, type WiredDevice, type WiredSwitch, type Wiring } from './wiring.ts'

/**
 * `lo` of members, then each switch's bridge with its ports, then the cables. Both ends of a veth are made in place
 * with final names: moving a device between namespaces takes 16 ms, making it there 0.4.
 * Uplinks stand on their switch like any other; what leads out of the lab is made in plan-uplink.ts.
 */
export function planDevices({ members, switches, cables }: Wiring): readonly Step[] {
  return [
    ...members.map(({ spec, namespace }): Step => ({ object: { kind: 'loopback', namespace }, origin: spec.path })),
    ...switches.flatMap(planSwitch),
    ...cables.map(planCable),
  ]
}

/** The switch's ends come first, so that its namespace sends all the messages. */
function planSwitch({ spec, namespace, index, mac, mtuBytes, ports }: WiredSwitch): readonly Step[] {
  return [
    {
      object: { kind: 'bridge', namespace, device: BRIDGE, index, mac, mtuBytes, stp: spec.stp },
      origin: spec.path,
    },
    ...ports.map(({ far, ...port }): Step => {
      const ends = [{ namespace, ...port, bridge: BRIDGE }, endOf(far)] as const
      return { object: { kind: 'veth', ends, mtuBytes: far.mtuBytes }, origin: far.path }
    }),
  ]
}

function planCable({ spec, ends: [left, right] }: WiredCable): Step {
  const { mtuBytes } = left
  const far = right.mtuBytes === mtuBytes ? endOf(right) : { ...endOf(right), mtuBytes: right.mtuBytes }
  return { object: { kind: 'veth', ends: [endOf(left), far], mtuBytes }, origin: spec.path }
}

export function endOf({ namespace, device, index, mac }: WiredDevice): VethEnd {
  return { namespace, device, index, mac }
}
