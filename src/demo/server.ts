import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Mismatch } from './story.ts'

export type Server = {
  readonly rest: string
  readonly grpc: string
  readonly token: string
  /** Stops it in order and answers its exit code. */
  readonly stop: () => Promise<number>
}

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const PATIENCE_MS = 30_000

/**
 * Starts `netns-lab serve` on free ports and reads from what it prints where they are, as a person would. It is ended with
 * this process, and leaves Ctrl-C to it.
 */
export async function startServer(): Promise<Server> {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      PATH: process.env.PATH,
      NETNS_LAB_REST_LISTEN: '127.0.0.1:0',
      NETNS_LAB_GRPC_LISTEN: '127.0.0.1:0',
      NETNS_LAB_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // A Ctrl-C is for the demo, also while the server is only just starting; it ends when this process is gone.
    detached: true,
  })
  const stop = async () => {
    child.kill('SIGTERM')
    return exitOf(child)
  }
  const found = new Map<string, string>()
  if (child.stdout === null) throw new Error('the server was started without a pipe')
  const lines = createInterface({ input: child.stdout })
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  for await (const line of lines) {
    const [, word = '', value = ''] = /^\s+(REST|gRPC|token)\s+(\S+)/.exec(line) ?? []
    if (word !== '') found.set(word, value)
    if (found.size === 3) break
  }
  clearTimeout(timer)
  child.stdout.resume()
  const [rest, grpc, tokenFile] = ['REST', 'gRPC', 'token'].map((word) => found.get(word))
  if (rest === undefined || grpc === undefined || tokenFile === undefined) {
    throw new Mismatch(`the server did not get ready (exit code ${await exitOf(child)})`)
  }
  return { rest, grpc, token: readFileSync(tokenFile, 'utf8').trim(), stop }
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? 128
}
