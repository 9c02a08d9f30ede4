import type { ObservedDevice } from '../observed.ts'
import { Attributes, macText, readU64 } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'

const RTM_GETLINK = 18
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  LINKINFO: 18,
  STATS64: 23,
  EXT_MASK: 29,
}
const INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 }
const IFLA_BR_STP_STATE = 5
const IFLA_BRPORT = { STATE: 1, MODE: 4 }
const RTEXT_FILTER_SKIP_STATS = 1 << 3
const [IFF_UP, IFF_LOOPBACK] = [1, 8]
const IFINFOMSG_BYTES = 16

/** IF_OPER_* of linux/if.h, RFC 2863. */
const OPERSTATES = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up']
/** BR_STATE_* of linux/if_bridge.h. */
const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

const zeros = Array.from({ length: 4 }, () => [4, 0] as const)
const WITH_COUNTERS = dumpRequest(RTM_GETLINK, (message) => message.header(...zeros))
const WITHOUT_COUNTERS = dumpRequest(RTM_GETLINK, (message) =>
  message.header(...zeros).u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS),
)

const link = new Attributes(IFLA.EXT_MASK)
const info = new Attributes(INFO.SLAVE_DATA)
const data = new Attributes(IFLA_BR_STP_STATE)
const port = new Attributes(IFLA_BRPORT.MODE)

export type LinkDump = {
  readonly devices: readonly ObservedDevice[]
  /** Device names by index, for everything else in the namespace that speaks of indexes. */
  readonly names: ReadonlyMap<number, string>
  readonly outcome: DumpOutcome
}

export function dumpLinks(
  socket: DumpSocket,
  { limit, counters }: { readonly limit: number; readonly counters: boolean },
): LinkDump {
  const names = new Map<number, string>()
  const entries: LinkEntry[] = []
  const outcome = socket.dump(
    counters ? WITH_COUNTERS : WITHOUT_COUNTERS,
    limit,
    (bytes, start, end) => {
      const entry = readLink(bytes, start, end)
      names.set(entry.device.index, entry.device.device)
      entries.push(entry)
    },
    () => {
      names.clear()
      entries.length = 0
    },
  )
  // A bridge may come after its ports.
  const devices = entries.map(({ device, master }) =>
    master === 0 ? device : { ...device, bridge: nameOf(names, master) },
  )
  return { devices, names, outcome }
}

/** As `ip` names a device that went away while it was being looked at. */
export function nameOf(names: ReadonlyMap<number, string>, index: number): string {
  return index === 0 ? '' : (names.get(index) ?? `if${index}`)
}

/** A device whose `bridge` is not filled in yet: that takes the names of all. */
export type LinkEntry = { readonly device: ObservedDevice; readonly master: number }

/** One RTM_NEWLINK; `start` is that of struct ifinfomsg. */
export function readLink(bytes: Buffer, start: number, end: number): LinkEntry {
  link.scan(bytes, start + IFINFOMSG_BYTES, end)
  info.scan(bytes, link.start(IFLA.LINKINFO), link.end(IFLA.LINKINFO))
  const flags = bytes.readUInt32LE(start + 8)
  const kind = info.text(bytes, INFO.KIND) || ((flags & IFF_LOOPBACK) !== 0 ? 'loopback' : '')
  const isPort = info.text(bytes, INFO.SLAVE_KIND) === 'bridge'
  if (isPort) port.scan(bytes, info.start(INFO.SLAVE_DATA), info.end(INFO.SLAVE_DATA))
  if (kind === 'bridge') data.scan(bytes, info.start(INFO.DATA), info.end(INFO.DATA))
  const counters = link.size(IFLA.STATS64) >= 64 ? link.start(IFLA.STATS64) : 0
  const counter = (place: number) => (counters === 0 ? 0 : readU64(bytes, counters + place * 8))
  return {
    master: link.u32(bytes, IFLA.MASTER),
    device: {
      index: bytes.readInt32LE(start + 4),
      device: link.text(bytes, IFLA.IFNAME),
      kind,
      up: (flags & IFF_UP) !== 0,
      operstate: OPERSTATES[link.u8(bytes, IFLA.OPERSTATE)] ?? 'unknown',
      mtuBytes: link.u32(bytes, IFLA.MTU),
      mac: macText(bytes, link.start(IFLA.ADDRESS), link.size(IFLA.ADDRESS)),
      bridge: '',
      portState: isPort ? (PORT_STATES[port.u8(bytes, IFLA_BRPORT.STATE)] ?? '') : '',
      hairpin: isPort && port.u8(bytes, IFLA_BRPORT.MODE) === 1,
      stp: kind === 'bridge' && data.u32(bytes, IFLA_BR_STP_STATE) !== 0,
      peerIndex: kind === 'veth' ? link.u32(bytes, IFLA.LINK) : 0,
      // Order of struct rtnl_link_stats64.
      rxPackets: counter(0),
      txPackets: counter(1),
      rxBytes: counter(2),
      txBytes: counter(3),
      rxDropped: counter(6),
      txDropped: counter(7),
    },
  }
}
