import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import type { FailureReport } from '../../src/contract/failure-report.ts'
import { packageDefinition } from '../../src/contract/package-definition.ts'
import { type Engine, type EngineOptions, startEngine } from '../../src/engine/start-engine.ts'
import type { LabsPort } from '../../src/labs/labs-port.ts'

export type Answer = {
  readonly messages: Record<string, unknown>[]
  readonly metadata: Metadata
  /** Absent: OK. */
  readonly failure?: FailureReport
  readonly error?: ServiceError
}

export type AskOptions = { readonly headers?: Record<string, string>; readonly deadlineMs?: number }

export type TestEngine = {
  readonly engine: Engine
  readonly socketPath: string
  readonly client: Client
  readonly logged: Record<string, unknown>[]
  /** Asks over the unix socket by `LabService/GetLab` (or a full service name) and collects all answers. */
  ask(method: string, request: object, options?: AskOptions): Promise<Answer>
  stop(): Promise<void>
}

/** A real engine on a socket in a folder of its own, over whatever use cases the test gives. */
export async function startTestEngine(labs: LabsPort, options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'netns-lab-engine-'))
  const socketPath = options.socketPath ?? join(folder, 'engine.sock')
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const parts = { labs, log, metrics: new Registry(), reflection: true, ...options, socketPath }
  const engine = await startEngine(parts).catch(async (error: unknown) => {
    await rm(folder, { recursive: true })
    throw error
  })
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  })
  return {
    engine,
    socketPath,
    client,
    logged,
    ask: (method, request, asking = {}) => ask(client, method, request, asking),
    async stop() {
      client.close()
      await engine.close(0)
      await rm(folder, { recursive: true })
    },
  }
}

export function definitionOf(method: string): MethodDefinition<object, object> {
  const [service = '', name = ''] = (method.includes('.') ? method : `netnslab.v1.${method}`).split('/')
  const found = packageDefinition[service]
  const definition = found === undefined || 'format' in found ? undefined : found[name]
  if (definition === undefined) throw new Error(`no method ${method}`)
  return definition
}

export function metadataFrom(headers: Record<string, string> = {}): Metadata {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value)
  return metadata
}

function ask(client: Client, method: string, request: object, { headers, deadlineMs }: AskOptions): Promise<Answer> {
  const definition = definitionOf(method)
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  const call = client.makeServerStreamRequest(
    definition.path,
    definition.requestSerialize,
    definition.responseDeserialize,
    request,
    metadataFrom(headers),
    options,
  )
  return new Promise((resolve) => {
    const messages: Record<string, unknown>[] = []
    let metadata = new Metadata()
    call.on('metadata', (received: Metadata) => {
      metadata = received
    })
    call.on('data', (message: Record<string, unknown>) => messages.push(message))
    call.on('error', (error: ServiceError) =>
      resolve({ messages, metadata, error, failure: fromGrpcStatus(error, '') }),
    )
    call.on('status', ({ code }: StatusObject) => {
      if (code === 0) resolve({ messages, metadata })
    })
  })
}
