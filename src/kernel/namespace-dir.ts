import { readdirSync } from 'node:fs'
import * as sys from './ffi.ts'
import { KernelError, must } from './kernel-error.ts'
import { NAMESPACE_DIR } from './namespace.ts'
import { isOurName } from './namespace-name.ts'

const O_CLOEXEC = 0o2000000
const LOCK_EX = 2
const MS_BIND = 0x1000
const MS_REC = 0x4000
const MS_SHARED = 0x100000
const EEXIST = 17
const EINVAL = 22
const NSFS_MAGIC = 0x6e736673
const TMPFS_MAGIC = 0x01021994
const STATFS_BYTES = 120

/**
 * Makes /run/netns what `ip netns` expects: a mount of its own, shared, so that names made here are seen everywhere.
 * Under the lock that iproute2 takes too: two first users at once would otherwise mount it twice over each other.
 */
export function prepareNamespaceDir(): void {
  const made = sys.mkdir(NAMESPACE_DIR, 0o755)
  if (made !== -EEXIST) must(made, `mkdir ${NAMESPACE_DIR}`)
  const lock = must(sys.open(NAMESPACE_DIR, O_CLOEXEC, 0), `open ${NAMESPACE_DIR}`)
  try {
    must(sys.flock(lock, LOCK_EX), `lock ${NAMESPACE_DIR}`)
    if (share() !== -EINVAL) return
    // On a disk each name would cost a journal entry (0.06 to 0.6 ms). What others put there must stay in sight, though.
    const slow = fileSystemOf(NAMESPACE_DIR) !== TMPFS_MAGIC && readdirSync(NAMESPACE_DIR).length === 0
    must(slow ? mountTmpfs() : bindOnItself(), `mount ${NAMESPACE_DIR}`)
    must(share(), `share ${NAMESPACE_DIR}`)
  } finally {
    sys.close(lock)
  }
}

/** Minus EINVAL when the folder is no mount point. */
function share(): number {
  return sys.mount(null, NAMESPACE_DIR, null, MS_SHARED | MS_REC, null)
}

function mountTmpfs(): number {
  return sys.mount('tmpfs', NAMESPACE_DIR, 'tmpfs', 0, 'mode=0755')
}

function bindOnItself(): number {
  return sys.mount(NAMESPACE_DIR, NAMESPACE_DIR, null, MS_BIND | MS_REC, null)
}

/** Names of our form, with whether a namespace is mounted there; a plain file is what is left of a half-made one. */
export function listOurNames(): readonly { readonly name: string; readonly live: boolean }[] {
  let names: string[]
  try {
    names = readdirSync(NAMESPACE_DIR)
  } catch {
    return []
  }
  return names.filter(isOurName).flatMap((name) => {
    const type = fileSystemOf(`${NAMESPACE_DIR}/${name}`)
    return type === undefined ? [] : [{ name, live: type === NSFS_MAGIC }]
  })
}

/** Undefined when there is nothing at `path`. */
function fileSystemOf(path: string): number | undefined {
  const into = Buffer.alloc(STATFS_BYTES)
  const result = sys.statfs(path, into)
  if (result === -2) return undefined
  if (result < 0) throw new KernelError(-result, `statfs ${path}`)
  return into.readUInt32LE(0)
}
