import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { type Child, endChild, startChild } from './children.ts'
import { EXIT } from './exit.ts'
import type { Ready } from './stop-signal.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 10_000
/** A gateway that lived this long did not die of how it was started. */
const STEADY_MS = 60_000

/** Keeps one gateway running. The first that never gets ready is a failure; later ones are tried again, ever more slowly. */
export class GatewayKeeper {
  /** Where the first that got ready listens. */
  readonly ready: Promise<Ready>
  /** Exit code of a first one that never got ready. */
  readonly failed: Promise<number>
  readonly #log: Logger
  #settings: Config
  #child: Child | undefined
  #closing = false
  #wake = () => {}

  constructor(settings: Config, log: Logger) {
    this.#settings = settings
    this.#log = log
    let onReady: (ready: Ready) => void = () => {}
    this.ready = new Promise((resolve) => {
      onReady = resolve
    })
    this.failed = this.#keep(onReady)
  }

  async close(patienceMs: number): Promise<void> {
    this.#closing = true
    this.#wake()
    if (this.#child !== undefined) await endChild(this.#child, patienceMs)
  }

  async #keep(onReady: (ready: Ready) => void): Promise<number> {
    let backoffMs = FIRST_BACKOFF_MS
    let everReady = false
    while (true) {
      const startedMs = performance.now()
      const child = startChild('gateway', this.#settings)
      this.#child = child
      const ready = await Promise.race([child.ready, child.exited])
      if (typeof ready !== 'number') {
        this.#keepPorts(ready)
        onReady(ready)
        everReady = true
      }
      const code = await child.exited
      this.#child = undefined
      if (this.#closing) return new Promise(() => {})
      if (!everReady) return code === EXIT.stopped ? EXIT.fault : code
      if (performance.now() - startedMs > STEADY_MS) backoffMs = FIRST_BACKOFF_MS
      this.#log.error({ code, backoffMs }, 'the gateway ended; it is started anew')
      await this.#pause(backoffMs)
      if (this.#closing) return new Promise(() => {})
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)
    }
  }

  /** Where the system chose the ports, the next gateway takes the same ones: clients know them by now. */
  #keepPorts({ rest, grpc }: Ready): void {
    const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1))
    const settings = this.#settings
    this.#settings = {
      ...settings,
      ...(rest === undefined ? {} : { rest: { ...settings.rest, port: portOf(rest) } }),
      ...(grpc === undefined ? {} : { grpc: { ...settings.grpc, port: portOf(grpc) } }),
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
