import { EventEmitter, once } from 'node:events'
import type { HealthDefinition } from '../contract/gen/grpc/health/v1/Health.ts'
import { LabError } from '../errors.ts'
import { type MethodsOf, MINUTE } from './method.ts'

type ServingStatus = 'SERVING' | 'NOT_SERVING'

/** Whether the engine serves, told over grpc.health.v1: for the server as a whole ('') and each of its services alike. */
export class Health {
  readonly #services: readonly string[]
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #status: ServingStatus

  constructor(services: readonly string[], serving: boolean) {
    this.#services = ['', ...services]
    this.#status = serving ? 'SERVING' : 'NOT_SERVING'
  }

  setServing(serving: boolean): void {
    this.#status = serving ? 'SERVING' : 'NOT_SERVING'
    this.#changes.emit('change')
  }

  statusOf(service: string): ServingStatus | undefined {
    return this.#services.includes(service) ? this.#status : undefined
  }

  statuses(): Record<string, { status: ServingStatus }> {
    return Object.fromEntries(this.#services.map((service) => [service, { status: this.#status }]))
  }

  /** @throws AbortError when `signal` is aborted */
  async nextChange(signal: AbortSignal): Promise<void> {
    await once(this.#changes, 'change', { signal })
  }
}

export function healthMethods(health: Health): MethodsOf<HealthDefinition> {
  return {
    Check: {
      kind: 'unary',
      maxMs: MINUTE,
      whenStopping: 'answer',
      async handle({ service }) {
        const status = health.statusOf(service)
        if (status !== undefined) return { status }
        throw new LabError({ kind: 'route-not-found', method: 'Check', path: service })
      },
    },
    List: {
      kind: 'unary',
      maxMs: MINUTE,
      whenStopping: 'answer',
      async handle() {
        return { statuses: health.statuses() }
      },
    },
    Watch: {
      kind: 'server-stream',
      maxMs: Number.POSITIVE_INFINITY,
      whenStopping: 'end',
      async handle({ service }, { signal }, send) {
        let told: string | undefined
        for (;;) {
          // The protocol keeps a watch on an unknown service open: it may come to be known.
          const status = health.statusOf(service) ?? 'SERVICE_UNKNOWN'
          if (status === told) {
            await health.nextChange(signal)
            continue
          }
          told = status
          await send({ status })
        }
      },
    },
  }
}
