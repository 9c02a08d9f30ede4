import type { Plan, PlannedDevice, PlannedMember } from '../../src/plan/objects.ts'

/** A member as the planner would describe it: devices as `eth0@lan`, each with its addresses. */
export function aMember(
  name: string,
  place: number,
  devices: Readonly<Record<string, readonly string[]>>,
  role: PlannedMember['role'] = 'host',
): PlannedMember {
  return {
    name,
    role,
    namespace: `nl0000abcd-${place}`,
    path: `hosts[${place}]`,
    devices: Object.entries(devices).map(([key, addresses], index): PlannedDevice => {
      const [device = '', link = ''] = key.split('@')
      return { device, kind: 'veth', index: index + 2, mac: '02:00:00:00:00:01', addresses, link }
    }),
  }
}

export function aPlan(...members: readonly PlannedMember[]): Plan {
  return { members, steps: [] }
}

/** Two hosts on one switch, a router to a third; `server` speaks both families, `old` only IPv4, `new` only IPv6. */
export const OFFICE = aPlan(
  aMember('lan', 0, { 'br0@lan': [] }, 'switch'),
  aMember('server', 1, {
    'mgmt@far': ['198.51.100.9/24'],
    'eth0@lan': ['192.0.2.9/24', '192.0.2.99/24', '2001:db8::9/64'],
  }),
  aMember('old', 2, { 'eth0@lan': ['192.0.2.2/24'] }),
  aMember('new', 3, { 'eth0@lan': ['2001:db8::3/64'] }),
  aMember('mute', 4, { 'eth0@lan': [] }),
  aMember('edge', 5, { 'lan0@lan': ['192.0.2.1/24'], 'far0@far': ['198.51.100.1/24'] }, 'router'),
)
