import { type KernelObject, type NamespaceName, PHASE_OF, type Step } from '../plan/objects.ts'
import type { ApplyOutcome, Progress } from './kernel.ts'

/**
 * Making a namespace is the one part of building that two processors can do at once: everything after it takes turns for the
 * kernel's network lock. So the steps that make namespaces and set their sysctls are dealt out to two threads, and the rest
 * follows on one.
 */
export type Applier = {
  readonly first: ApplyPart
  readonly second: ApplyPart
  /** Takes away namespaces; answers those that stayed. */
  readonly remove: (objects: readonly KernelObject[]) => Promise<{ readonly leftovers: readonly unknown[] }>
}

type ApplyPart = (steps: readonly Step[], onProgress: (progress: Progress) => void) => Promise<ApplyOutcome>

/** Namespaces from which on a second thread saves more than it costs to ask. */
const WORTH_SPLITTING = 8

export function isWorthSplitting(steps: readonly Step[]): boolean {
  return steps.filter(({ object }) => object.kind === 'namespace').length >= WORTH_SPLITTING
}

/** As Kernel.apply. */
export async function applySplit(
  steps: readonly Step[],
  { first, second, remove }: Applier,
  onProgress: (progress: Progress) => void = () => {},
): Promise<ApplyOutcome> {
  const [left, right, rest] = deal(steps)
  const done = [0, 0]
  const note = (place: 0 | 1) => (progress: Progress) => {
    done[place] = progress.stepsDone
    onProgress({ ...progress, stepsDone: (done[0] ?? 0) + (done[1] ?? 0) })
  }
  const outcomes = await Promise.all([first(stepsAt(steps, left), note(0)), second(stepsAt(steps, right), note(1))])
  const refusals = [refusalIn(outcomes[0], left), refusalIn(outcomes[1], right)]
  const refused = refusals.flatMap((each) => each ?? []).sort((a, b) => a.step - b.step)[0]
  if (refused !== undefined) {
    const surplus = [...carriedOut(outcomes[0], left), ...carriedOut(outcomes[1], right)].filter(
      (at) => at > refused.step,
    )
    return takeBack(steps, surplus, refused, remove)
  }
  const before = left.length + right.length
  const last = await first(stepsAt(steps, rest), (progress) =>
    onProgress({ ...progress, stepsDone: before + progress.stepsDone }),
  )
  return refusalIn(last, rest) ?? last
}

type Refused = Extract<ApplyOutcome, { ok: false }>

/** Indexes of the steps for the first thread, for the second, and for afterwards; each namespace is one thread's alone. */
function deal(steps: readonly Step[]): readonly [readonly number[], readonly number[], readonly number[]] {
  const [left, right, rest]: [number[], number[], number[]] = [[], [], []]
  const owner = new Map<NamespaceName, number[]>()
  steps.forEach(({ object }, at) => {
    if (object.kind === 'namespace')
      owner
        .set(object.name, owner.size % 2 === 0 ? left : right)
        .get(object.name)
        ?.push(at)
    else if (PHASE_OF[object.kind] === 'sysctls' && 'namespace' in object)
      (owner.get(object.namespace) ?? rest).push(at)
    else rest.push(at)
  })
  return [left, right, rest]
}

function stepsAt(steps: readonly Step[], places: readonly number[]): readonly Step[] {
  return places.flatMap((at) => steps[at] ?? [])
}

/** The refusal with the step's place in the whole plan. */
function refusalIn(outcome: ApplyOutcome, places: readonly number[]): Refused | undefined {
  return outcome.ok ? undefined : { ...outcome, step: places[outcome.step] ?? outcome.step }
}

function carriedOut(outcome: ApplyOutcome, places: readonly number[]): readonly number[] {
  return outcome.ok ? places : places.slice(0, outcome.step)
}

/** The other thread had gone on: what it made beyond the refused step is taken back, as if it had not. */
async function takeBack(
  steps: readonly Step[],
  surplus: readonly number[],
  refused: Refused,
  remove: Applier['remove'],
): Promise<ApplyOutcome> {
  const objects = stepsAt(steps, surplus).flatMap(({ object }) => (object.kind === 'namespace' ? [object] : []))
  if (objects.length === 0) return refused
  const { leftovers } = await remove(objects)
  return leftovers.length === 0
    ? refused
    : { ...refused, detail: `${refused.detail}; left: ${JSON.stringify(leftovers)}` }
}
