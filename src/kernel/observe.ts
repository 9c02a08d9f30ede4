import { HOST_NAMESPACE, type NamespaceName } from '../plan/objects.ts'
import { KernelError } from './kernel-error.ts'
import { enterNamespace } from './namespace.ts'
import { type DumpOutcome, DumpSocket } from './netlink/dump.ts'
import { dumpAddresses } from './netlink/dump-addresses.ts'
import { dumpConntrack } from './netlink/dump-conntrack.ts'
import { dumpLinks } from './netlink/dump-links.ts'
import { dumpFdb, dumpNeighbours } from './netlink/dump-neighbours.ts'
import { dumpQdiscs } from './netlink/dump-qdiscs.ts'
import { dumpRoutes } from './netlink/dump-routes.ts'
import { NETLINK_NETFILTER, NETLINK_ROUTE } from './netlink/socket.ts'
import { observeTables, type TablesRead } from './nft/observe-tables.ts'
import { isHostTable } from './nft.ts'
import type { ObservedNamespace, ObserveField } from './observed.ts'
import { readSysctls } from './sysctl.ts'

/** Most entries of one list in one namespace. A student may set more; then the field is marked incomplete. */
export const MAX_ENTRIES = 20_000

const ENOENT = 'ENOENT'
/** What nfnetlink answers when the kernel lacks the subsystem. */
const EINVAL = 'EINVAL'

const LINK_FIELDS: ReadonlySet<ObserveField> = new Set([
  'devices',
  'addresses',
  'routes',
  'neighbours',
  'fdb',
  'qdiscs',
] as const)

/**
 * Reads namespaces as they are now, one after another, on the calling thread: 0.1 ms each for devices, addresses and routes.
 * A namespace that is not there, or whose name no longer holds one, is answered with `exists: false`.
 * @param sysctlKeys dotted keys to read where `sysctls` is asked for; those that a namespace lacks are left out
 * @throws KernelError when a namespace cannot be entered or no socket be opened
 */
export function observeNamespaces(
  names: readonly NamespaceName[],
  fields: readonly ObserveField[],
  sysctlKeys: readonly string[] = [],
): ObservedNamespace[] {
  const wanted = new Set(fields)
  return names.map((namespace) => {
    try {
      return enterNamespace(namespace, () => observeHere(namespace, wanted, sysctlKeys))
    } catch (error) {
      if (error instanceof KernelError && error.code === ENOENT) return { ...NOTHING, namespace, exists: false }
      throw error
    }
  })
}

const NOTHING: ObservedNamespace = {
  namespace: '',
  exists: true,
  devices: [],
  addresses: [],
  routes: [],
  neighbours: [],
  fdb: [],
  qdiscs: [],
  tables: [],
  sysctls: {},
  conntrack: [],
}

type Wanted = ReadonlySet<ObserveField>
type Found = { -readonly [K in keyof ObservedNamespace]: ObservedNamespace[K] }

function observeHere(namespace: NamespaceName, wanted: Wanted, sysctlKeys: readonly string[]): ObservedNamespace {
  const found: Found = { ...NOTHING, namespace }
  const incomplete = new Set<ObserveField>()
  /** Reads one field; what the kernel refuses for this field alone leaves it empty and marked. */
  const read = (field: ObserveField, work: () => DumpOutcome | undefined): void => {
    if (!wanted.has(field)) return
    try {
      if ((work() ?? 'whole') !== 'whole') incomplete.add(field)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      incomplete.add(field)
    }
  }
  if (fieldsOf(wanted, LINK_FIELDS))
    withSocket(NETLINK_ROUTE, (socket) => readLinkFields(socket, { found, wanted, read }))
  if (wanted.has('rules') || wanted.has('conntrack')) {
    withSocket(NETLINK_NETFILTER, (socket) => {
      read('rules', () => {
        const { tables, outcome } = readTables(socket, namespace)
        found.tables = tables
        return outcome
      })
      read('conntrack', () => {
        const { flows, outcome } = dumpConntrack(socket, MAX_ENTRIES)
        found.conntrack = flows
        return outcome
      })
    })
  }
  read('sysctls', () => {
    found.sysctls = readSysctls(sysctlKeys)
    return undefined
  })
  return incomplete.size === 0 ? found : { ...found, incomplete: [...incomplete] }
}

type Reading = {
  readonly found: Found
  readonly wanted: Wanted
  readonly read: (field: ObserveField, work: () => DumpOutcome | undefined) => void
}

function readLinkFields(socket: DumpSocket, { found, wanted, read }: Reading): void {
  const { devices, names, outcome } = dumpLinks(socket, { limit: MAX_ENTRIES, counters: wanted.has('devices') })
  read('devices', () => {
    found.devices = devices
    return outcome
  })
  read('addresses', () => {
    const { addresses, outcome } = dumpAddresses(socket, names, MAX_ENTRIES)
    found.addresses = addresses
    return outcome
  })
  read('routes', () => {
    const { routes, outcome } = dumpRoutes(socket, names, MAX_ENTRIES)
    found.routes = routes
    return outcome
  })
  read('neighbours', () => {
    const { neighbours, outcome } = dumpNeighbours(socket, names, MAX_ENTRIES)
    found.neighbours = neighbours
    return outcome
  })
  read('fdb', () => {
    // The other devices have only multicast addresses of their own to tell.
    if (!devices.some(({ kind }) => kind === 'bridge' || kind === 'vxlan')) return undefined
    const { fdb, outcome } = dumpFdb(socket, names, MAX_ENTRIES)
    found.fdb = fdb
    return outcome
  })
  read('qdiscs', () => {
    const { qdiscs, outcome } = dumpQdiscs(socket, names, MAX_ENTRIES)
    found.qdiscs = qdiscs
    return outcome
  })
}

function readTables(socket: DumpSocket, namespace: NamespaceName): TablesRead {
  try {
    // What else the host filters is nobody's business here.
    return namespace === HOST_NAMESPACE ? observeTables(socket, isHostTable) : observeTables(socket)
  } catch (error) {
    // A kernel without nf_tables has no tables: that is a whole answer.
    if (error instanceof KernelError && error.code === EINVAL) return { tables: [], outcome: 'whole' }
    throw error
  }
}

function withSocket(protocol: number, work: (socket: DumpSocket) => void): void {
  const socket = new DumpSocket(protocol)
  try {
    work(socket)
  } finally {
    socket.close()
  }
}

function fieldsOf(wanted: Wanted, group: ReadonlySet<ObserveField>): boolean {
  for (const field of wanted) if (group.has(field)) return true
  return false
}
