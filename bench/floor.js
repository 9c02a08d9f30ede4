import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'

const BINARY = 'bench/bin/floor'

export function buildFloor() {
  mkdirSync('bench/bin', { recursive: true })
  execFileSync('cc', ['-O2', '-o', BINARY, 'bench/floor.c'])
}

/** One command of the floor program, e.g. `floor('create', 100)`; its line of JSON. */
export function floor(command, hosts, options = {}) {
  const settings = Object.entries(options).map(([key, value]) => `${key}=${value}`)
  return JSON.parse(execFileSync(BINARY, [command, String(hosts), ...settings], { encoding: 'utf8' }))
}

/** The same without waiting, so that two can run at once. */
export function floorAside(command, hosts, options = {}) {
  const settings = Object.entries(options).map(([key, value]) => `${key}=${value}`)
  const child = spawn(BINARY, [command, String(hosts), ...settings], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`floor ended with ${code}`)),
    )
  })
}
