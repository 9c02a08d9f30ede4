import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { promisify } from 'node:util'

export const run = promisify(execFile)

const BINARY = 'bench/bin/floor'

export function buildFloor() {
  mkdirSync('bench/bin', { recursive: true })
  execFileSync('cc', ['-O2', '-o', BINARY, 'bench/floor.c'])
}

/**
 * One command of the floor program, e.g. `floor('create', 100)`; its line of JSON. Never waits synchronously: a kept-alive
 * connection that the server closes meanwhile must be noticed.
 */
export async function floor(command, hosts, options = {}) {
  const settings = Object.entries(options).map(([key, value]) => `${key}=${value}`)
  const { stdout } = await run(BINARY, [command, String(hosts), ...settings])
  return JSON.parse(stdout)
}
