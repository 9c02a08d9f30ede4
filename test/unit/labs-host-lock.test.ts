import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeHostLock } from '../../src/kernel/host-lock.ts'

let folder: string
let path: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nl-lock-'))
  path = join(folder, 'engine.lock')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('the second engine is told at once who holds the lock, and gets it when the first lets go', async () => {
  const first = await takeHostLock(path)
  if (!('lock' in first)) throw new Error('the first engine must get the lock')
  const before = performance.now()

  expect(await takeHostLock(path)).toEqual({ holderPid: process.pid })
  expect(performance.now() - before).toBeLessThan(1000)

  first.lock.release()
  const third = await takeHostLock(path)
  expect(third).toHaveProperty('lock')
  if ('lock' in third) third.lock.release()
})

test('a file that an engine left behind locks nothing', async () => {
  const holder = await lockHolder('exec sleep 60')
  expect(await takeHostLock(path)).toEqual({ holderPid: 0 })

  holder.kill('SIGKILL')
  await once(holder, 'exit')

  const next = await takeHostLock(path)
  expect(next).toHaveProperty('lock')
  if ('lock' in next) next.lock.release()
})

test('a lock that only a straggler of a killed engine still holds is waited for', async () => {
  // The pid in the file is that of a process that has ended; the descriptor lives on in its child for a moment.
  await lockHolder('(sleep 0.4) 9>&9 & exit 0', 'echo "$BASHPID 1" > "$0"')

  const answer = await takeHostLock(path)

  expect(answer).toHaveProperty('lock')
  if ('lock' in answer) answer.lock.release()
})

/** A process that takes the lock on descriptor 9, does `first`, says so, and does `then`. Resolves when it has said so. */
async function lockHolder(then: string, first = ':'): Promise<ChildProcess> {
  const script = `exec 9<>"$0"; flock -n 9 || exit 1; ${first}; echo locked; ${then}`
  const child = spawn('bash', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}
