import type { MessageBuilder } from './message.ts'

/** Numbers and fixed headers of rtnetlink (linux/rtnetlink.h, if_link.h, if_addr.h, pkt_sched.h), as far as objects are made of them. */

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_NEWADDR = 20
export const RTM_NEWROUTE = 24
export const RTM_NEWQDISC = 36
export const RTM_NEWNSID = 88
export const RTM_DELNSID = 89
export const RTM_GETNSID = 90

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_OF = { 4: AF_INET, 6: AF_INET6 } as const
export const IFF_UP = 1
export const LOOPBACK_INDEX = 1

export const IFLA_ADDRESS = 1
export const IFLA_IFNAME = 3
export const IFLA_MTU = 4
export const IFLA_MASTER = 10
export const IFLA_OPERSTATE = 16
export const IFLA_LINKINFO = 18
export const IFLA_NET_NS_FD = 28
export const IFLA_INFO_KIND = 1
export const IFLA_INFO_DATA = 2
export const VETH_INFO_PEER = 1

type LinkHeader = { readonly index?: number; readonly up?: boolean }

/** struct ifinfomsg; only the IFF_UP flag is ever changed. */
export function linkHeader(message: MessageBuilder, { index = 0, up = false }: LinkHeader): MessageBuilder {
  const flag = up ? IFF_UP : 0
  return message.header([1, 0], [1, 0], [2, 0], [4, index], [4, flag], [4, flag])
}

/** Six bytes of `aa:bb:cc:dd:ee:ff`. */
export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16))
}

export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}
