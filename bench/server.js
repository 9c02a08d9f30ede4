import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Starts the built product as an operator would, on free ports, and waits until it says it is ready. */
export async function startServer() {
  const stateDir = mkdtempSync(join(tmpdir(), 'netns-lab-bench-'))
  const [rest, grpc] = [await freePort(), await freePort()]
  const token = randomBytes(32).toString('base64url')
  const child = spawn(process.execPath, ['dist/main.js', 'serve'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NETNS_LAB_STATE_DIR: stateDir,
      NETNS_LAB_TOKEN: token,
      NETNS_LAB_LOG_LEVEL: 'warn',
      NETNS_LAB_REST_LISTEN: `127.0.0.1:${rest}`,
      NETNS_LAB_GRPC_LISTEN: `127.0.0.1:${grpc}`,
    },
  })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-20_000)
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await ready(rest, child, () => log)
  return {
    port: rest,
    token,
    pids: () => [child.pid, ...childrenOf(child.pid)],
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

async function ready(port, child, log) {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${log()}`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the server is not ready after 30 s:\n${log()}`)
}

function childrenOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}
