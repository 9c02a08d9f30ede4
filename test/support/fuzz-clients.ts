import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { fromBinary } from '@bufbuild/protobuf'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { fromGrpcStatus } from '../../src/contract/error-details.ts'
import type { FailureReport } from '../../src/contract/failure-report.ts'
import type { ContractMethod } from '../../src/contract/methods.ts'
import { messageType } from '../../src/contract/methods.ts'
import type { Server } from './server-process.ts'
import { TOKEN } from './start-gateway.ts'
import { validateResponse } from './validate-response.ts'

export type HttpCall = {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | undefined
}
export type HttpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** `reason` is OK where nothing failed. */
export type GrpcAnswer = Pick<FailureReport, 'reason' | 'violations'>

/** Said of a state of the server, not of a fault; everything else from 500 up is one. */
const HTTP_NO_FAULT: readonly number[] = [501, 503, 504]
const GRPC_FAULTS: readonly number[] = [status.UNKNOWN, status.INTERNAL, status.DATA_LOSS]

/** Both doors of one server, with connections that are kept. Each answer is judged: its form, and that it is no fault of the server. */
export class FuzzClients {
  /** How many requests were answered so far. */
  answered = 0
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 })
  readonly #grpc: Client[] = []
  #calls = 0

  constructor(server: Server) {
    this.#server = server
  }

  /** @throws Error for an answer that openapi.yaml does not promise */
  async rest(call: HttpCall): Promise<HttpAnswer> {
    const answer = await this.#send(call)
    this.answered += 1
    const shown = `${call.method} ${call.path} answered ${answer.status}: ${answer.text.slice(0, 300)}`
    if (answer.status >= 500 && !HTTP_NO_FAULT.includes(answer.status)) throw new Error(shown)
    if (call.method !== 'OPTIONS' && ![301, 302, 308].includes(answer.status)) {
      // What a verb that nobody promised is told is a problem, which stands at no operation.
      const path = answer.status === 405 || answer.status === 404 ? '/refused' : call.path
      validateResponse({ method: call.method, ...answer, path })
    }
    return answer
  }

  #send({ method, path, headers, body }: HttpCall): Promise<HttpAnswer> {
    const [host, port] = this.#server.gateway.restAddress.split(':')
    // Node's client says nothing of the length of a body that it does not expect, and the body would be the next request.
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const all = { authorization: `Bearer ${TOKEN}`, ...headers, ...length }
    return new Promise((resolve, reject) => {
      const sending = request({ host, port, method, path, headers: all, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers as HttpAnswer['headers'], text })
        })
      })
      sending.on('error', reject)
      sending.end(body)
    })
  }

  /** HTTP/2 servers end a connection on which thousands of calls were given up, so none is used for so many. */
  #client(): Client {
    const newest = this.#grpc.at(-1)
    this.#calls += 1
    if (newest !== undefined && this.#calls % 500 !== 0) return newest
    const options = { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1 }
    const client = new Client(this.#server.gateway.grpcAddress, credentials.createInsecure(), options)
    this.#grpc.push(client)
    // Whatever was asked over the last but one has been answered long since.
    if (this.#grpc.length > 2) this.#grpc.shift()?.close()
    return client
  }

  /** Messages are decoded and the details of a failure read. @throws Error for a code that means a fault of the server */
  async grpc(method: ContractMethod, message: Buffer, deadlineMs = 10_000): Promise<GrpcAnswer> {
    const metadata = new Metadata()
    metadata.set('authorization', `Bearer ${TOKEN}`)
    const asIs = (bytes: Buffer) => bytes
    const options = { deadline: Date.now() + deadlineMs }
    const call = this.#client().makeServerStreamRequest(method.path, asIs, asIs, message, metadata, options)
    try {
      for await (const bytes of call) fromBinary(messageType(method.responseName), bytes)
      return { reason: 'OK', violations: [] }
    } catch (error) {
      // Whatever a call of grpc-js throws is one.
      const failed = error as ServiceError
      const { reason, violations } = fromGrpcStatus(failed, '')
      const shown = `${method.path} answered ${failed.code}: ${failed.details}`
      if (GRPC_FAULTS.includes(failed.code)) throw new Error(shown, { cause: error })
      return { reason, violations }
    } finally {
      this.answered += 1
    }
  }

  /** Bytes of any kind into a door, and away. Resolves when the door has closed, or has heard them and was left. */
  bytes(door: 'rest' | 'grpc', bytes: Uint8Array): Promise<void> {
    const { restAddress, grpcAddress } = this.#server.gateway
    const [host, port] = (door === 'rest' ? restAddress : grpcAddress).split(':')
    this.answered += 1
    return new Promise((resolve) => {
      const socket = connect({ host: host ?? '', port: Number(port) })
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
      socket.end(bytes)
    })
  }

  close(): void {
    for (const client of this.#grpc) client.close()
    this.#agent.destroy()
  }
}
