import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOKEN } from './start-gateway.ts'

/** `dist/main.js serve` on free ports, as an operator starts it, with folders of its own. */
export type Server = {
  /** As test/support/ask-rest.ts and parity-doors.ts take it. */
  readonly gateway: { readonly restAddress: string; readonly grpcAddress: string }
  /** serve, engine and gateway, as long as none of them ended. */
  readonly pids: () => readonly number[]
  /** All that it printed for people. */
  readonly printed: string
  /** The log so far: what both processes wrote. */
  readonly log: () => string
  /** Ends it in order; gives the exit code. */
  readonly stop: () => Promise<number | null>
}

/**
 * A server without `fakeKernel` must run inside scripts/in-private-run: its names are the host's.
 * @param settings as in the config file
 */
export async function startServer(settings: Record<string, unknown> = {}): Promise<Server> {
  // In memory where that can be had: thousands of labs need not wait for a disk.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'netns-lab-server-'))
  // The gateway gives up root and must still find the engine's socket.
  chmodSync(folder, 0o755)
  const config = {
    stateDir: join(folder, 'state'),
    runDir: join(folder, 'run'),
    rest: { host: '127.0.0.1', port: 0 },
    grpc: { host: '127.0.0.1', port: 0 },
    logLevel: 'warn',
    ...settings,
  }
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config))
  const child = spawn(process.execPath, ['dist/main.js', 'serve'], {
    env: { PATH: process.env.PATH, NETNS_LAB_CONFIG: join(folder, 'config.yaml'), NETNS_LAB_TOKEN: TOKEN },
    // Over the last one it hears that this process is gone, and ends.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  child.stderr?.on('data', (chunk) => {
    log += String(chunk)
  })
  const printed = await untilReady(child, () => log)
  const doorOf = (word: string) => new RegExp(`^\\s+${word}\\s+(?:http://)?(\\S+)`, 'm').exec(printed)?.[1] ?? ''
  return {
    gateway: { restAddress: doorOf('REST'), grpcAddress: doorOf('gRPC') },
    pids: () => [child.pid ?? 0, ...childrenOf(child.pid ?? 0)],
    printed,
    log: () => log,
    async stop() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
      return child.exitCode
    },
  }
}

/** Collects what `serve` prints; the examples for gRPC are the last of it. */
function untilReady(child: ChildProcess, log: () => string): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${log()}`)))
    child.stdout?.on('data', (chunk) => {
      text += String(chunk)
      if (/The same over gRPC:\n\n(?: .*\n)+/.test(text)) resolve(text)
    })
  })
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}
