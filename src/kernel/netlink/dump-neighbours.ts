import type { ObservedFdbEntry, ObservedNeighbour } from '../observed.ts'
import { Attributes, bitNames, ipText, macText } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'
import { nameOf } from './dump-links.ts'

const RTM_GETNEIGH = 30
const NDA = { DST: 1, LLADDR: 2 }
const [AF_UNSPEC, AF_BRIDGE] = [0, 7]
const NDMSG_BYTES = 12
const [NUD_NONE, NUD_NOARP, NUD_PERMANENT] = [0, 0x40, 0x80]
const NTF_SELF = 0x02

/** NUD_* of linux/neighbour.h. */
const STATES = [
  [0x01, 'incomplete'],
  [0x02, 'reachable'],
  [0x04, 'stale'],
  [0x08, 'delay'],
  [0x10, 'probe'],
  [0x20, 'failed'],
  [0x40, 'noarp'],
  [0x80, 'permanent'],
] as const

/** NTF_*: what an entry is besides. */
const NEIGHBOUR_FLAGS = [
  [0x10, 'extern-learn'],
  [0x80, 'router'],
] as const
const FDB_FLAGS = [
  [0x02, 'self'],
  [0x04, 'master'],
  [0x10, 'extern-learn'],
  [0x20, 'offload'],
  [0x40, 'sticky'],
] as const

const requestFor = (family: number): Buffer =>
  dumpRequest(RTM_GETNEIGH, (message) => message.header([4, family], [4, 0], [4, 0]))
const NEIGHBOURS = requestFor(AF_UNSPEC)
const FDB = requestFor(AF_BRIDGE)

const attributes = new Attributes(NDA.LLADDR)

/** ARP and neighbour discovery entries; as `ip neigh`, without those that no address resolution is behind. */
export function dumpNeighbours(
  socket: DumpSocket,
  names: ReadonlyMap<number, string>,
  limit: number,
): { readonly neighbours: readonly ObservedNeighbour[]; readonly outcome: DumpOutcome } {
  const neighbours: ObservedNeighbour[] = []
  const outcome = socket.dump(
    NEIGHBOURS,
    limit,
    (bytes, start, end) => {
      const neighbour = readNeighbour(bytes, start, end, names)
      if (neighbour !== undefined) neighbours.push(neighbour)
    },
    () => {
      neighbours.length = 0
    },
  )
  return { neighbours, outcome }
}

/** One RTM_NEWNEIGH; `start` is that of struct ndmsg. */
export function readNeighbour(
  bytes: Buffer,
  start: number,
  end: number,
  names: ReadonlyMap<number, string>,
): ObservedNeighbour | undefined {
  const state = bytes.readUInt16LE(start + 8)
  if (state === NUD_NONE || state === NUD_NOARP) return undefined
  attributes.scan(bytes, start + NDMSG_BYTES, end)
  return {
    device: nameOf(names, bytes.readUInt32LE(start + 4)),
    address: ipText(bytes, attributes.start(NDA.DST), attributes.size(NDA.DST)),
    mac: macText(bytes, attributes.start(NDA.LLADDR), attributes.size(NDA.LLADDR)),
    states: [...bitNames(state, STATES), ...bitNames(bytes[start + 10] ?? 0, NEIGHBOUR_FLAGS)],
  }
}

/**
 * Forwarding tables of bridges and VXLAN devices. Left out are the multicast addresses that every device listens to
 * itself: they forward nothing and outnumber the rest.
 */
export function dumpFdb(
  socket: DumpSocket,
  names: ReadonlyMap<number, string>,
  limit: number,
): { readonly fdb: readonly ObservedFdbEntry[]; readonly outcome: DumpOutcome } {
  const fdb: ObservedFdbEntry[] = []
  const outcome = socket.dump(
    FDB,
    limit,
    (bytes, start, end) => {
      const entry = readFdbEntry(bytes, start, end, names)
      if (entry !== undefined) fdb.push(entry)
    },
    () => {
      fdb.length = 0
    },
  )
  return { fdb, outcome }
}

/** One RTM_NEWNEIGH of family AF_BRIDGE. */
export function readFdbEntry(
  bytes: Buffer,
  start: number,
  end: number,
  names: ReadonlyMap<number, string>,
): ObservedFdbEntry | undefined {
  attributes.scan(bytes, start + NDMSG_BYTES, end)
  const flags = bytes[start + 10] ?? 0
  const at = attributes.start(NDA.LLADDR)
  const isGroup = at !== 0 && ((bytes[at] ?? 0) & 1) === 1
  if (isGroup && (flags & NTF_SELF) !== 0) return undefined
  const state = bytes.readUInt16LE(start + 8)
  return {
    device: nameOf(names, bytes.readUInt32LE(start + 4)),
    mac: macText(bytes, at, attributes.size(NDA.LLADDR)),
    states: [fdbState(state), ...bitNames(flags, FDB_FLAGS)],
    destination: ipText(bytes, attributes.start(NDA.DST), attributes.size(NDA.DST)),
  }
}

/** In the words of `bridge fdb`: what is neither permanent nor static was learned from a frame and will age. */
function fdbState(state: number): string {
  if ((state & NUD_PERMANENT) !== 0) return 'permanent'
  if ((state & NUD_NOARP) !== 0) return 'static'
  return (state & 0x04) !== 0 ? 'stale' : 'learned'
}
