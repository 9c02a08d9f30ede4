import { Writable } from 'node:stream'
import { Metadata } from '@grpc/grpc-js'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { adapt } from '../../src/engine/adapter.ts'
import { CallRunner } from '../../src/engine/call-runner.ts'
import type { ServerStream } from '../../src/engine/method.ts'
import { OpenCalls } from '../../src/engine/open-calls.ts'
import { RpcMetrics } from '../../src/engine/rpc-metrics.ts'
import { deferred } from '../support/deferred.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { definitionOf } from '../support/test-engine.ts'

test('a stream whose reader takes nothing is not written to further', async () => {
  const reader = new SlowReader()
  const runner = aRunner()
  let sent = 0
  const done = deferred<void>()
  const method: ServerStream<object, object> = {
    kind: 'server-stream',
    maxMs: 10_000,
    async handle(_request, _call, send) {
      for (; sent < 3; sent++) await send({ silence: { sequence: sent } })
      done.resolve()
    },
  }

  const handler = adapt(definitionOf('LabService/Ping'), method, runner)
  // What grpc-js hands in, as far as the adapter uses it.
  ;(handler as (stream: unknown) => void)(reader)
  await reader.taken(1)
  expect(sent).toBe(0)

  for (let n = 1; n < 3; n++) {
    reader.take()
    await reader.taken(n + 1)
    expect(sent).toBe(n)
  }
  reader.take()
  await done.promise
})

test('a caller without a deadline waits no longer than the method allows', async () => {
  const method: ServerStream<object, object> = { kind: 'server-stream', maxMs: 20, handle: async () => {} }
  const forEver = new Promise<void>(() => {})

  const answer = await aRunner().run('/netnslab.v1.LabService/Ping', method, new SlowReader(), () => forEver)

  expect(answer).toMatchObject({ ok: false, failure: { kind: 'deadline-exceeded' } })
})

function aRunner(): CallRunner {
  return new CallRunner({
    labs: fakeLabs(),
    log: pino({ level: 'silent' }),
    metrics: new RpcMetrics(new Registry()),
    calls: new OpenCalls(),
  })
}

/** A stream of room for one message, which is taken when the test says so. */
class SlowReader extends Writable {
  readonly request = Buffer.alloc(0)
  readonly metadata = new Metadata()
  readonly #held: (() => void)[] = []
  #count = 0
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined

  constructor() {
    super({ objectMode: true, highWaterMark: 1 })
  }

  getDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  override _write(_chunk: unknown, _encoding: string, callback: () => void): void {
    this.#held.push(callback)
    this.#count += 1
    if (this.#waiting?.count === this.#count) this.#waiting.resolve()
  }

  take(): void {
    this.#held.shift()?.()
  }

  /** Resolves when message number `count` has been written, and whatever follows from it at once has happened. */
  async taken(count: number): Promise<void> {
    if (this.#count < count) {
      await new Promise<void>((resolve) => {
        this.#waiting = { count, resolve }
      })
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
