import { createServer, type Server as NetServer, type Socket } from 'node:net'
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import { reportFailure } from '../../contract/failure-report.ts'
import { REQUEST_ID_HEADER } from '../../contract/headers.ts'
import { type ContractMethod, methods } from '../../contract/methods.ts'
import { type Failure, GRPC_CODE, STATUS } from '../../errors.ts'
import { ANYBODY } from '../authenticate.ts'
import { engineMetadata, requestIdFrom } from '../call-context.ts'
import { addressOf, limitConnections, listen } from '../connections.ts'
import type { Doors } from '../doors.ts'
import { forward, refuse } from './forward.ts'
import { refusePingFloods } from './ping-flood.ts'

const MAX_METADATA_KEYS = 32
const MAX_METADATA_BYTES = 8 * 1024

export type GrpcDoor = {
  readonly address: string
  /** Takes no more connections, waits for open calls for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

/** Opens the gRPC door: every method of the contract, forwarded as bytes. */
export async function openGrpcDoor(doors: Doors): Promise<GrpcDoor> {
  const { config, tls } = doors
  const server = new Server({
    'grpc.max_concurrent_streams': 100,
    // Room above our own limit, so that what is a little too large is refused by us, with a reason.
    'grpc.max_receive_message_length': 2 * config.limits.maxDocumentBytes,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.max_connection_idle_ms': 300_000,
    'grpc.max_connection_age_ms': 3_600_000,
    'grpc.max_connection_age_grace_ms': 3_600_000,
    'grpc.enable_channelz': 0,
  })
  for (const [definition, implementation] of services(doors)) server.addService(definition, implementation)

  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }])
  // Our own listener in front: grpc-js cannot bound connections.
  const injector = server.createConnectionInjector(credentials)
  refusePingFloods(server)
  const listener = createServer({ noDelay: true }, (socket: Socket) => {
    socket.on('error', () => socket.destroy())
    if (!socket.destroyed) injector.injectConnection(socket)
  })
  limitConnections(listener)
  await listen(listener, config.grpc)
  return { address: addressOf(listener), close: (graceMs) => close(listener, server, graceMs) }
}

type Handler = (call: ServerDuplexStream<Buffer, Buffer>) => void

function* services(doors: Doors): Generator<[ServiceDefinition, Record<string, Handler>]> {
  const asIs = (message: Buffer): Buffer => message
  for (const service of new Set(methods.map((method) => method.service))) {
    const own = methods.filter((method) => method.service === service)
    const definition = Object.fromEntries(
      own.map(({ name, path }) => [
        name,
        {
          path,
          // To the wire a unary call is a stream of one message; so one way of forwarding serves all four kinds.
          requestStream: true,
          responseStream: true,
          requestSerialize: asIs,
          requestDeserialize: asIs,
          responseSerialize: asIs,
          responseDeserialize: asIs,
        },
      ]),
    )
    yield [definition, Object.fromEntries(own.map((method) => [method.name, (call) => handle(method, call, doors)]))]
  }
}

function handle(method: ContractMethod, call: ServerDuplexStream<Buffer, Buffer>, doors: Doors): void {
  const startMs = performance.now()
  const header = (name: string) => call.metadata.get(name)[0]?.toString()
  const requestId = requestIdFrom(header(REQUEST_ID_HEADER))
  const onEnd = (code: number) => {
    const ms = performance.now() - startMs
    doors.metrics.countCall('grpc', method.path, String(status[code] ?? code), ms)
    doors.log.info({ requestId, door: 'grpc', method: method.path, code: status[code], ms: Math.round(ms) }, 'call')
  }
  const admitted = admit(method, call, header, doors)
  if ('failure' in admitted) {
    onEnd(GRPC_CODE[STATUS[admitted.failure.kind].code])
    refuse(call, reportFailure(admitted.failure, requestId))
    return
  }
  const deadline = call.getDeadline()
  const engine = doors.engine.open(method.path, {
    metadata: engineMetadata(admitted.principal, requestId, header),
    ...(deadline !== Number.POSITIVE_INFINITY && { deadline }),
  })
  let forget = () => {}
  const fail = forward(call, engine, {
    requestId,
    maxMessageBytes: doors.config.limits.maxDocumentBytes,
    onEnd: (code) => {
      forget()
      onEnd(code)
    },
  })
  if (method.serverStreaming) {
    forget = doors.openCalls.addStream(() => fail(reportFailure({ kind: 'shutting-down' }, requestId)))
  }
}

function admit(
  method: ContractMethod,
  call: ServerDuplexStream<Buffer, Buffer>,
  header: (name: string) => string | undefined,
  { openCalls, authenticator }: Doors,
): { readonly principal: string } | { readonly failure: Failure } {
  if (openCalls.stopping) return { failure: { kind: 'shutting-down' } }
  const tooMuch = metadataFailure(call.metadata)
  if (tooMuch !== undefined) return { failure: tooMuch }
  // Health and reflection are the tools' own services; they tell nothing of any lab.
  if (method.open || method.service.startsWith('grpc.')) return { principal: ANYBODY }
  return authenticator.authenticate(header('authorization'), addressIn(call.getPeer()))
}

function metadataFailure(metadata: Metadata): Failure | undefined {
  const headers = Object.entries(metadata.toHttp2Headers())
  const bytes = headers.reduce((sum, [key, values]) => sum + key.length + [values].flat().join().length, 0)
  const exceeded = (limit: string, needed: number, available: number): Failure => {
    return { kind: 'limit-exceeded', limit, needed, available, remedy: 'send less metadata' }
  }
  if (headers.length > MAX_METADATA_KEYS) return exceeded('metadata keys', headers.length, MAX_METADATA_KEYS)
  if (bytes > MAX_METADATA_BYTES) return exceeded('bytes of metadata', bytes, MAX_METADATA_BYTES)
  return undefined
}

/** `192.0.2.1:50000` or `2001:db8::1:50000`, as grpc-js writes them. */
function addressIn(peer: string): string {
  return peer.slice(0, Math.max(0, peer.lastIndexOf(':')))
}

async function close(listener: NetServer, server: Server, graceMs: number): Promise<void> {
  listener.close()
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown()
      resolve()
    }, graceMs)
    server.tryShutdown(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
