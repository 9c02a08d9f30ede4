import { chmod, chown, lstat, unlink } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { descriptorSet } from '../contract/descriptors.ts'
import { packageDefinition } from '../contract/package-definition.ts'
import type { LabsPort } from '../labs/labs-port.ts'
import { adapt } from './adapter.ts'
import { CallRunner } from './call-runner.ts'
import { Health, healthMethods } from './health.ts'
import type { AnyMethod } from './method.ts'
import { METHODS } from './methods/index.ts'
import { OpenCalls } from './open-calls.ts'
import { reflectionMethods } from './reflection.ts'
import { RpcMetrics } from './rpc-metrics.ts'

export type EngineOptions = {
  /** Unix socket to serve on. What an engine that died left there is removed: the caller holds the host's lock. */
  readonly socketPath: string
  /** Group that may open the socket besides root: the gateway's. */
  readonly socketGid?: number
  readonly labs: LabsPort
  readonly log: Logger
  /** Metrics of all rooms; GetMetrics answers them, the engine adds its own. */
  readonly metrics: Registry
  readonly reflection: boolean
  /** What health tells at first; `setServing` changes it. */
  readonly serving?: boolean
  /** Largest request, in bytes; 4 MiB when absent. */
  readonly maxMessageBytes?: number
  /** For tests with clients that speak no unix sockets, e.g. `127.0.0.1:0`. Never set by the server itself. */
  readonly tcpForTests?: string
}

export type Engine = {
  readonly tcpPort: number
  setServing(serving: boolean): void
  /**
   * Ends in order: health says no, new calls are refused, endless streams end, calls under way may go on for `graceMs`,
   * then they are ended too. Labs stay; creates and deletes under way go on behind it and are the caller's to await.
   */
  close(graceMs: number): Promise<void>
}

const MIB = 1024 * 1024

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const services: Record<string, Readonly<Record<string, AnyMethod>>> = { ...METHODS }
  const health = new Health(Object.keys(METHODS), options.serving ?? true)
  services['grpc.health.v1.Health'] = healthMethods(health)
  if (options.reflection) {
    const names = [...Object.keys(services), ...REFLECTION]
    for (const name of REFLECTION) services[name] = reflectionMethods(descriptorSet, names)
  }

  const calls = new OpenCalls()
  const metrics = new RpcMetrics(options.metrics)
  const runner = new CallRunner({ labs: options.labs, log: options.log, metrics, calls })
  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes ?? 4 * MIB,
    // All callers of the gateway share its few connections.
    'grpc.max_concurrent_streams': 4096,
  })
  for (const [name, methods] of Object.entries(services)) {
    const { definition, implementation } = implement(name, methods, runner)
    server.addService(definition, implementation)
  }

  let tcpPort = 0
  try {
    await openSocket(server, options)
    if (options.tcpForTests !== undefined) tcpPort = await bind(server, options.tcpForTests)
  } catch (error) {
    server.forceShutdown()
    metrics.close()
    throw error
  }

  return {
    tcpPort,
    setServing: (serving) => health.setServing(serving),
    async close(graceMs) {
      health.setServing(false)
      // One turn of the event loop, in which the watchers of health write their last word.
      await setImmediate()
      calls.stopAdmitting()
      await stop(server, calls, graceMs)
      metrics.close()
    },
  }
}

const REFLECTION = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'] as const

type AnyDefinition = MethodDefinition<object, object>

/** Bytes in, bytes out: decoding and encoding are the adapter's, which knows how to answer when they fail. */
function implement(service: string, methods: Readonly<Record<string, AnyMethod>>, runner: CallRunner) {
  const loaded = packageDefinition[service]
  if (loaded === undefined || 'format' in loaded) throw new Error(`the contract has no service ${service}`)
  const definition: Record<string, ServiceDefinition[string]> = {}
  const implementation: UntypedServiceImplementation = {}
  for (const [name, method] of Object.entries(methods)) {
    const found: AnyDefinition | undefined = loaded[name]
    if (found === undefined) throw new Error(`the contract has no method ${service}.${name}`)
    const { path, requestStream, responseStream } = found
    const bytes = {
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    }
    definition[name] = { path, requestStream, responseStream, ...bytes }
    implementation[name] = adapt(found, method, runner)
  }
  return { definition, implementation }
}

function asIs(bytes: Buffer): Buffer {
  return bytes
}

async function stop(server: Server, calls: OpenCalls, graceMs: number): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
  if (await settledWithin(stopped, graceMs)) return
  calls.endAll()
  // Statuses that were just sent need a moment to reach their callers.
  if (await settledWithin(stopped, FLUSH_MS)) return
  server.forceShutdown()
}

const FLUSH_MS = 500

function settledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    void promise.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

async function openSocket(server: Server, { socketPath, socketGid }: EngineOptions): Promise<void> {
  await removeStaleSocket(socketPath)
  await bind(server, `unix:${socketPath}`)
  if (socketGid !== undefined) await chown(socketPath, 0, socketGid)
  await chmod(socketPath, 0o660)
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error)
      else resolve(port)
    })
  })
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return
  if (!found.isSocket()) throw new Error(`${path} is there and is not a socket; it is left alone`)
  await unlink(path)
}
