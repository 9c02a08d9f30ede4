import { once } from 'node:events'
import { chmod, link, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceError } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import type { LabsPort, PingTold } from '../../src/labs/labs-port.ts'
import { deferred } from '../support/deferred.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { definitionOf, metadataFrom, startTestEngine, type TestEngine } from '../support/test-engine.ts'

const engines: TestEngine[] = []
const folders: string[] = []
async function start(labs: LabsPort, options: Parameters<typeof startTestEngine>[1] = {}): Promise<TestEngine> {
  const engine = await startTestEngine(labs, options)
  engines.push(engine)
  return engine
}
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** A use case that goes on until its signal comes, and tells how it ended. */
function untilAborted() {
  const seen = deferred<unknown>()
  const begun = deferred<void>()
  const wait = (signal: AbortSignal | undefined) =>
    new Promise<never>((_resolve, reject) => {
      begun.resolve()
      signal?.addEventListener('abort', () => {
        seen.resolve(signal.reason)
        reject(new Error('aborted'))
      })
    })
  return { begun: begun.promise, seen: seen.promise, wait }
}

describe('deadlines and callers who go away', () => {
  test('a deadline that passes ends the work', async () => {
    const work = untilAborted()
    const engine = await start(fakeLabs({ pingMatrix: (_wish, signal) => work.wait(signal) }))

    const { failure } = await engine.ask('LabService/PingMatrix', { lab: 'x' }, { deadlineMs: 100 })

    expect(failure).toMatchObject({ reason: 'DEADLINE_EXCEEDED' })
    expect(await work.seen).toMatchObject({ failure: { kind: 'deadline-exceeded' } })
  })

  test('a caller who goes away ends the work', async () => {
    const work = untilAborted()
    const engine = await start(fakeLabs({ inspect: (_wish, signal) => work.wait(signal) }))
    const { path, requestSerialize, responseDeserialize } = definitionOf('LabService/InspectLab')
    const call = engine.client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { lab: 'x' },
      metadataFrom(),
      () => {},
    )
    await work.begun

    call.cancel()

    expect(await work.seen).toMatchObject({ failure: { kind: 'cancelled' } })
  })

  test('a create goes on when its caller is gone', async () => {
    const begun = deferred<void>()
    const finish = deferred<void>()
    const done = deferred<string>()
    const standard = fakeLabs()
    const engine = await start(
      fakeLabs({
        async create(request) {
          begun.resolve()
          await finish.promise
          done.resolve('built')
          return standard.create(request)
        },
      }),
    )
    const asked = engine.ask('LabService/CreateLab', { specYaml: 'x' }, { deadlineMs: 100 })
    await begun.promise
    expect((await asked).failure).toMatchObject({ reason: 'DEADLINE_EXCEEDED' })

    finish.resolve()

    expect(await done.promise).toBe('built')
  })
})

test('a slow reader gets every event, in order', async () => {
  const events: PingTold[] = Array.from({ length: 1000 }, (_, n) => ({
    kind: 'error',
    sequence: n,
    from: 'x'.repeat(1000),
    reason: 'no-route',
  }))
  const engine = await start(
    fakeLabs({
      async ping(_wish, onEvent) {
        for (const event of events) onEvent(event)
      },
    }),
  )
  const { path, requestSerialize, responseDeserialize } = definitionOf('LabService/Ping')
  const request = { lab: 'x', from: 'a', to: 'b' }
  const call = engine.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadataFrom(),
    {},
  )
  const sequences: number[] = []
  for await (const message of call) {
    sequences.push(message.error.sequence)
    if (sequences.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  expect(sequences).toEqual(events.map((_, n) => n))
})

describe('the socket', () => {
  test('may be opened by its owner and group only', async () => {
    const engine = await start(fakeLabs())

    expect((await stat(engine.socketPath)).mode & 0o777).toBe(0o660)
  })

  test('that an engine left behind when it was killed is replaced', async () => {
    const socketPath = await leftBehind()

    const engine = await start(fakeLabs(), { socketPath })

    expect(await engine.ask('HostService/GetHost', {})).not.toHaveProperty('failure')
  })

  test('is not made out of a file that is something else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netns-lab-engine-'))
    folders.push(folder)
    const socketPath = join(folder, 'notes.txt')
    await writeFile(socketPath, 'mine')

    await expect(startTestEngine(fakeLabs(), { socketPath })).rejects.toThrow('not a socket')

    expect((await stat(socketPath)).size).toBe(4)
  })
})

