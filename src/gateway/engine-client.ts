import { Client, type ClientDuplexStream, type ClientReadableStream, credentials, type Metadata } from '@grpc/grpc-js'

const OPTIONS = {
  // The engine is our own other half and checks its answers' size; a 1,000-host inspection has several MiB.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Clients of one address share a connection otherwise.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.default_authority': 'localhost',
  // An engine that was started anew is found again within a second.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
}

export type CallOptions = { readonly metadata: Metadata; readonly deadline?: Date | number }

/**
 * Calls after which a new connection is taken. Every call that is cancelled or late resets its stream, and HTTP/2 servers
 * end a whole connection, with all other callers' calls on it, after some 1,000 resets beyond 33 a second (what nghttp2
 * does against CVE-2023-44487). Fewer calls than that can never bring it about.
 */
const CALLS_PER_CONNECTION = 500

const asIs = (message: Buffer): Buffer => message

/** Calls the engine over its unix socket. Messages are bytes: what is in them is known to the callers alone. */
export class EngineClient {
  readonly #socketPath: string
  #connection: Connection

  /** Connects at the first call, so the engine may start later. */
  constructor(socketPath: string) {
    this.#socketPath = socketPath
    this.#connection = new Connection(socketPath)
  }

  /** For a method with one request; its one or many answers come as a stream. */
  request(path: string, request: Buffer, { metadata, deadline }: CallOptions): ClientReadableStream<Buffer> {
    const options = deadline === undefined ? {} : { deadline }
    return this.#open((client) => client.makeServerStreamRequest(path, asIs, asIs, request, metadata, options))
  }

  /** For a method of any kind: to gRPC, the four kinds differ only in how many messages are sent. */
  open(path: string, { metadata, deadline }: CallOptions): ClientDuplexStream<Buffer, Buffer> {
    const options = deadline === undefined ? {} : { deadline }
    return this.#open((client) => client.makeBidiStreamRequest(path, asIs, asIs, metadata, options))
  }

  close(): void {
    this.#connection.client.close()
  }

  #open<T extends Ending>(make: (client: Client) => T): T {
    if (this.#connection.made === CALLS_PER_CONNECTION) {
      this.#connection.retire()
      this.#connection = new Connection(this.#socketPath)
    }
    return this.#connection.keep(make)
  }
}

type Ending = { once(event: 'status', listener: () => void): unknown }

/** One connection and the calls on it. */
class Connection {
  readonly client: Client
  made = 0
  #underWay = 0
  #retired = false

  constructor(socketPath: string) {
    this.client = new Client(`unix:${socketPath}`, credentials.createInsecure(), OPTIONS)
  }

  keep<T extends Ending>(make: (client: Client) => T): T {
    this.made += 1
    this.#underWay += 1
    const call = make(this.client)
    call.once('status', () => {
      this.#underWay -= 1
      this.#closeWhenIdle()
    })
    return call
  }

  /** Closed once the last of its calls has ended: grpc-js refuses those that wait for a connection when it is closed. */
  retire(): void {
    this.#retired = true
    this.#closeWhenIdle()
  }

  #closeWhenIdle(): void {
    if (this.#retired && this.#underWay === 0) this.client.close()
  }
}
