import { expect, test } from 'vitest'
import { methods } from '../../src/contract/methods.ts'
import type { AnyMethod } from '../../src/engine/method.ts'
import { METHODS } from '../../src/engine/methods/index.ts'

const served: { path: string; method: AnyMethod }[] = Object.entries(METHODS).flatMap(([service, named]) =>
  Object.entries<AnyMethod>(named).map(([name, method]) => ({ path: `/${service}/${name}`, method })),
)

test('every RPC of the proto is served, and nothing else is', () => {
  const ours = methods.filter(({ service }) => service.startsWith('netnslab.'))

  expect(served.map(({ path }) => path).sort()).toEqual(ours.map(({ path }) => path).sort())
})

test('an RPC streams in the engine as it streams in the proto', () => {
  const kinds = methods
    .filter(({ service }) => service.startsWith('netnslab.'))
    .map(({ path, serverStreaming, clientStreaming }) => ({
      path,
      kind: clientStreaming ? 'dialogue' : serverStreaming ? 'server-stream' : 'unary',
    }))

  expect(served.map(({ path, method }) => ({ path, kind: method.kind }))).toEqual(expect.arrayContaining(kinds))
})
