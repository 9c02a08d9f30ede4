import type { Device as DeviceMessage } from '../../contract/gen/netnslab/v1/Device.ts'
import type { InspectLabResponse } from '../../contract/gen/netnslab/v1/InspectLabResponse.ts'
import type { MemberState } from '../../contract/gen/netnslab/v1/MemberState.ts'
import type { NftTable } from '../../contract/gen/netnslab/v1/NftTable.ts'
import type { ObservedTable } from '../../kernel/observed.ts'
import type { InspectedMember, Inspection } from '../../labs/labs-port.ts'
import { toTimestamp } from '../wire.ts'
import { driftMessage } from './lab-message.ts'

export function inspectMessage(lab: string, inspection: Inspection): InspectLabResponse {
  return {
    lab,
    readTime: toTimestamp(inspection.readAtMs),
    members: inspection.members.map(memberState),
    drifts: inspection.drifts.map(driftMessage),
  }
}

function memberState({ member, role, observed }: InspectedMember): MemberState {
  return {
    member,
    role,
    namespace: observed.namespace,
    exists: observed.exists,
    devices: observed.devices.map((device): DeviceMessage => ({ ...device })),
    addresses: observed.addresses.map((address) => ({ ...address, flags: [...address.flags] })),
    routes: observed.routes.map((route) => ({ ...route })),
    neighbours: observed.neighbours.map((neighbour) => ({ ...neighbour, states: [...neighbour.states] })),
    fdb: observed.fdb.map((entry) => ({ ...entry, states: [...entry.states] })),
    qdiscs: observed.qdiscs.map((qdisc) => ({ ...qdisc, options: { ...qdisc.options } })),
    tables: observed.tables.map(tableMessage),
    sysctls: { ...observed.sysctls },
    conntrack: observed.conntrack.map((flow) => ({ ...flow, status: [...flow.status] })),
  }
}

/** `expression` stays inside: it is for comparing, `text` is for reading. */
function tableMessage({ family, name, chains }: ObservedTable): NftTable {
  return {
    family,
    name,
    chains: chains.map(({ rules, ...chain }) => ({
      ...chain,
      rules: rules.map(({ handle, comment, text, packets, bytes }) => ({
        handle,
        origin: comment,
        text,
        packets,
        bytes,
      })),
    })),
  }
}
