import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf'
import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { registry } from '../../src/contract/descriptors.ts'
import { toGrpcStatus } from '../../src/contract/error-details.ts'
import { reportFailure } from '../../src/contract/failure-report.ts'
import { messageType, methods } from '../../src/contract/methods.ts'
import type { Failure } from '../../src/errors.ts'

/** What a test's handler may do with one call to the engine. */
export type FakeCall = {
  /** The first message, as proto3 JSON. */
  readonly request: unknown
  readonly metadata: Metadata
  readonly deadline: Date | number
  readonly raw: ServerDuplexStream<Buffer, Buffer>
  /** @returns whether the caller reads on, or `raw` is to be awaited */
  send(json: unknown): boolean
  hint(name: string, value: string): void
  end(): void
  fail(failure: Failure): void
}

export type FakeEngine = {
  readonly socketPath: string
  readonly folder: string
  /** Answers for a method, by its short name; the last one given wins. */
  on(name: string, answer: (call: FakeCall) => void): void
  close(): void
}

/** An engine that answers as each test says, over a unix socket in a folder of its own, or in that of one before it. */
export async function startFakeEngine(
  folder: string = mkdtempSync(join(tmpdir(), 'nl-gateway-')),
): Promise<FakeEngine> {
  mkdirSync(folder, { recursive: true })
  const socketPath = join(folder, 'engine.sock')
  const answers = new Map<string, (call: FakeCall) => void>()
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
  for (const service of new Set(methods.map((method) => method.service))) {
    const own = methods.filter((method) => method.service === service)
    const asIs = (bytes: Buffer): Buffer => bytes
    const bytes = {
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    }
    server.addService(
      Object.fromEntries(
        own.map(({ name, path }) => [name, { path, requestStream: true, responseStream: true, ...bytes }]),
      ),
      Object.fromEntries(
        own.map((method) => [
          method.name,
          (raw: ServerDuplexStream<Buffer, Buffer>) => {
            raw.once('data', (message: Buffer) => {
              const call = callOf(raw, message, messageType(method.requestName), messageType(method.responseName))
              const answer = answers.get(method.name)
              if (answer === undefined) call.fail({ kind: 'unimplemented', method: method.name })
              else answer(call)
            })
          },
        ]),
      ),
    )
  }
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => {
      if (error) reject(error)
      else resolve()
    })
  })
  return {
    socketPath,
    folder,
    on: (name, answer) => answers.set(name, answer),
    close() {
      server.forceShutdown()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Type = ReturnType<typeof messageType>

function callOf(raw: ServerDuplexStream<Buffer, Buffer>, message: Buffer, input: Type, output: Type): FakeCall {
  const hints = new Metadata()
  let hinted = false
  return {
    request: toJson(input, fromBinary(input, message), { registry }),
    metadata: raw.metadata,
    deadline: raw.getDeadline(),
    raw,
    send(json) {
      if (!hinted) raw.sendMetadata(hints)
      hinted = true
      return raw.write(encode(output, json))
    },
    hint: (name, value) => hints.set(name, value),
    end: () => raw.end(),
    fail(failure) {
      const requestId = raw.metadata.get('x-request-id')[0]?.toString() ?? ''
      const status = toGrpcStatus(reportFailure(failure, requestId))
      raw.emit('error', Object.assign(new Error(status.details), status))
    },
  }
}

export function encode(type: Type, json: unknown): Buffer {
  return Buffer.from(toBinary(type, fromJson(type, json as JsonValue, { registry })))
}
