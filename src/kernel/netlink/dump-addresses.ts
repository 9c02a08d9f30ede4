import type { ObservedAddress } from '../observed.ts'
import { Attributes, bitNames, ipText } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'
import { nameOf } from './dump-links.ts'

const RTM_GETADDR = 22
const IFA = { ADDRESS: 1, LOCAL: 2, FLAGS: 8 }
const IFADDRMSG_BYTES = 8

/** RT_SCOPE_* of linux/rtnetlink.h. */
const SCOPES: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }

/** IFA_F_* of linux/if_addr.h. */
const FLAGS = [
  [0x01, 'secondary'],
  [0x02, 'nodad'],
  [0x04, 'optimistic'],
  [0x08, 'dadfailed'],
  [0x10, 'homeaddress'],
  [0x20, 'deprecated'],
  [0x40, 'tentative'],
  [0x80, 'permanent'],
  [0x100, 'mngtmpaddr'],
  [0x200, 'noprefixroute'],
  [0x400, 'autojoin'],
  [0x800, 'stable-privacy'],
] as const

const REQUEST = dumpRequest(RTM_GETADDR, (message) => message.header([4, 0], [4, 0]))
const attributes = new Attributes(IFA.FLAGS)

/** IPv4 and IPv6, in the kernel's order. */
export function dumpAddresses(
  socket: DumpSocket,
  names: ReadonlyMap<number, string>,
  limit: number,
): { readonly addresses: readonly ObservedAddress[]; readonly outcome: DumpOutcome } {
  const addresses: ObservedAddress[] = []
  const outcome = socket.dump(
    REQUEST,
    limit,
    (bytes, start, end) => addresses.push(readAddress(bytes, start, end, names)),
    () => {
      addresses.length = 0
    },
  )
  return { addresses, outcome }
}

/** One RTM_NEWADDR; `start` is that of struct ifaddrmsg. */
export function readAddress(
  bytes: Buffer,
  start: number,
  end: number,
  names: ReadonlyMap<number, string>,
): ObservedAddress {
  attributes.scan(bytes, start + IFADDRMSG_BYTES, end)
  // With a peer address IFA_ADDRESS is the peer's; IPv6 has no IFA_LOCAL otherwise.
  const own = attributes.start(IFA.LOCAL) === 0 ? IFA.ADDRESS : IFA.LOCAL
  // The 8 bits of the header do not hold all flags.
  const flags = attributes.start(IFA.FLAGS) === 0 ? (bytes[start + 2] ?? 0) : attributes.u32(bytes, IFA.FLAGS)
  const scope = bytes[start + 3] ?? 0
  return {
    device: nameOf(names, bytes.readUInt32LE(start + 4)),
    address: `${ipText(bytes, attributes.start(own), attributes.size(own))}/${bytes[start + 1]}`,
    scope: SCOPES[scope] ?? String(scope),
    flags: bitNames(flags, FLAGS),
  }
}
