import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Counters of the engine's doors, kept in the registry that main hands in beside those of other rooms. */
export class RpcMetrics {
  readonly #registry: Registry
  readonly #calls: Counter<'method' | 'code'>
  readonly #seconds: Histogram<'method'>
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  constructor(registry: Registry) {
    this.#registry = registry
    this.#calls = new Counter({
      name: 'netnslab_rpc_calls_total',
      help: 'Calls ended, by method and gRPC code',
      labelNames: ['method', 'code'],
      registers: [registry],
    })
    this.#seconds = new Histogram({
      name: 'netnslab_rpc_seconds',
      help: 'Time from request to answer, by method',
      labelNames: ['method'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers: [registry],
    })
    const delay = this.#delay
    new Gauge({
      name: 'netnslab_event_loop_delay_seconds',
      help: 'How late the event loop was since the reading before: 99th percentile and longest',
      labelNames: ['quantile'],
      registers: [registry],
      collect() {
        this.set({ quantile: '0.99' }, secondsLate(delay.percentile(99)))
        this.set({ quantile: '1' }, secondsLate(delay.max))
        delay.reset()
      },
    })
    delay.enable()
  }

  /** @param path `/netnslab.v1.LabService/CreateLab`: only methods of the contract come here, so the labels are few */
  record(path: string, code: string, ms: number): void {
    this.#calls.inc({ method: path.slice(1), code })
    this.#seconds.observe({ method: path.slice(1) }, ms / 1000)
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  close(): void {
    this.#delay.disable()
  }
}

const RESOLUTION_MS = 20

/** Node's histogram holds the time between two ticks of its timer, in nanoseconds; NaN or 0 before the first. */
function secondsLate(betweenTicksNs: number): number {
  return Number.isFinite(betweenTicksNs) ? Math.max(0, betweenTicksNs / 1e9 - RESOLUTION_MS / 1e3) : 0
}
