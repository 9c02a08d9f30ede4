import { HOST_NAMESPACE } from '../plan/objects.ts'
import { isUplinkDevice } from './host-objects.ts'
import type { HostNetwork } from './kernel.ts'
import { KernelError } from './kernel-error.ts'
import { enterNamespace } from './namespace.ts'
import { DumpSocket } from './netlink/dump.ts'
import { dumpChains } from './netlink/dump-tables.ts'
import { NETLINK_NETFILTER } from './netlink/socket.ts'
import { isHostTable } from './nft.ts'
import { observeNamespaces } from './observe.ts'
import { plainText } from './plain-text.ts'
import { readSysctls } from './sysctl.ts'

/** The first is that of all devices that are there, the second that of those to come (ip-sysctl.rst). */
const FORWARDING = ['net.ipv4.ip_forward', 'net.ipv4.conf.default.forwarding'] as const
const MAX_CHAINS = 5_000
const NF_INET_FORWARD = 2
const NF_DROP = 0
/** What nfnetlink answers when the kernel lacks the subsystem. */
const EINVAL = 'EINVAL'

/** See Kernel.hostNetwork. */
export function readHostNetwork(): HostNetwork {
  const [host] = observeNamespaces([HOST_NAMESPACE], ['addresses', 'routes'])
  const isForeign = ({ device }: { readonly device: string }) => !isUplinkDevice(device)
  return {
    notForwarding: enterNamespace(HOST_NAMESPACE, findNotForwarding),
    addresses: (host?.addresses ?? []).filter(isForeign),
    routes: (host?.routes ?? []).filter(isForeign),
    droppingChains: enterNamespace(HOST_NAMESPACE, findDroppingChains),
  }
}

function findNotForwarding(): readonly string[] {
  const values = readSysctls(FORWARDING)
  return FORWARDING.filter((key) => values[key] !== '1')
}

function findDroppingChains(): readonly string[] {
  const socket = new DumpSocket(NETLINK_NETFILTER)
  try {
    return dumpChains(socket, MAX_CHAINS)
      .entries.filter(({ family }) => family === 'ip' || family === 'inet')
      .filter(
        ({ hook, policy, table }) => hook?.number === NF_INET_FORWARD && policy === NF_DROP && !isHostTable(table),
      )
      .map(({ family, table, name }) => plainText(`${family} ${table} ${name}`))
  } catch (error) {
    if (error instanceof KernelError && error.code === EINVAL) return []
    throw error
  } finally {
    socket.close()
  }
}
