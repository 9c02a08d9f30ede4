import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import * as sys from './ffi.ts'
import { must } from './kernel-error.ts'

const O_RDWR_CREAT_CLOEXEC = 0o2000102
const LOCK_EX_NB = 2 | 4
const EAGAIN = 11

/**
 * Longer than a child that was just being cloned can outlive an engine that was killed (make-namespace.ts): until then it
 * holds a copy of the lock's descriptor.
 */
const DEAD_HOLDER_MS = 4_000
const LOOK_EVERY_MS = 25

export type HostLock = { readonly release: () => void }
export type LockAnswer = { readonly lock: HostLock } | { readonly holderPid: number }

/**
 * One engine per host: the lock belongs to the open file, so it ends with the process, however that ends, and a file that
 * is left behind locks nothing. A lock whose taker is dead is waited for.
 *
 * @param path a file in a folder that only root may write to
 * @returns who holds it (0: unknown) when it is taken
 * @throws KernelError when the file cannot be opened
 */
export async function takeHostLock(path: string): Promise<LockAnswer> {
  const fd = must(sys.open(path, O_RDWR_CREAT_CLOEXEC, 0o600), `open ${path}`)
  const patienceEndsAt = performance.now() + DEAD_HOLDER_MS
  while (true) {
    const result = sys.flock(fd, LOCK_EX_NB)
    if (result === 0) {
      writeFileSync(path, `${process.pid} ${startOf(process.pid)}\n`)
      return { lock: { release: () => void sys.close(fd) } }
    }
    if (result !== -EAGAIN) must(result, `lock ${path}`)
    const holder = holderOf(path)
    if (holder.alive || performance.now() > patienceEndsAt) {
      sys.close(fd)
      return { holderPid: holder.pid }
    }
    await wait(LOOK_EVERY_MS)
  }
}

/** A pid alone could be another process by now; with its start time it cannot. Unknown counts as alive. */
function holderOf(path: string): { readonly pid: number; readonly alive: boolean } {
  const [pid = '', start = ''] = readFileSync(path, 'utf8').trim().split(' ')
  if (!/^\d+$/.test(pid) || start === '') return { pid: 0, alive: true }
  return { pid: Number(pid), alive: startOf(Number(pid)) === start }
}

/** Field 22 of /proc/<pid>/stat, clock ticks after boot; '' when there is no such process (proc_pid_stat(5)). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the name in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended and only waits to be reaped.
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch {
    return ''
  }
}
