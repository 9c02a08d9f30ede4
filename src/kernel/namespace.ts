import { fstatSync, statSync } from 'node:fs'
import { HOST_NAMESPACE, type NamespaceName } from '../plan/objects.ts'
import * as sys from './ffi.ts'
import { KernelError, must } from './kernel-error.ts'
import { isOurName } from './namespace-name.ts'

export const NAMESPACE_DIR = '/run/netns'
export const CLONE_NEWNET = 0x40000000
const O_RDONLY_CLOEXEC = 0o2000000
/** ioctl of nsfs that answers the CLONE_NEW* constant of a namespace (ioctl_ns(2)). */
const NS_GET_NSTYPE = 0xb703
const EINVAL = 22
const ENOENT = 2

export function namespacePath(name: NamespaceName): string {
  if (!isOurName(name)) throw new KernelError(EINVAL, 'namespace name', JSON.stringify(name))
  return `${NAMESPACE_DIR}/${name}`
}

/** The namespace that this thread started in: the host's. Held for the life of the thread. */
const home = must(sys.open('/proc/thread-self/ns/net', O_RDONLY_CLOEXEC, 0), 'open own namespace')
let current = home

/** Device number of the file system that all namespaces are files of: an inode number says nothing without it. */
export const namespaceFileSystem = fstatSync(home).dev

/** Inodes of the host's own namespace: this thread's first one, and that of the first process where we may look. */
const hostInodes = [fstatSync(home).ino, inodeOfInit()]

/** Whatever name the host's own namespace may have been given, it is no lab's, and the processes in it are everybody's. */
export function isHostNamespace(fd: number): boolean {
  return hostInodes.includes(fstatSync(fd).ino)
}

function inodeOfInit(): number {
  try {
    return statSync('/proc/1/ns/net').ino
  } catch {
    return 0
  }
}

/**
 * An fd on a named namespace, for the caller to close.
 * @throws KernelError ENOENT when there is none, also when the name is a plain file that was never mounted over
 */
export function openNamespace(name: NamespaceName): number {
  const fd = must(sys.open(namespacePath(name), O_RDONLY_CLOEXEC, 0), `open namespace ${name}`)
  if (sys.ioctl(fd, NS_GET_NSTYPE, 0) === CLONE_NEWNET) return fd
  sys.close(fd)
  throw new KernelError(ENOENT, `open namespace ${name}`, 'the name is not mounted')
}

/**
 * Carries out `work` with this thread inside a network namespace, given by name, by fd, or HOST_NAMESPACE, and comes back.
 * `work` must be synchronous: other code of this thread would run inside the namespace while it waits. Sockets opened in
 * it stay in the namespace. Windows can be nested. A thread that cannot come back ends the process: it would go on
 * building one lab inside another.
 */
export function enterNamespace<T>(namespace: NamespaceName | number, work: () => T): T {
  if (typeof namespace === 'number') return visit(namespace, work)
  if (namespace === HOST_NAMESPACE) return visit(home, work)
  const fd = openNamespace(namespace)
  try {
    return visit(fd, work)
  } finally {
    sys.close(fd)
  }
}

function visit<T>(fd: number, work: () => T): T {
  const before = current
  if (fd !== before) must(sys.setns(fd, CLONE_NEWNET), 'setns')
  current = fd
  try {
    const result = work()
    if (result instanceof Promise) throw new TypeError('work inside a namespace must be synchronous')
    return result
  } finally {
    comeBack(fd, before)
  }
}

function comeBack(from: number, to: number): void {
  if (from !== to && sys.setns(to, CLONE_NEWNET) < 0) process.abort()
  current = to
}

/** Makes a namespace without a name, carries out `work` in it and comes back; it is gone when nobody holds it any more. */
export function inFreshNamespace<T>(work: (fd: number) => T): T {
  const before = current
  must(sys.unshare(CLONE_NEWNET), 'unshare')
  const fd = sys.open('/proc/thread-self/ns/net', O_RDONLY_CLOEXEC, 0)
  current = fd
  try {
    return work(must(fd, 'open fresh namespace'))
  } finally {
    comeBack(-1, before)
    if (fd >= 0) sys.close(fd)
  }
}
