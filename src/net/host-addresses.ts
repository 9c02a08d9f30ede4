import { type Cidr, firstOf, lastOf } from './cidr.ts'
import { BITS, type Ip, ipPlus, sameIp } from './ip.ts'

/**
 * Addresses of a subnet that may be given to interfaces, lowest first, made one at a time: an IPv6 /64 is never listed
 * whole. Left out are
 * - IPv4 up to /30: network and broadcast address (RFC 1122 section 3.2.1.3); a /31 has two hosts (RFC 3021);
 * - IPv6 up to /126: the all-zeros interface id, which every router of the subnet answers for (RFC 4291 section 2.6.1);
 *   a /127 has two hosts (RFC 6164).
 */
export function* hostAddresses(subnet: Cidr): Generator<Ip, void, undefined> {
  const { first, last } = hostRange(subnet)
  for (let ip = first; ip.value <= last.value; ip = ipPlus(ip, 1n)) yield ip
}

/** How many addresses `hostAddresses` would give. */
export function countHostAddresses(subnet: Cidr): bigint {
  const { first, last } = hostRange(subnet)
  return last.value - first.value + 1n
}

/** Why an address of the subnet may not be given to an interface; undefined when it may. */
export function unusableBecause(
  subnet: Cidr,
  ip: Ip,
): 'network-address' | 'broadcast-address' | 'subnet-router-anycast' | undefined {
  if (isTiny(subnet)) return undefined
  if (sameIp(ip, firstOf(subnet))) return ip.family === 4 ? 'network-address' : 'subnet-router-anycast'
  return ip.family === 4 && sameIp(ip, lastOf(subnet)) ? 'broadcast-address' : undefined
}

/** Addresses of one family that somebody has: sorted runs of neighbours, each with its first and last value. */
export type TakenRuns = readonly { readonly first: bigint; readonly last: bigint }[]

export function takenRuns(values: Iterable<bigint>): TakenRuns {
  const runs: { first: bigint; last: bigint }[] = []
  for (const value of [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    const run = runs.at(-1)
    if (run !== undefined && value <= run.last + 1n) run.last = value
    else runs.push({ first: value, last: value })
  }
  return runs
}

/**
 * Addresses of `subnet` for those who gave none: the lowest that are not taken, in order. Runs of taken ones are jumped
 * over, so that each address costs a search among the runs, however many are taken.
 */
export function* freeAddresses(subnet: Cidr, taken: TakenRuns): Generator<Ip, void, undefined> {
  const { first, last } = hostRange(subnet)
  let ip = first
  while (ip.value <= last.value) {
    const run = runWith(taken, ip.value)
    if (run === undefined) yield ip
    ip = { family: ip.family, value: (run?.last ?? ip.value) + 1n }
  }
}

/** The run that holds the value, by halving. */
function runWith(runs: TakenRuns, value: bigint): TakenRuns[number] | undefined {
  let [low, high] = [0, runs.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const run = runs[middle]
    if (run === undefined) return undefined
    if (value < run.first) high = middle - 1
    else if (value > run.last) low = middle + 1
    else return run
  }
  return undefined
}

function hostRange(subnet: Cidr): { first: Ip; last: Ip } {
  const [first, last] = [firstOf(subnet), lastOf(subnet)]
  if (isTiny(subnet)) return { first, last }
  return { first: ipPlus(first, 1n), last: subnet.ip.family === 4 ? ipPlus(last, -1n) : last }
}

/** At most two addresses: all of them are hosts. */
function isTiny(subnet: Cidr): boolean {
  return BITS[subnet.ip.family] - subnet.prefix <= 1
}
