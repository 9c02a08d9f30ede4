import { Client, type ClientDuplexStream, type ClientReadableStream, credentials, type Metadata } from '@grpc/grpc-js'

const OPTIONS = {
  // The engine is our own other half and checks its answers' size; a 1,000-host inspection has several MiB.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.default_authority': 'localhost',
  // An engine that was started anew is found again within a second.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
}

export type CallOptions = { readonly metadata: Metadata; readonly deadline?: Date | number }

const asIs = (message: Buffer): Buffer => message

/** Calls the engine over its unix socket. Messages are bytes: what is in them is known to the callers alone. */
export class EngineClient {
  readonly #client: Client

  /** Connects at the first call, so the engine may start later. */
  constructor(socketPath: string) {
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), OPTIONS)
  }

  /** For a method with one request; its one or many answers come as a stream. */
  request(path: string, request: Buffer, { metadata, deadline }: CallOptions): ClientReadableStream<Buffer> {
    const options = deadline === undefined ? {} : { deadline }
    return this.#client.makeServerStreamRequest(path, asIs, asIs, request, metadata, options)
  }

  /** For a method of any kind: to gRPC, the four kinds differ only in how many messages are sent. */
  open(path: string, { metadata, deadline }: CallOptions): ClientDuplexStream<Buffer, Buffer> {
    const options = deadline === undefined ? {} : { deadline }
    return this.#client.makeBidiStreamRequest(path, asIs, asIs, metadata, options)
  }

  close(): void {
    this.#client.close()
  }
}
