/**
 * Ranges of uids for the user namespaces of labs: slots of 65,536 uids, far above those that distributions give to people
 * and containers (/etc/subuid commonly begins at 100,000). Two labs never share a slot.
 */
export const UIDS_PER_SLOT = 65_536
export const FIRST_UID = 268_435_456
const END_UID = 4_294_901_760
export const SLOTS = (END_UID - FIRST_UID) / UIDS_PER_SLOT

export type UidRange = { readonly firstUid: number; readonly slots: number }

/**
 * First gap of `slots` slots from `preferred` on, round the end to the start. With `preferred` out of the lab's name a lab
 * has the same uids wherever nothing stands in the way.
 * @param preferred slot number, 0 to SLOTS - 1
 * @returns the first uid, or undefined when no gap is wide enough
 */
export function findUidRange(taken: readonly UidRange[], slots: number, preferred: number): number | undefined {
  const busy = taken
    .map((range) => ({ from: slotOf(range.firstUid), to: slotOf(range.firstUid) + range.slots }))
    .sort((a, b) => a.from - b.from)
  const slot = firstGap(busy, slots, preferred) ?? firstGap(busy, slots, 0)
  return slot === undefined ? undefined : FIRST_UID + slot * UIDS_PER_SLOT
}

function firstGap(
  busy: readonly { readonly from: number; readonly to: number }[],
  slots: number,
  start: number,
): number | undefined {
  let at = start
  for (const { from, to } of busy) {
    if (to <= at) continue
    if (from >= at + slots) break
    at = to
  }
  return at + slots <= SLOTS ? at : undefined
}

function slotOf(uid: number): number {
  return (uid - FIRST_UID) / UIDS_PER_SLOT
}
