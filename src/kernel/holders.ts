import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import * as sys from './ffi.ts'
import { NAMESPACE_DIR, namespaceFileSystem } from './namespace.ts'

const SIGKILL = 9
/** Processes looked at before others of this thread have a turn: about 2 ms. */
const AT_A_STRETCH = 200

/** Who keeps a namespace alive; `inode` is the number in `net:[…]`. */
export type Holder = { readonly inode: number; readonly words: string }

/**
 * Processes inside one of the namespaces, or with a thread or an open file there, who may be anybody, passing by. A socket that was opened in a namespace by a process
 * which has left it since holds it too, and nothing tells whose it is.
 */
export async function findHolders(inodes: ReadonlySet<number>): Promise<readonly Holder[]> {
  const found: Holder[] = []
  for (const [place, pid] of processes().entries()) {
    found.push(...holdsBy(pid, inodes))
    if (place % AT_A_STRETCH === AT_A_STRETCH - 1) await nextTurn()
  }
  return found
}

function holdsBy(pid: number, inodes: ReadonlySet<number>): readonly Holder[] {
  if (livesIn(pid, inodes)) {
    return [{ inode: inodeAt(`/proc/${pid}/ns/net`), words: `process ${pid} (${nameOf(pid)}) in it` }]
  }
  const held = new Map<number, string>()
  for (const fd of list(`/proc/${pid}/fd`)) held.set(inodeAt(`/proc/${pid}/fd/${fd}`), 'an open file')
  for (const thread of list(`/proc/${pid}/task`)) held.set(inodeAt(`/proc/${pid}/task/${thread}/ns/net`), 'a thread')
  return [...held]
    .filter(([inode]) => inodes.has(inode))
    .map(([inode, what]) => ({ inode, words: `${what} of process ${pid} (${nameOf(pid)})` }))
}

/** Ends every process that lives in one of the namespaces. Looks at 100 processes in a millisecond. */
export async function killInside(inodes: ReadonlySet<number>): Promise<void> {
  if (inodes.size === 0) return
  for (const [place, pid] of processes().entries()) {
    if (livesIn(pid, inodes)) kill(pid, inodes)
    if (place % AT_A_STRETCH === AT_A_STRETCH - 1) await nextTurn()
  }
}

function livesIn(pid: number, inodes: ReadonlySet<number>): boolean {
  return inodes.has(inodeAt(`/proc/${pid}/ns/net`)) && pid !== process.pid && pid !== 1
}

/** By a pidfd: between looking and killing, the number could have passed to somebody else. */
function kill(pid: number, inodes: ReadonlySet<number>): void {
  const pidfd = sys.pidfdOpen(pid)
  if (pidfd < 0) return
  if (livesIn(pid, inodes)) sys.pidfdSendSignal(pidfd, SIGKILL)
  sys.close(pidfd)
}

function processes(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

/**
 * Inode of the namespace behind a link of /proc; 0 when it is something else. Reading the link is harmless whatever it leads
 * to; a stat of any file could hang on a network file system. A namespace that was opened by its name shows that, or `/` once
 * the name is gone.
 */
function inodeAt(path: string): number {
  try {
    const target = readlinkSync(path)
    const known = /^net:\[(\d+)\]$/.exec(target)?.[1]
    if (known !== undefined) return Number(known)
    if (target !== '/' && !target.startsWith(`${NAMESPACE_DIR}/`)) return 0
    const { dev, ino } = statSync(path)
    return dev === namespaceFileSystem ? ino : 0
  } catch {
    return 0 // gone meanwhile, or not ours to look at
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return '?'
  }
}
