import { createHash } from 'node:crypto'
import { LabError } from '../errors.ts'
import { firstOf, formatCidr, lastOf, overlaps, parseCidr } from '../net/cidr.ts'
import { ipPlus } from '../net/ip.ts'
import type { LabIdentity } from '../plan/identity.ts'
import type { LabSpec } from '../spec/lab-spec.ts'
import { findUidRange, SLOTS, type UidRange } from './uid-ranges.ts'

/** What labs that exist already hold; quarantined ones included. */
export type Taken = {
  readonly uids: ReadonlySet<string>
  readonly uidRanges: readonly UidRange[]
  readonly uplinkSubnets: readonly string[]
}

export type ChosenIdentity = LabIdentity & { readonly uidSlots: number }

/** The uid a lab of this name gets when no other lab has it: first 8 hex digits of SHA-256. */
export function uidOfName(name: string, attempt = 0): string {
  return digestOf(attempt === 0 ? name : `${name}\n${attempt}`).slice(0, 8)
}

/** Slot where the search for uids begins: by name too, so that a lab is the same on every host with room. */
export function preferredSlot(name: string): number {
  return Number.parseInt(digestOf(name).slice(8, 16), 16) % SLOTS
}

/** @throws LabError limit-exceeded when uids or uplink subnets have run out */
export function chooseIdentity(spec: LabSpec, taken: Taken, uplinkPool: string): ChosenIdentity {
  const uidSlots = Math.max(1, spec.members.length)
  const firstUid = findUidRange(taken.uidRanges, uidSlots, preferredSlot(spec.name))
  if (firstUid === undefined) {
    const used = taken.uidRanges.reduce((sum, range) => sum + range.slots, 0)
    throw exhausted('uid-ranges', uidSlots, SLOTS - used, 'delete labs that are not needed any more')
  }
  let attempt = 0
  while (taken.uids.has(uidOfName(spec.name, attempt))) attempt++
  const uplinkSubnets = chooseSubnets(spec.uplinks.length, taken.uplinkSubnets, uplinkPool)
  return { uid: uidOfName(spec.name, attempt), firstUid, uidSlots, uplinkSubnets }
}

const SUBNET_SIZE = 4n

function chooseSubnets(count: number, taken: readonly string[], pool: string): readonly string[] {
  if (count === 0) return []
  const block = parseCidr(pool)
  if (block === undefined) throw exhausted('uplink.pool', count, 0, `"${pool}" is not a prefix; mend uplink.pool`)
  const busy = taken.flatMap((text) => parseCidr(text) ?? [])
  const chosen: string[] = []
  const last = lastOf(block).value
  for (let ip = firstOf(block); ip.value + SUBNET_SIZE - 1n <= last; ip = ipPlus(ip, SUBNET_SIZE)) {
    const subnet = { ip, prefix: 30 }
    if (busy.some((other) => overlaps(subnet, other))) continue
    chosen.push(formatCidr(subnet))
    if (chosen.length === count) return chosen
  }
  throw exhausted('uplink.pool', count, chosen.length, 'delete labs with uplinks, or widen uplink.pool')
}

function exhausted(limit: string, needed: number, available: number, remedy: string): LabError {
  return new LabError({ kind: 'limit-exceeded', limit, needed, available, remedy })
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
