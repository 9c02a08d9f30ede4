import * as grpcJs from '@grpc/grpc-js'
import { credentials, Metadata } from '@grpc/grpc-js'
import { packageDefinition } from '../contract/package-definition.ts'
import type { Json } from './rest.ts'

/** The gRPC door as a client sees it: methods by name, messages as plain objects. */
export class Grpc {
  readonly #client: InstanceType<grpcJs.ServiceClientConstructor>
  readonly #metadata = new Metadata()

  constructor(address: string, token: string) {
    const definition = packageDefinition['netnslab.v1.LabService']
    if (definition === undefined || 'format' in definition) throw new Error('the contract has no LabService')
    const Client = grpcJs.makeGenericClientConstructor(definition, 'LabService')
    this.#client = new Client(address, credentials.createInsecure())
    this.#metadata.set('authorization', `Bearer ${token}`)
  }

  call(method: string, request: object): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.#method(method)(request, this.#metadata, (error: Error | null, answer: Json) => {
        if (error) reject(error)
        else resolve(answer)
      })
    })
  }

  stream(method: string, request: object): Promise<readonly Json[]> {
    return new Promise((resolve, reject) => {
      const messages: Json[] = []
      const stream = this.#method(method)(request, this.#metadata) as grpcJs.ClientReadableStream<Json>
      stream.on('data', (message: Json) => messages.push(message))
      stream.on('error', reject)
      stream.on('end', () => resolve(messages))
    })
  }

  close(): void {
    this.#client.close()
  }

  #method(name: string): (...args: unknown[]) => unknown {
    const method: unknown = this.#client[name]
    if (typeof method !== 'function') throw new Error(`the contract has no method ${name}`)
    return (...args) => method.apply(this.#client, args) as unknown
  }
}
