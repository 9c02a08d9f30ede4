import type { NamespaceObject } from '../plan/objects.ts'
import * as sys from './ffi.ts'
import { must } from './kernel-error.ts'
import { inFreshNamespace, namespacePath, openNamespace } from './namespace.ts'

const O_CREAT_EXCL_CLOEXEC = 0o2000300
const O_WRONLY_CLOEXEC = 0o2000001
const MS_BIND = 0x1000
const MNT_DETACH = 2
const CLONE_VM = 0x100
const CLONE_FILES = 0x400
const CLONE_NEWUSER = 0x10000000
const CLONE_NEWNET = 0x40000000
const WALL = 0x40000000
const SIGKILL = 9
const EINTR = 4
const STACK_BYTES = 16 * 1024
const UIDS = 65_536

/**
 * Seconds after which a sleeper ends by itself. It is needed for a millisecond; but should this process be killed just then,
 * the sleeper goes on alone, with all our files open, and must not for long.
 */
const SLEEPER_SECONDS = 3

/** Sleepers that may still be dying while the next one is made: their end costs other processors' time, not ours. */
const SLOTS = 16
type Slot = { readonly stackTop: bigint; pid: number }
const slots: Slot[] = []
let next = 0

/**
 * Makes a network namespace under its name. An existing name is a refusal (EEXIST) and is left alone; at any other refusal
 * the name is gone again. Answers an fd of it, for the caller to close.
 */
export function makeNamespace(object: NamespaceObject): number {
  const path = namespacePath(object.name)
  sys.close(must(sys.open(path, O_CREAT_EXCL_CLOEXEC, 0), `create ${path}`))
  try {
    if (object.userNamespace === undefined) makePlain(path)
    else makeWithUsers(path, object.userNamespace.firstUid)
    return openNamespace(object.name)
  } catch (error) {
    sys.umount2(path, MNT_DETACH)
    sys.unlink(path)
    throw error
  }
}

function makePlain(path: string): void {
  inFreshNamespace(() => bindNamespace('/proc/thread-self/ns/net', path))
}

function bindNamespace(from: string, path: string): void {
  must(sys.mount(from, path, null, MS_BIND, null), `bind ${path}`)
}

/**
 * A process is the only way to a new user namespace, and a thread of ours cannot change its own: so libc's `sleep` runs in a
 * child that shares our memory and files (no copies) until the namespaces are named. The user namespace needs no name: the
 * network namespace holds it, and ioctl NS_GET_USERNS finds it.
 */
function makeWithUsers(path: string, firstUid: number): void {
  withSleeper(firstUid, (pid) => bindNamespace(`/proc/${pid}/ns/net`, path))
}

function withSleeper(firstUid: number, work: (pid: number) => void): void {
  const slot = freeSlot()
  const flags = CLONE_VM | CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNET
  const pid = must(sys.cloneSleeper(slot.stackTop, flags, SLEEPER_SECONDS), 'clone')
  slot.pid = pid
  try {
    const map = Buffer.from(`0 ${firstUid} ${UIDS}`)
    writeProc(`/proc/${pid}/uid_map`, map)
    writeProc(`/proc/${pid}/gid_map`, map)
    work(pid)
  } finally {
    sys.kill(pid, SIGKILL)
  }
}

/** Tries whether user namespaces can be made and mapped here, and leaves nothing. @throws KernelError why not */
export function tryUserNamespace(firstUid: number): void {
  withSleeper(firstUid, () => undefined)
}

function writeProc(path: string, bytes: Buffer): void {
  const fd = must(sys.open(path, O_WRONLY_CLOEXEC, 0), `open ${path}`)
  const written = sys.write(fd, bytes, bytes.length)
  sys.close(fd)
  must(written, `write ${path}`)
}

/** The slots are used in turn, so the sleeper that is waited for is the one killed longest ago. */
function freeSlot(): Slot {
  next = (next + 1) % SLOTS
  const slot = slots[next] ?? { stackTop: sys.mapMemory(STACK_BYTES) + BigInt(STACK_BYTES), pid: 0 }
  slots[next] = slot
  reap(slot)
  return slot
}

function reap(slot: Slot): void {
  if (slot.pid === 0) return
  while (sys.waitpid(slot.pid, null, WALL) === -EINTR);
  slot.pid = 0
}

/** Waits for the sleepers that were killed, so that none is seen as a zombie. */
export function reapSleepers(): void {
  slots.forEach(reap)
}
