import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { definitionOf } from './test-engine.ts'

const RESOLVED = 'NETNS_LAB_RESOLVED_CONFIG'

/**
 * The built engine (dist/main.js) as a process of its own that can be killed and started anew over the same records. Must run
 * inside scripts/in-private-run: its lock and its namespaces are the host's.
 */
export class EngineProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'netns-lab-chaos-'))
  #child: ChildProcess | undefined
  #client: Client | undefined
  #log = ''
  readonly #settings: object

  /** @param settings of the config file, besides the folders */
  constructor(settings: object = {}) {
    this.#settings = settings
  }

  /** @param failpoint as in src/labs/failpoint.ts */
  async start(failpoint?: string): Promise<void> {
    const runDir = join(this.folder, 'run')
    const config = {
      stateDir: join(this.folder, 'state'),
      runDir,
      logLevel: 'warn',
      ...this.#settings,
      ...(failpoint === undefined ? {} : { failpoint }),
    }
    const child = spawn(process.execPath, ['dist/main.js', 'engine'], {
      env: { PATH: process.env.PATH, [RESOLVED]: JSON.stringify(config) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child = child
    this.#log = ''
    child.stderr?.on('data', (chunk) => {
      this.#log += String(chunk)
    })
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('exit', (code, signal) => reject(new Error(`the engine ended (${code ?? signal}):\n${this.#log}`)))
    })
    child.removeAllListeners('exit')
    this.#client = new Client(`unix:${join(runDir, 'engine.sock')}`, credentials.createInsecure())
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Answers of `LabService/CreateLab` and the like; rejects with gRPC's error. */
  ask(method: string, request: object): Promise<Record<string, unknown>> {
    const definition = definitionOf(method)
    return new Promise((resolve, reject) => {
      this.#client?.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        (error: ServiceError | null, answer?: object) => (error ? reject(error) : resolve({ ...answer })),
      )
    })
  }

  /** Resolves with the signal or code by which the process ended. */
  ended(): Promise<NodeJS.Signals | number | null> {
    const child = this.#child
    if (child === undefined) return Promise.resolve(null)
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.signalCode ?? child.exitCode)
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#client?.close()
    const ended = this.ended()
    this.#child?.kill(signal)
    await ended
  }

  /** Ends the process if it lives and forgets its records. */
  async dispose(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
