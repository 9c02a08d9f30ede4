import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import * as sys from './ffi.ts'
import { NAMESPACE_DIR, namespaceFileSystem } from './namespace.ts'

const SIGKILL = 9
/** Processes looked at before others of this thread have a turn: about 2 ms. */
const AT_A_STRETCH = 200

/**
 * Who keeps a namespace alive; `inode` is the number in `net:[…]`. `inside` is a process that lives there; one that only has a
 * file open or a single thread there may be anybody's, passing by.
 */
export type Holder = { readonly inode: number; readonly pid: number; readonly inside: boolean; readonly words: string }

/**
 * Processes inside one of the namespaces, or with a thread or an open file there. A socket that was opened in a namespace by a process
 * which has left it since holds it too, and nothing tells whose it is.
 */
export async function findHolders(inodes: ReadonlySet<number>): Promise<readonly Holder[]> {
  const found: Holder[] = []
  let looked = 0
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    found.push(...holdsBy(pid, inodes))
    looked += 1
    if (looked % AT_A_STRETCH === 0) await nextTurn()
  }
  return found
}

function holdsBy(pid: number, inodes: ReadonlySet<number>): readonly Holder[] {
  const main = inodeAt(`/proc/${pid}/ns/net`)
  if (inodes.has(main) && pid !== process.pid) return [{ inode: main, pid, inside: true, words: `process ${pid} (${nameOf(pid)}) in it` }]
  const held = new Map<number, string>()
  for (const fd of list(`/proc/${pid}/fd`)) held.set(inodeAt(`/proc/${pid}/fd/${fd}`), 'an open file')
  for (const thread of list(`/proc/${pid}/task`)) held.set(inodeAt(`/proc/${pid}/task/${thread}/ns/net`), 'a thread')
  return [...held]
    .filter(([inode]) => inodes.has(inode))
    .map(([inode, what]) => ({ inode, pid, inside: false, words: `${what} of process ${pid} (${nameOf(pid)})` }))
}

/**
 * Kills a process if it still has a thread inside one of the namespaces. By a pidfd: between looking and killing, the number
 * could have passed to somebody else.
 */
export function killInside(pid: number, inodes: ReadonlySet<number>): void {
  if (pid === 1 || pid === process.pid) return
  const pidfd = sys.pidfdOpen(pid)
  if (pidfd < 0) return
  if (holdsBy(pid, inodes).some((holder) => holder.inside)) sys.pidfdSendSignal(pidfd, SIGKILL)
  sys.close(pidfd)
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