describe('stopping', () => {
  test('lets a call under way end, and refuses new ones', async () => {
    const finish = deferred<void>()
    const begun = deferred<void>()
    const standard = fakeLabs()
    const engine = await start(
      fakeLabs({
        async get(name) {
          begun.resolve()
          await finish.promise
          return standard.get(name)
        },
      }),
    )
    const asked = engine.ask('LabService/GetLab', { lab: 'x' })
    await begun.promise

    const closed = engine.engine.close(5000)
    const late = await engine.ask('LabService/GetLab', { lab: 'x' })
    finish.resolve()

    expect(late.failure).toMatchObject({ code: 'UNAVAILABLE' })
    expect((await asked).messages).toMatchObject([{ name: 'x' }])
    await closed
  })

  test('ends a call that outlasts the grace, with a word', async () => {
    const work = untilAborted()
    const engine = await start(fakeLabs({ ping: (_wish, _onEvent, signal) => work.wait(signal) }))
    const asked = engine.ask('LabService/Ping', { lab: 'x', from: 'a', to: 'b' })
    await work.begun

    await engine.engine.close(50)

    expect((await asked).failure).toMatchObject({ reason: 'SHUTTING_DOWN', code: 'UNAVAILABLE' })
  })

  test('tells health watchers, then ends their streams without waiting for the grace', async () => {
    const engine = await start(fakeLabs())
    const watch = watchHealth(engine)
    expect(await watch.next()).toEqual({ status: 'SERVING' })

    const startedAt = performance.now()
    await engine.engine.close(10_000)

    expect(await watch.next()).toEqual({ status: 'NOT_SERVING' })
    expect(await watch.ended).toMatchObject({ code: 14 })
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })
})

describe('health', () => {
  test('tells for the server and each service whether it serves', async () => {
    const engine = await start(fakeLabs(), { serving: false })
    const check = async (service: string) =>
      (await engine.ask('grpc.health.v1.Health/Check', { service })).messages[0]?.status

    expect(await check('')).toBe('NOT_SERVING')
    engine.engine.setServing(true)

    expect(await check('')).toBe('SERVING')
    expect(await check('netnslab.v1.LabService')).toBe('SERVING')
    expect((await engine.ask('grpc.health.v1.Health/Check', { service: 'nothing' })).failure?.code).toBe('NOT_FOUND')
    expect((await engine.ask('grpc.health.v1.Health/List', {})).messages[0]).toEqual({
      statuses: {
        '': { status: 'SERVING' },
        'netnslab.v1.LabService': { status: 'SERVING' },
        'netnslab.v1.HostService': { status: 'SERVING' },
      },
    })
  })

  test('a watch tells each change once', async () => {
    const engine = await start(fakeLabs(), { serving: false })
    const watch = watchHealth(engine)
    expect(await watch.next()).toEqual({ status: 'NOT_SERVING' })

    engine.engine.setServing(false)
    engine.engine.setServing(true)

    expect(await watch.next()).toEqual({ status: 'SERVING' })
    watch.cancel()
  })

  test('a watch of an unknown service stays open', async () => {
    const engine = await start(fakeLabs())
    const watch = watchHealth(engine, 'nothing')

    expect(await watch.next()).toEqual({ status: 'SERVICE_UNKNOWN' })
    watch.cancel()
  })
})

test('without reflection the service is not there', async () => {
  const engine = await start(fakeLabs(), { reflection: false })

  const { error } = await engine.ask('grpc.reflection.v1.ServerReflection/ServerReflectionInfo', { listServices: '' })

  expect(error?.code).toBe(12)
})

function watchHealth(engine: TestEngine, service = '') {
  const { path, requestSerialize, responseDeserialize } = definitionOf('grpc.health.v1.Health/Watch')
  const call = engine.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    { service },
    metadataFrom(),
    {},
  )
  const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve))
  const messages: object[] = []
  call.on('data', (message) => messages.push(message))
  return {
    ended,
    cancel: () => call.cancel(),
    async next(): Promise<object | undefined> {
      if (messages.length === 0) await once(call, 'data')
      return messages.shift()
    },
  }
}

/** A socket file whose server is gone, as after SIGKILL: a second name for it outlives the close. */
async function leftBehind(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netns-lab-engine-'))
  folders.push(folder)
  const server = createServer().listen(join(folder, 'first.sock'))
  await once(server, 'listening')
  const socketPath = join(folder, 'engine.sock')
  await link(join(folder, 'first.sock'), socketPath)
  await chmod(socketPath, 0o600)
  server.close()
  await once(server, 'close')
  return socketPath
}
