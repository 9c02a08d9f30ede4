import { LabError } from '../errors.ts'
import type { Failpoint } from '../kernel/kernel.ts'

/** Moments of a create or delete outside the kernel at which tests end the process or have the store refuse. */
export type Moment = 'before-intent' | 'intent-saved' | 'built' | 'read-back' | 'removed' | 'outcome-saved'

type Set = { readonly operation: 'create' | 'delete'; readonly at: number | string; readonly action: 'fail' | 'kill' }

/** Where to fail on purpose; without a text nowhere. */
export class Failpoints {
  readonly #set: Set | undefined

  /** @param text `create:<step>:fail`, `delete:<step>:kill` …; a step is the index of a plan's step or a Moment */
  constructor(text?: string) {
    this.#set = text === undefined ? undefined : parse(text)
  }

  /** For the kernel: the numbered steps. */
  inPlan(operation: 'create' | 'delete'): { readonly failpoint?: Failpoint } {
    const set = this.#set
    if (set?.operation !== operation || typeof set.at !== 'number') return {}
    return { failpoint: { step: set.at, action: set.action } }
  }

  pass(operation: 'create' | 'delete', moment: Moment, lab: string): void {
    const set = this.#set
    if (set?.operation !== operation || set.at !== moment) return
    if (set.action === 'kill') process.kill(process.pid, 'SIGKILL')
    throw new LabError({ kind: 'store-failed', lab, refusal: 'failed' })
  }
}

function parse(text: string): Set {
  const match = /^(create|delete):(\d+|[a-z-]+):(fail|kill)$/.exec(text)
  if (match === null) throw new Error(`failpoint "${text}" is not of the form create:<step>:fail|kill`)
  const [, operation, at = '', action] = match
  return {
    operation: operation === 'create' ? 'create' : 'delete',
    at: /^\d+$/.test(at) ? Number(at) : at,
    action: action === 'kill' ? 'kill' : 'fail',
  }
}
