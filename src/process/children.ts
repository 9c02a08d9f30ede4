import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Config, RESOLVED } from '../config.ts'
import { EXIT } from './exit.ts'
import type { Ready } from './stop-signal.ts'

export type Child = {
  /** Never resolves when the process ends first. */
  readonly ready: Promise<Ready>
  /** Exit code; 128 plus the number for one that a signal ended. Never rejects. */
  readonly exited: Promise<number>
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void
}

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
/** Of util-linux. Without it only the rights that set-user-id programs give stay open to the gateway's user. */
const SETPRIV = '/usr/bin/setpriv'
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
}

/** When this process is ended by force, so are its children. */
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/**
 * Starts one of our processes with an environment of its own making: settings, a plain PATH and nothing else, so that what
 * stands in the shell of whoever starts the server does not reach it.
 */
export function startChild(role: 'engine' | 'gateway', config: Config): Child {
  const argv = [process.execPath, MAIN, role]
  const [program = '', ...rest] =
    role === 'gateway' && existsSync(SETPRIV) ? [SETPRIV, '--no-new-privs', ...argv] : argv
  const child = spawn(program, rest, {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', [RESOLVED]: JSON.stringify(config) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Out of the terminal's reach: a Ctrl-C is for `serve`, which ends them in order. They notice when it is gone.
    detached: true,
  })
  alive.add(child)
  child.on('exit', () => alive.delete(child))
  return {
    ready: new Promise((resolve) => child.on('message', (message) => isReady(message) && resolve(message))),
    exited: exitOf(child),
    kill: (signal) => void child.kill(signal),
  }
}

/** Waits for the end of a child that was asked to stop; past `patienceMs` it is ended by force. */
export async function endChild(child: Child, patienceMs: number): Promise<number> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  const code = await child.exited
  clearTimeout(timer)
  return code
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(EXIT.fault))
    child.on('exit', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)))
  })
}

function isReady(message: unknown): message is Ready {
  return typeof message === 'object' && message !== null && 'ready' in message && message.ready === true
}
