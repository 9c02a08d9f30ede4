import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { KernelError } from '../../src/kernel/kernel-error.ts'
import { DumpSocket, dumpRequest } from '../../src/kernel/netlink/dump.ts'

/** What the kernel answers to each `recv`, in order; the socket calls themselves are noted. */
const kernel = vi.hoisted(() => ({ answers: [] as (Uint8Array | number)[], calls: [] as string[] }))

vi.mock('../../src/kernel/ffi.ts', () => ({
  socket: () => note('socket', 7),
  connect: () => note('connect', 0),
  setsockopt: () => 0,
  close: () => note('close', 0),
  send: (_fd: number, request: Uint8Array) => note('send', request.length),
  recv: (_fd: number, into: Uint8Array) => {
    const answer = kernel.answers.shift() ?? -11
    if (typeof answer === 'number') return answer
    into.set(answer.subarray(0, into.length))
    return answer.length
  },
}))

function note(call: string, result: number): number {
  kernel.calls.push(call)
  return result
}

const [ENTRY, ERROR, DONE, INTERRUPTED] = [16, 2, 3, 0x10]

function message(type: number, body: Buffer = Buffer.alloc(4), flags = 0): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(16 + body.length, 0)
  head.writeUInt16LE(type, 4)
  head.writeUInt16LE(flags, 6)
  return Buffer.concat([head, body])
}

const entry = (name: string, flags = 0): Buffer => message(ENTRY, Buffer.from(name.padEnd(4)), flags)
const errno = (number: number): Buffer => {
  const body = Buffer.alloc(4)
  body.writeInt32LE(-number)
  return body
}
const request = dumpRequest(18, (builder) => builder.header([4, 0]))

/** Reads once; what was seen before a restart is forgotten, as readers do. */
function read(limit = 100): { readonly outcome: string; readonly seen: readonly string[] } {
  const seen: string[] = []
  const socket = new DumpSocket(0)
  const outcome = socket.dump(
    request,
    limit,
    (bytes, start, end) => seen.push(bytes.toString('latin1', start, end).trim()),
    () => {
      seen.length = 0
    },
  )
  socket.close()
  return { outcome, seen }
}

beforeEach(() => {
  kernel.answers = []
  kernel.calls = []
})
afterEach(() => expect(kernel.answers).toEqual([]))

describe('a list', () => {
  test('comes in as many pieces as the kernel likes', () => {
    kernel.answers = [Buffer.concat([entry('a'), entry('b')]), entry('c'), message(DONE)]
    expect(read()).toEqual({ outcome: 'whole', seen: ['a', 'b', 'c'] })
  })

  test('is waited for through a signal', () => {
    kernel.answers = [-4, Buffer.concat([entry('a'), message(DONE)])]
    expect(read()).toEqual({ outcome: 'whole', seen: ['a'] })
  })

  test('that changed while it was read is read again', () => {
    kernel.answers = [
      Buffer.concat([entry('old', INTERRUPTED), message(DONE)]),
      Buffer.concat([entry('new'), message(DONE)]),
    ]
    expect(read()).toEqual({ outcome: 'whole', seen: ['new'] })
  })

  test('that always changes is taken as it is in the end, and said to be so', () => {
    kernel.answers = Array.from({ length: 4 }, (_, n) => Buffer.concat([entry(`try${n}`, INTERRUPTED), message(DONE)]))
    expect(read()).toEqual({ outcome: 'changing', seen: ['try3'] })
  })

  test('that the kernel had no room for is read again on a fresh socket', () => {
    kernel.answers = [entry('a'), -105, Buffer.concat([entry('b'), message(DONE)])]
    expect(read()).toEqual({ outcome: 'whole', seen: ['b'] })
    expect(kernel.calls).toEqual(['socket', 'connect', 'send', 'close', 'socket', 'connect', 'send', 'close'])
  })

  test('that the kernel never has room for is an error, not an endless loop', () => {
    kernel.answers = [-105, -105, -105, -105]
    expect(() => read()).toThrow('ENOBUFS')
  })

  test('longer than the limit is cut, and its rest is left behind with the socket', () => {
    kernel.answers = [Buffer.concat([entry('a'), entry('b'), entry('c'), message(DONE)])]
    expect(read(2)).toEqual({ outcome: 'capped', seen: ['a', 'b'] })
    expect(kernel.calls).toEqual(['socket', 'connect', 'send', 'close', 'socket', 'connect', 'close'])
  })

  test('exactly as long as the limit is whole', () => {
    kernel.answers = [Buffer.concat([entry('a'), entry('b'), message(DONE)])]
    expect(read(2)).toEqual({ outcome: 'whole', seen: ['a', 'b'] })
  })
})

describe('a refusal', () => {
  test.each([
    { story: 'at once', answer: message(ERROR, errno(95)), code: 'EOPNOTSUPP' },
    { story: 'at the end', answer: Buffer.concat([entry('a'), message(DONE, errno(12))]), code: 'ENOMEM' },
  ])('$story is told by its errno', ({ answer, code }) => {
    kernel.answers = [answer]
    expect(() => read()).toThrow(expect.objectContaining({ constructor: KernelError, code }))
  })

  test.each([
    { story: 'a datagram larger than the buffer', answer: Buffer.alloc(70_000) },
    { story: 'a message longer than its datagram', answer: entry('abcdefgh').subarray(0, 20) },
    { story: 'a message shorter than its header', answer: Buffer.alloc(16, 1) },
  ])('$story is refused, not guessed at', ({ answer }) => {
    kernel.answers = [answer]
    expect(() => read()).toThrow('EMSGSIZE')
  })
})
