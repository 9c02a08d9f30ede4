import { type Failure, LabError } from '../errors.ts'
import type { KernelObject, NamespaceName, Step } from '../plan/objects.ts'
import type {
  ApplyOutcome,
  Failpoint,
  HostLimit,
  HostNetwork,
  KernelFeature,
  PairAnswer,
  PingEvent,
  PingPairsRequest,
  PingRequest,
  Progress,
  RemoveOutcome,
} from './kernel.ts'
import { KernelError } from './kernel-error.ts'
import type { ObservedNamespace, ObserveField } from './observed.ts'

/**
 * What goes between the event loop and the kernel threads. Arguments and answers travel as JSON text: for a lab of 500
 * hosts that takes either side 2 to 3 ms, a structured clone 2 to 10.
 */
export type Calls = {
  readonly apply: Call<readonly [readonly Step[], { readonly failpoint?: Failpoint }], ApplyOutcome, Progress>
  readonly remove: Call<readonly [readonly KernelObject[], { readonly failpoint?: Failpoint }], RemoveOutcome>
  readonly observe: Call<
    readonly [readonly NamespaceName[], readonly ObserveField[], readonly string[]],
    readonly ObservedNamespace[]
  >
  readonly listNamespaces: Call<readonly [], readonly { readonly name: NamespaceName; readonly live: boolean }[]>
  readonly awaitReady: Call<
    readonly [readonly NamespaceName[], number],
    { readonly ready: boolean; readonly waitingFor: readonly string[] }
  >
  readonly features: Call<readonly [], readonly KernelFeature[]>
  readonly limits: Call<readonly [], readonly HostLimit[]>
  readonly hostNetwork: Call<readonly [], HostNetwork>
  readonly ping: Call<readonly [PingRequest], null, PingEvent>
  readonly pingPairs: Call<readonly [PingPairsRequest], readonly PairAnswer[]>
}

type Call<Arguments extends readonly unknown[], Answer, Event = never> = {
  readonly arguments: Arguments
  readonly answer: Answer
  readonly event: Event
}

export type Method = keyof Calls

export type ToThread =
  | { readonly kind: 'call'; readonly id: number; readonly method: Method; readonly arguments: string }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' }

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: string }
  | { readonly kind: 'error'; readonly id: number; readonly error: PortableError }
  | { readonly kind: 'event'; readonly id: number; readonly event: string }

/** Errors as data: a class does not survive the way between threads. */
export type PortableError =
  | { readonly kind: 'lab'; readonly failure: Failure; readonly stack: string }
  | {
      readonly kind: 'kernel'
      readonly errno: number
      readonly call: string
      readonly words: string
      readonly stack: string
    }
  | { readonly kind: 'other'; readonly message: string; readonly stack: string }

export function packError(error: unknown): PortableError {
  const stack = (error instanceof Error ? error.stack : undefined) ?? ''
  if (error instanceof LabError) return { kind: 'lab', failure: error.failure, stack }
  if (error instanceof KernelError) {
    return { kind: 'kernel', errno: error.errno, call: error.call, words: error.words, stack }
  }
  return { kind: 'other', message: error instanceof Error ? error.message : String(error), stack }
}

/** The error again, with the stack of the thread it came from. */
export function unpackError(packed: PortableError): Error {
  const error = fromPacked(packed)
  if (packed.stack !== '') error.stack = packed.stack
  return error
}

function fromPacked(packed: PortableError): Error {
  switch (packed.kind) {
    case 'lab':
      return new LabError(packed.failure)
    case 'kernel':
      return new KernelError(packed.errno, packed.call, packed.words)
    case 'other':
      return new Error(packed.message)
  }
}
