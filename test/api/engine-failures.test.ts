import { Metadata } from '@grpc/grpc-js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportFailure } from '../../src/contract/failure-report.ts'
import { methods } from '../../src/contract/methods.ts'
import { LabError } from '../../src/errors.ts'
import { SAMPLE_FAILURES } from '../support/failures.ts'
import { aLab, fakeLabs } from '../support/fake-labs.ts'
import { definitionOf, startTestEngine, type TestEngine } from '../support/test-engine.ts'

// The fake fails in whatever way the lab's name asks for.
const failures = new Map<string, unknown>()
const labs = fakeLabs({
  async get(name) {
    if (!failures.has(name)) return aLab({ name })
    throw failures.get(name)
  },
  async ping({ lab }, onEvent) {
    onEvent({ kind: 'silence', sequence: 1 })
    if (failures.has(lab)) throw failures.get(lab)
  },
})
let engine: TestEngine
beforeAll(async () => {
  engine = await startTestEngine(labs)
})
afterAll(() => engine.stop())

describe('what a use case throws is told with its own status, sentence and facts', () => {
  test.each(Object.values(SAMPLE_FAILURES))('$kind', async (failure) => {
    failures.set(failure.kind, new LabError(failure))
    const headers = { 'x-request-id': 'call-1' }

    const { failure: unary, error } = await engine.ask('LabService/GetLab', { lab: failure.kind }, { headers })
    const request = { lab: failure.kind, from: 'a', to: 'b' }
    const stream = await engine.ask('LabService/Ping', request, { headers })

    expect(unary).toEqual(reportFailure(failure, 'call-1'))
    expect(error?.details).toBe(unary?.message)
    expect(stream.messages).toHaveLength(1)
    expect(stream.failure).toEqual(unary)
  })
})

test('an unexpected error is named by an incident; the caller learns nothing else, the log everything', async () => {
  failures.set('bug', new Error('secret /var/lib path'))

  const { failure, error } = await engine.ask('LabService/GetLab', { lab: 'bug' })

  expect(failure).toMatchObject({ code: 'INTERNAL', reason: 'INTERNAL' })
  expect(JSON.stringify([failure, error?.details, error?.metadata.getMap()])).not.toContain('secret')
  const incident = failure?.metadata.incident
  expect(incident).toMatch(/^[0-9a-f]{12}$/)
  expect(engine.logged).toContainEqual(
    expect.objectContaining({ incident, err: expect.objectContaining({ message: 'secret /var/lib path' }) }),
  )
})

test.each([{ thrown: undefined }, { thrown: 'a string' }, { thrown: null }])(
  'even a thrown $thrown is answered as internal',
  async ({ thrown }) => {
    failures.set('odd', thrown)

    const { failure } = await engine.ask('LabService/GetLab', { lab: 'odd' })

    expect(failure).toMatchObject({ reason: 'INTERNAL' })
  },
)

test('an answer that cannot be encoded is our mistake, told as internal with details', async () => {
  const broken = await startTestEngine(
    fakeLabs({
      async script() {
        return {
          toString: () => {
            throw new Error('not a text')
          },
        } as unknown as string
      },
    }),
  )

  const { failure } = await broken.ask('LabService/GetScript', { lab: 'x' })

  expect(failure).toMatchObject({ reason: 'INTERNAL' })
  expect(failure?.metadata.incident).toMatch(/^[0-9a-f]{12}$/)
  await broken.stop()
})

