import { LabError } from '../errors.ts'
import type { ApplyOptions, ApplyOutcome, Kernel } from '../kernel/kernel.ts'
import { type KernelObject, keyOf, type Plan } from '../plan/objects.ts'
import { needsNaming, removeObjects } from './remove-plan.ts'

export type ApplyPlanOptions = ApplyOptions & {
  /** Name of the lab, for the failure. */
  readonly lab: string
}

/**
 * Applies `plan` in order. If the kernel refuses a step, everything created so far is removed again. An object that already
 * exists is a refusal and is left alone: labs never share objects.
 *
 * @throws LabError `apply-failed` with the spec path that the refused object serves; `leftovers` lists what could not be
 *   removed, and the kernel's own words are in `cause`. Errors of the kernel port itself (its thread died) pass through,
 *   and nothing was undone then.
 */
export async function applyPlan(
  plan: Plan,
  kernel: Pick<Kernel, 'apply' | 'remove'>,
  { lab, ...options }: ApplyPlanOptions,
): Promise<void> {
  const outcome = await kernel.apply(plan.steps, options)
  if (outcome.ok) return
  const refused = plan.steps[outcome.step]
  const { leftovers, details } = await removeObjects(undoOf(plan, outcome), kernel)
  throw new LabError(
    {
      kind: 'apply-failed',
      lab,
      origin: refused?.origin ?? '',
      object: refused === undefined ? '' : keyOf(refused.object),
      refusal: outcome.refusal,
      leftovers,
    },
    { cause: new Error([outcome.detail, ...details].join('; ')) },
  )
}

/**
 * The refused object itself may be half there, unless somebody else has one of that name. Steps after it may have been
 * carried out in the same batch; not so namespaces, for each is made by itself and in order.
 */
function undoOf(plan: Plan, refused: Extract<ApplyOutcome, { ok: false }>): readonly KernelObject[] {
  return plan.steps
    .filter(({ object }, step) => {
      if (step === refused.step) return refused.refusal !== 'exists'
      return step < refused.step || object.kind !== 'namespace'
    })
    .map((step) => step.object)
    .filter(needsNaming)
    .reverse()
}
