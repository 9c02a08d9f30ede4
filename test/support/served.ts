import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The built program as its user starts it, over an imitated kernel, with folders of its own. */
export class Served {
  readonly folder: string
  readonly child: ChildProcess
  stdout = ''
  stderr = ''

  constructor(argv: readonly string[], { folder, env = {} }: { folder?: string; env?: Record<string, string> } = {}) {
    if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: npm run build')
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'nl-serve-'))
    // The gateway gives root up and must still get through to the socket.
    if (folder === undefined) chmodSync(this.folder, 0o711)
    this.child = spawn(process.execPath, [MAIN, ...argv], {
      env: {
        PATH: process.env.PATH,
        NETNS_LAB_STATE_DIR: join(this.folder, 'state'),
        NETNS_LAB_RUN_DIR: join(this.folder, 'run'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += String(chunk)
    })
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk)
    })
  }

  static serve(options: { folder?: string; env?: Record<string, string> } = {}): Served {
    return new Served(['serve', '--fake-kernel', '--rest', '127.0.0.1:0', '--grpc', '127.0.0.1:0'], options)
  }

  /** Waits for the text that `serve` ends its greeting with. */
  async ready(): Promise<this> {
    while (!this.stdout.includes('DeleteLab')) {
      if (this.child.exitCode !== null) throw new Error(`it ended (${this.child.exitCode}):\n${this.stderr}`)
      await Promise.race([once(this.child.stdout ?? this.child, 'data'), once(this.child, 'exit')])
    }
    return this
  }

  get rest(): string {
    return /REST\s+(\S+)/.exec(this.stdout)?.[1] ?? ''
  }

  get token(): string {
    return readFileSync(join(this.folder, 'state', 'token'), 'utf8').trim()
  }

  /** Pid of the process of ours that runs `role`. */
  pidOf(role: 'engine' | 'gateway'): number {
    const found = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && this.#isOurs(pid, role))
    return Number(found ?? 0)
  }

  /** What the log of this process or its children says, in order. */
  logged(): { name: string; msg: string }[] {
    return this.stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  }

  async ended(): Promise<number | string | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close')
    return this.child.exitCode ?? this.child.signalCode
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    this.child.kill(signal)
    return this.ended()
  }

  async dispose(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  #isOurs(pid: string, role: string): boolean {
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return (
        argv.includes(role) &&
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === `${this.child.pid}`
      )
    } catch {
      return false
    }
  }
}
