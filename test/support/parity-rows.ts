import { methods } from '../../src/contract/methods.ts'
import type { Failure } from '../../src/errors.ts'
import type { Stack, World } from './full-stack.ts'
import type { Row } from './parity-row.ts'
import { CREATE_ROWS, DELETE_ROWS } from './parity-rows-labs.ts'
import { MATRIX_ROWS, PING_ROWS } from './parity-rows-pings.ts'
import { GET_ROWS, GRAPH_ROWS, HOST_ROWS, INSPECT_ROWS, LIST_ROWS, SCRIPT_ROWS } from './parity-rows-reads.ts'

/** The RPCs that both doors serve; health and reflection have no REST route. */
export const SHARED_METHODS = methods.filter(({ bindings }) => bindings.length > 0)

const OWN_ROWS: readonly Row[] = [
  ...CREATE_ROWS,
  ...GET_ROWS,
  ...LIST_ROWS,
  ...DELETE_ROWS,
  ...INSPECT_ROWS,
  ...PING_ROWS,
  ...MATRIX_ROWS,
  ...SCRIPT_ROWS,
  ...GRAPH_ROWS,
  ...HOST_ROWS,
]

const noEngine: World = { before: (stack: Stack) => stack.engine.close(0) }

/** What the gateway says before or instead of the engine, at every RPC. */
function gatewayRows(rpc: string, open: boolean): readonly Row[] {
  const request = OWN_ROWS.find((row) => row.rpc === rpc && row.gives === 'OK')?.request ?? {}
  const refused: readonly Row[] = [
    { rpc, story: 'without a token', request, gives: 'unauthenticated', options: { token: null } },
    { rpc, story: 'with a wrong token', request, gives: 'unauthenticated', options: { token: 'x'.repeat(40) } },
  ]
  const gone: Row = { rpc, story: 'while the engine is gone', request, gives: 'engine-unreachable', world: noEngine }
  return open ? [gone] : [...refused, gone]
}

export const ROWS: readonly Row[] = [
  ...OWN_ROWS,
  ...SHARED_METHODS.flatMap(({ path, open }) => gatewayRows(path.replace('/netnslab.v1.', ''), open)),
]

/** Kinds that no row can hold against each other, and why; every other kind must have a row. */
export const ONE_SIDED: Readonly<Partial<Record<Failure['kind'], string>>> = {
  cancelled: 'whoever went away hears nothing',
  'permission-denied': 'there is one token, and it may do everything',
  unimplemented: 'gRPC only: REST says route-not-found',
  'route-not-found': 'REST only: gRPC says unimplemented',
  'method-not-allowed': 'REST only: gRPC has no verbs',
  'not-acceptable': 'REST only: gRPC has one form of answer',
  'unsupported-media-type': 'REST only: gRPC has one form of request',
}
