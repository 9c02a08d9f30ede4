import { setImmediate as nextTurn } from 'node:timers/promises'
import { type KernelObject, type NamespaceName, PHASE_OF, PHASES, type Step } from '../plan/objects.ts'
import type { ApplyOptions, ApplyOutcome } from './kernel.ts'
import { refusalOf } from './kernel-error.ts'
import { reapSleepers } from './make-namespace.ts'
import { type Part, ROUNDS, type Round } from './objects/driver.ts'
import { partsOf } from './objects/index.ts'
import { type Refusal, Workbench } from './workbench.ts'

/** Work at a stretch before others of this thread have a turn and progress is told. */
const STRETCH_MS = 10

type Task = { readonly step: number; readonly last: boolean; readonly part: Part }

/** See Kernel.apply. Every window into a namespace is closed before the thread turns to anything else. */
export async function applySteps(steps: readonly Step[], options: ApplyOptions = {}): Promise<ApplyOutcome> {
  const { failpoint } = options
  const wanted = failpoint === undefined ? steps : steps.slice(0, failpoint.step)
  const refusal = await carryOut(wanted, options)
  if (refusal !== undefined) {
    const { error, step } = refusal
    return {
      ok: false,
      step,
      refusal: refusalOf(error),
      detail: error instanceof Error ? error.message : String(error),
    }
  }
  if (failpoint === undefined || failpoint.step >= steps.length) return { ok: true }
  if (failpoint.action === 'kill') process.kill(process.pid, 'SIGKILL')
  return { ok: false, step: failpoint.step, refusal: 'failed', detail: 'failpoint' }
}

async function carryOut(steps: readonly Step[], { onProgress }: ApplyOptions): Promise<Refusal | undefined> {
  const bench = new Workbench(steps)
  const progress = new Progress(steps, onProgress)
  let stretchBegan = performance.now()
  try {
    for (const lanes of roundsOf(steps)) {
      for (const [namespace, tasks] of lanes) {
        bench.visit(namespace)
        for (const { step, last, part } of tasks) {
          bench.carryOut(step, part.run)
          if (last) progress.done(step)
          if (performance.now() - stretchBegan < STRETCH_MS) continue
          bench.flush()
          progress.tell()
          await nextTurn()
          stretchBegan = performance.now()
        }
        bench.leave()
      }
    }
    progress.tell()
    return bench.refusal
  } finally {
    bench.close()
    reapSleepers()
  }
}

/** For each round, the tasks of each namespace in the order of the steps, namespaces in the order of their first task. */
function roundsOf(steps: readonly Step[]): readonly ReadonlyMap<NamespaceName, readonly Task[]>[] {
  const rounds = new Map<Round, Map<NamespaceName, Task[]>>(ROUNDS.map((round) => [round, new Map()]))
  steps.forEach(({ object }, step) => {
    const parts = partsOf(object)
    parts.forEach((part, place) => {
      const task = { step, last: place === parts.length - 1, part }
      const lanes = rounds.get(part.round)
      const lane = lanes?.get(part.namespace)
      if (lane === undefined) lanes?.set(part.namespace, [task])
      else lane.push(task)
    })
  })
  return ROUNDS.map((round) => rounds.get(round) ?? new Map())
}

/** Counts steps; the phase told never goes back, although namespaces reach each phase at different times. */
class Progress {
  private stepsDone = 0
  private phase = 0
  private readonly objects: readonly KernelObject[]
  private readonly onProgress: ApplyOptions['onProgress']

  constructor(steps: readonly Step[], onProgress: ApplyOptions['onProgress']) {
    this.objects = steps.map((step) => step.object)
    this.onProgress = onProgress
  }

  done(step: number): void {
    this.stepsDone += 1
    const object = this.objects[step]
    if (object !== undefined) this.phase = Math.max(this.phase, PHASES.indexOf(PHASE_OF[object.kind]))
  }

  tell(): void {
    this.onProgress?.({ stepsDone: this.stepsDone, phase: PHASES[this.phase] ?? 'namespaces' })
  }
}
