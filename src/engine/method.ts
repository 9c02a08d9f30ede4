import type { MethodDefinition } from '@grpc/proto-loader'
import type { LabsPort } from '../labs/labs-port.ts'

/** What one RPC may use: the use cases, and what is known of the call. */
export type Call = {
  readonly labs: LabsPort
  /** Who calls, as the gateway authenticated it; `local` when the call came straight over the socket. */
  readonly principal: string
  /** Names this call in the logs and in google.rpc.RequestInfo. */
  readonly requestId: string
  /** Aborted when the caller goes away, the deadline passes or the server stops; `reason` is then the LabError. */
  readonly signal: AbortSignal
  /** Prometheus text of all metrics of this process. */
  readonly metricsText: () => Promise<string>
  /** Tells the REST door what a message cannot; to be called before answering. */
  readonly hint: (hints: HttpHints) => void
}

export type HttpHints = {
  /** Where it is not 200. */
  readonly status?: 201 | 202
  readonly location?: string
  readonly etag?: string
}

/**
 * What a stopping server does with a method's calls. `wait` (also when absent): those under way are waited for, new ones
 * refused. `end`: ended at once, because they have no end of their own. `answer`: answered to the last.
 */
export type WhenStopping = 'wait' | 'end' | 'answer'

/** One question, one answer. What it throws is told to the caller when it is a LabError, else as `internal`. */
export type Unary<In, Out> = {
  readonly kind: 'unary'
  /** Longest that the caller is kept waiting, whatever its own deadline. */
  readonly maxMs: number
  readonly whenStopping?: WhenStopping
  readonly handle: (request: In, call: Call) => Promise<Out>
}

/** One question, many answers. `send` resolves when the caller can take more. */
export type ServerStream<In, Out> = {
  readonly kind: 'server-stream'
  readonly maxMs: number
  readonly whenStopping?: WhenStopping
  readonly handle: (request: In, call: Call, send: (message: Out) => Promise<void>) => Promise<void>
}

/** Many questions, one answer to each, in order. */
export type Dialogue<In, Out> = {
  readonly kind: 'dialogue'
  readonly maxMs: number
  readonly whenStopping?: WhenStopping
  readonly handle: (request: In, call: Call) => Promise<Out>
}

export type Method<In, Out> = Unary<In, Out> | ServerStream<In, Out> | Dialogue<In, Out>

/** For the lists: values of one method go together, and only the adapter brings them together again. */
// biome-ignore lint/suspicious/noExplicitAny: a list of methods of different messages; `MethodsOf` checks each one.
export type AnyMethod = Method<any, any>

type MethodOf<Definition> =
  Definition extends MethodDefinition<infer _Sent, infer Out, infer In, infer _Received> ? Method<In, Out> : never

/** One method for each RPC of a generated service definition: one too few or too many does not compile. */
export type MethodsOf<Service> = {
  readonly [Name in keyof Service as string extends Name ? never : Name]: MethodOf<Service[Name]>
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
