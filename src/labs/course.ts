import type { NamespaceName } from '../plan/objects.ts'
import type { LabRecord } from './record.ts'

/**
 * What a start does with a lab that it finds recorded.
 * `remove`: take it away wholly. `clear`: take the rest away, keep the record as failed. `keep`: it is ready, compare it
 * with its plan. `lost`: the boot that carried it is over. `broken`: some of it went while nobody looked.
 */
export type Course = 'remove' | 'clear' | 'keep' | 'lost' | 'broken'

/** @param namespaces those of the plan */
export function courseOf(
  record: Pick<LabRecord, 'want' | 'phase' | 'bootId'>,
  namespaces: readonly NamespaceName[],
  live: ReadonlySet<NamespaceName>,
  bootId: string,
): Course {
  if (record.want === 'absent' || record.phase === 'creating') return 'remove'
  if (record.phase === 'failed') return 'clear'
  const there = namespaces.filter((name) => live.has(name)).length
  if (there === namespaces.length) return 'keep'
  return there === 0 && record.bootId !== bootId ? 'lost' : 'broken'
}
