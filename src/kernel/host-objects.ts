import { HOST_NAMESPACE, type KernelObject, keyOf, type NftTableObject, type VethEnd } from '../plan/objects.ts'
import { KernelError } from './kernel-error.ts'
import { enterNamespace } from './namespace.ts'
import { eachAttribute } from './netlink/message.ts'
import { IFLA_ADDRESS, IFLA_IFNAME, linkHeader, macText, RTM_DELLINK, RTM_GETLINK } from './netlink/rtnetlink.ts'
import { NetlinkSocket } from './netlink/socket.ts'
import { deleteHostTable } from './nft.ts'

/** Why an object of the host's namespace is still there. */
export type Leftover = { readonly key: string; readonly detail: string }

const UPLINK_DEVICE = /^nl[0-9a-f]{8}u[0-9]{1,4}$/

/** Whether a device of the host's namespace has a name of the form that uplinks give: `nl<uid>u<place>`. */
export function isUplinkDevice(name: string): boolean {
  return UPLINK_DEVICE.test(name)
}

export function isOnHost(object: KernelObject): boolean {
  if (object.kind === 'veth') return object.ends.some((end) => end.namespace === HOST_NAMESPACE)
  return object.kind !== 'namespace' && object.namespace === HOST_NAMESPACE
}

/**
 * Takes away what a lab has in the host's namespace: its veth ends, with which their addresses and routes go, then its tables.
 * In this order, so that no packet passes without its rules.
 */
export function removeFromHost(objects: readonly KernelObject[]): readonly Leftover[] {
  if (objects.length === 0) return []
  return enterNamespace(HOST_NAMESPACE, () => [
    ...objects.flatMap((object) => (object.kind === 'veth' ? attempt(object, () => removeVeth(object.ends)) : [])),
    ...objects.flatMap((object) => (object.kind === 'nft-table' ? attempt(object, () => removeTable(object)) : [])),
  ])
}

function attempt(object: KernelObject, remove: () => string): readonly Leftover[] {
  let detail: string
  try {
    detail = remove()
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    detail = error.message
  }
  return detail === '' ? [] : [{ key: keyOf(object), detail }]
}

function removeTable(table: NftTableObject): string {
  const outcome = deleteHostTable(table.family, table.name)
  return outcome.ok ? '' : outcome.detail
}

/** Only a device with the planned MAC is ours: someone else may have made one of the same name since. */
function removeVeth(ends: readonly VethEnd[]): string {
  const socket = new NetlinkSocket()
  try {
    for (const end of ends.filter((each) => each.namespace === HOST_NAMESPACE)) {
      const mac = macOf(socket, end.device)
      if (mac === undefined) continue
      if (mac !== end.mac) return `${end.device} on the host has MAC ${mac}: not ours`
      socket.request(RTM_DELLINK, 0, 'RTM_DELLINK', (message) => linkHeader(message, {}).text(IFLA_IFNAME, end.device))
    }
    return ''
  } catch (error) {
    // It went with its other end between being looked at and being deleted.
    if (error instanceof KernelError && error.code === 'ENODEV') return ''
    throw error
  } finally {
    socket.close()
  }
}

function macOf(socket: NetlinkSocket, device: string): string | undefined {
  let mac: string | undefined
  try {
    socket.request(
      RTM_GETLINK,
      0,
      'RTM_GETLINK',
      (message) => linkHeader(message, {}).text(IFLA_IFNAME, device),
      ({ bytes, start, end }) =>
        eachAttribute(bytes, start + 16, end, (type, from, to) => {
          if (type === IFLA_ADDRESS) mac = macText(bytes.subarray(from, to))
        }),
    )
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENODEV') return undefined
    throw error
  }
  return mac
}
