import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The gateway's own counters, in the Prometheus text format; the engine has its own. */
export class GatewayMetrics {
  readonly #registry = new Registry()
  readonly #calls = new Histogram({
    name: 'netnslab_gateway_call_seconds',
    help: 'How long calls took at the doors, by door, route or method, and status',
    labelNames: ['door', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.#registry],
  })
  readonly #refusedTokens = new Counter({
    name: 'netnslab_gateway_refused_tokens_total',
    help: 'Calls refused because their token was missing or wrong',
    registers: [this.#registry],
  })
  readonly #engineUp = new Gauge({
    name: 'netnslab_gateway_engine_up',
    help: '1 when the engine answered this scrape',
    registers: [this.#registry],
  })

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: 'netnslab_gateway_' })
  }

  /** @param route the template or method, never what a caller wrote: a label for each wrong path would fill the memory */
  countCall(door: 'rest' | 'grpc', route: string, status: string, ms: number): void {
    this.#calls.observe({ door, route, status }, ms / 1000)
  }

  countRefusedToken(): void {
    this.#refusedTokens.inc()
  }

  /** @param engineText the engine's metrics, undefined when it did not answer */
  async render(engineText: string | undefined): Promise<string> {
    this.#engineUp.set(engineText === undefined ? 0 : 1)
    return `${await this.#registry.metrics()}\n${engineText ?? ''}`
  }
}
