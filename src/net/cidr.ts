import { BITS, type Family, formatIp, type Ip, parseIp } from './ip.ts'

/** An address with a prefix length. Host bits may be set (an interface's address) or not (a subnet). */
export type Cidr = { readonly ip: Ip; readonly prefix: number }

/** `10.1.2.3/24` or `2001:db8::1/64`; host bits are kept. A bare address or a netmask is refused. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const ip = parseIp(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (ip === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(digits)) return undefined
  const prefix = Number(digits)
  return prefix > BITS[ip.family] ? undefined : { ip, prefix }
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.ip)}/${cidr.prefix}`
}

/** The whole address space of a family: what a default route goes to. */
export function everything(family: Family): Cidr {
  return { ip: { family, value: 0n }, prefix: 0 }
}

/** The same block with host bits zero. */
export function networkOf(cidr: Cidr): Cidr {
  const bits = hostBits(cidr)
  return { ip: { family: cidr.ip.family, value: (cidr.ip.value >> bits) << bits }, prefix: cidr.prefix }
}

export function hasHostBits(cidr: Cidr): boolean {
  return networkOf(cidr).ip.value !== cidr.ip.value
}

/** First address of the block. */
export function firstOf(cidr: Cidr): Ip {
  return networkOf(cidr).ip
}

/** Last address of the block; for IPv4 up to /30 the broadcast address. */
export function lastOf(cidr: Cidr): Ip {
  return { family: cidr.ip.family, value: firstOf(cidr).value + (1n << hostBits(cidr)) - 1n }
}

/** Whether `inner`, an address or a whole block, lies inside `outer`. Families never contain each other. */
export function contains(outer: Cidr, inner: Ip | Cidr): boolean {
  const block = 'ip' in inner
  const ip = block ? inner.ip : inner
  if (ip.family !== outer.ip.family || (block && inner.prefix < outer.prefix)) return false
  const bits = hostBits(outer)
  return ip.value >> bits === outer.ip.value >> bits
}

/** Two blocks share an address exactly when one contains the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a)
}

function hostBits(cidr: Cidr): bigint {
  return BigInt(BITS[cidr.ip.family] - cidr.prefix)
}