describe('bytes that are not the message', () => {
  const askBytes = (method: string, bytes: Buffer) =>
    new Promise<{ code: number; details: string }>((resolve) => {
      const { path } = definitionOf(method)
      const asIs = (message: Buffer) => message
      engine.client.makeUnaryRequest(path, asIs, asIs, bytes, new Metadata(), (error) =>
        resolve(error ?? { code: 0, details: '' }),
      )
    })

  test.each([
    { story: 'random', bytes: Buffer.from('ff'.repeat(40), 'hex') },
    { story: 'cut off', bytes: Buffer.from('0a40', 'hex') },
    { story: 'a number where text belongs', bytes: Buffer.from('0d00000000', 'hex') },
    { story: 'nested a hundred thousand levels deep', bytes: nested(100_000) },
    { story: 'nested a hundred levels deep', bytes: nested(100) },
  ])('$story: the caller is told, the engine goes on', async ({ bytes }) => {
    const answer = await askBytes('LabService/CreateLab', bytes)

    expect(answer).toMatchObject({ code: 3 })
    expect(await engine.ask('HostService/GetHost', {})).not.toHaveProperty('failure')
  })

  test('whatever bytes come, no method calls it a mistake of its own', async () => {
    const ours = methods.filter(({ service, clientStreaming }) => service.startsWith('netnslab.') && !clientStreaming)
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 40 }).map(asFields))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ours), bytes, async ({ path }, sent) => {
        const { code } = await askBytes(path.slice(1), Buffer.from(sent))
        expect([0, 3]).toContain(code)
      }),
      { numRuns: 1000 },
    )
  })

  test('nesting beyond what a spec can need is a problem at its place', async () => {
    const { failure } = await engine.ask('LabService/CreateLab', { spec: deep(40) })

    expect(failure).toMatchObject({ reason: 'INVALID_SPEC', violations: [{ reason: 'TOO_DEEP' }] })
  })

  test('a request above the limit is refused without being read', async () => {
    const specYaml = '#'.repeat(5 * 1024 * 1024)

    expect(await engine.ask('LabService/CreateLab', { specYaml })).toMatchObject({ error: { code: 8 } })
  })

  test('a method that does not exist is unimplemented', async () => {
    const { error } = await new Promise<{ error: { code: number } }>((resolve) => {
      const asIs = (message: Buffer) => message
      const path = '/netnslab.v1.LabService/Nothing'
      engine.client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), new Metadata(), (failed) =>
        resolve({ error: failed ?? { code: 0 } }),
      )
    })

    expect(error.code).toBe(12)
  })
})

test('a key that would change an object of ours is refused', async () => {
  const fields = Object.defineProperty({}, '__proto__', { value: { boolValue: true }, enumerable: true })

  const { failure } = await engine.ask('LabService/CreateLab', { spec: { fields } })

  expect(failure).toMatchObject({ violations: [{ field: '__proto__', reason: 'INVALID_NAME' }] })
  expect(Object.hasOwn(Object.prototype, 'boolValue')).toBe(false)
})

test('a principal or call id that is not one is not believed', async () => {
  await engine.ask(
    'HostService/GetHost',
    {},
    { headers: { 'x-request-id': 'a b', 'x-netns-lab-principal': 'o'.repeat(65) } },
  )

  const [ended] = engine.logged
    .filter(({ method, msg }) => method === '/netnslab.v1.HostService/GetHost' && msg === 'call ended')
    .slice(-1)
  expect(ended).toMatchObject({ principal: 'local', code: 'OK' })
  expect(ended?.requestId).toMatch(/^[0-9a-f-]{36}$/)
})

/** Bytes that often are fields of a message: tags of low numbers with lengths that fit. */
function asFields(bytes: Uint8Array): Uint8Array {
  const fields: number[] = []
  for (let at = 0; at + 2 < bytes.length; at += 3) {
    const [field = 0, length = 0, fill = 0] = bytes.subarray(at, at + 3)
    if (length % 3 === 0) fields.push(((field % 12) + 1) << 3, fill & 127)
    else fields.push((((field % 12) + 1) << 3) | 2, length % 9, ...Array<number>(length % 9).fill(fill & 127))
  }
  return Uint8Array.from(fields)
}

type Struct = { fields: Record<string, { structValue: Struct }> }

function deep(levels: number): Struct {
  let struct: Struct = { fields: {} }
  for (let level = 0; level < levels; level++) struct = { fields: { a: { structValue: struct } } }
  return struct
}

/** CreateLabRequest{spec: Struct{fields{a: Value{struct_value: …}}}} written by hand, from the inside out. */
function nested(levels: number): Buffer {
  let parts: Buffer[] = []
  let size = 0
  const wrap = (tag: number) => {
    const header = Buffer.concat([Buffer.from([tag]), varint(size)])
    parts.push(header)
    size += header.length
  }
  for (let level = 0; level < levels; level++) {
    wrap(0x2a)
    wrap(0x12)
    parts.push(Buffer.from([0x0a, 0x01, 0x61]))
    size += 3
    wrap(0x0a)
  }
  wrap(0x0a)
  parts = parts.reverse()
  return Buffer.concat(parts)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}
