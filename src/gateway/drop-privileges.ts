import process from 'node:process'

/**
 * Gives up root for good: no supplementary groups, then the group, then the user (in the other order the last two would
 * no longer be permitted). To be called once all sockets are bound and all files that only root may read are in memory.
 * Does nothing for a process that is not root.
 *
 * @throws Error when any of root's rights is left; the caller must then end the process
 */
export function dropPrivileges(uid: number, gid: number): void {
  if (process.getuid?.() !== 0) return
  if (uid === 0 || gid === 0) throw new Error('the gateway must not run as root: choose another uid and gid')
  process.setgroups?.([])
  process.setgid?.(gid)
  process.setuid?.(uid)

  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()]
  if (ids.join() !== [uid, uid, gid, gid].join()) throw new Error('the gateway could not give up root')
  // getgroups() also names the effective group.
  if (process.getgroups?.().some((group) => group !== gid)) throw new Error('the gateway kept supplementary groups')
  if (canBecomeRoot()) throw new Error('the gateway could take root back')
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0)
    return true
  } catch {
    return false
  }
}
