import { fstatSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { type KernelObject, keyOf, type NamespaceName } from '../plan/objects.ts'
import * as sys from './ffi.ts'
import type { Fence, GraveWatch } from './grave-watch.ts'
import { findHolders, killInside } from './holders.ts'
import { isOnHost, type Leftover, removeFromHost } from './host-objects.ts'
import type { RemoveOptions, RemoveOutcome } from './kernel.ts'
import { errnoName, KernelError } from './kernel-error.ts'
import { isHostNamespace, namespacePath, openNamespace } from './namespace.ts'

const MNT_DETACH = 2
const EINVAL = 22
const ENOENT = 2
const STRETCH_MS = 10
/** `cleanup_net` takes 0.1 s and 1 ms for each namespace, of all labs that are removed at the time; RTNL may be busy besides. */
const FENCE_MS = 60_000
/** How long killed processes and passing visitors have to let go. */
const LET_GO_MS = 1_000
const ROUNDS = 2
/** How long to wait for room for one more namespace where the limit is reached; cleaning up makes some. */
const ROOM_MS = 5_000
const ROOM_LOOK_MS = 20
/** Layers that somebody mounted over a name. */
const MAX_LAYERS = 8

/** A namespace on its way out: its number in the watch, and its inode, by which holders are found. */
export type Dying = { readonly name: NamespaceName; readonly id: number; readonly inode: number }

/** Namespaces that lost their name but are held by somebody, so that a later call can tell that they are still there. */
export type Undead = Map<NamespaceName, Dying>

/**
 * See Kernel.remove. All names go first while we hold every namespace ourselves, then we let go of all at once, so that the
 * kernel cleans up in one run instead of one for each.
 */
export async function removeObjects(
  objects: readonly KernelObject[],
  watch: GraveWatch,
  undead: Undead,
  { failpoint }: RemoveOptions = {},
): Promise<RemoveOutcome> {
  const wanted = failpoint === undefined ? objects : objects.slice(0, failpoint.step)
  const onHost = removeFromHost(wanted.filter(isOnHost))
  const names = wanted.flatMap((object) => (object.kind === 'namespace' ? [object.name] : []))
  const unnamed = await takeNames(names, watch)
  for (const name of names) {
    const dying = undead.get(name)
    if (dying !== undefined) unnamed.dying.push(dying)
    undead.delete(name)
  }
  if (failpoint !== undefined && failpoint.step < objects.length && failpoint.action === 'kill') {
    process.kill(process.pid, 'SIGKILL')
  }
  const held = await untilGone(unnamed, watch)
  for (const { dying } of held) undead.set(dying.name, dying)
  const notReached = objects.slice(wanted.length).map((object) => ({ key: keyOf(object), detail: 'failpoint' }))
  return {
    leftovers: [
      ...onHost,
      ...unnamed.refused,
      ...held.map(({ dying, detail }) => ({ key: namespaceKey(dying.name), detail })),
      ...notReached,
    ],
  }
}

type Unnamed = {
  readonly fds: readonly number[]
  readonly dying: Dying[]
  readonly refused: readonly Leftover[]
}

/** Takes all names away and answers the namespaces, which only our fds hold then, unless somebody else does. */
async function takeNames(names: readonly NamespaceName[], watch: GraveWatch): Promise<Unnamed> {
  const live: { readonly name: NamespaceName; readonly fd: number }[] = []
  const refused: Leftover[] = []
  try {
    for (const name of names) {
      const fd = openIfLive(name)
      if (fd !== undefined) live.push({ name, fd })
    }
    const ids = watch.watch(live.map(({ fd }) => fd))
    const dying = live.map(({ name, fd }, place) => ({ name, id: ids[place] ?? 0, inode: fstatSync(fd).ino }))
    // Before the names: a server that ended now would find neither the names again nor, without them, the processes.
    await killInside(inodesOf(dying))
    let stretchBegan = performance.now()
    for (const name of names) {
      const detail = takeName(name)
      if (detail !== '') refused.push({ key: namespaceKey(name), detail })
      if (performance.now() - stretchBegan < STRETCH_MS) continue
      await nextTurn()
      stretchBegan = performance.now()
    }
    const kept = new Set(refused.map(({ key }) => key))
    return { fds: live.map(({ fd }) => fd), dying: dying.filter(({ name }) => !kept.has(namespaceKey(name))), refused }
  } catch (error) {
    for (const { fd } of live) sys.close(fd)
    throw error
  }
}

function openIfLive(name: NamespaceName): number | undefined {
  try {
    const fd = openNamespace(name)
    if (!isHostNamespace(fd)) return fd
    // Somebody mounted it over one of our names: the name goes, nothing is waited for, and above all nobody is killed.
    sys.close(fd)
    return undefined
  } catch (error) {
    if (error instanceof KernelError && error.errno === ENOENT) return undefined
    throw error
  }
}

/** Also cures a name that is a plain file: what is left when a server ended between making the file and mounting on it. */
function takeName(name: NamespaceName): string {
  const path = namespacePath(name)
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    const unmounted = sys.umount2(path, MNT_DETACH)
    if (unmounted === -EINVAL || unmounted === -ENOENT) break
    if (unmounted < 0) return `umount: ${errnoName(-unmounted)}`
  }
  const unlinked = sys.unlink(path)
  return unlinked < 0 && unlinked !== -ENOENT ? `unlink: ${errnoName(-unlinked)}` : ''
}

type Held = { readonly dying: Dying; readonly detail: string }

/** Lets go of all and waits until they are gone; answers those that are not, with who holds them. */
async function untilGone({ fds, dying }: Unnamed, watch: GraveWatch): Promise<readonly Held[]> {
  let left: readonly Dying[] = dying
  // Made before the cleaning begins: afterwards it would wait for the kernel's network lock, and then for a second run.
  let fence = left.length > 0 ? tryFence(watch) : undefined
  letGo(fds)
  for (let round = 1; left.length > 0; round += 1) {
    fence ??= await fenceLater(left, watch)
    fence.release()
    const inTime = await watch.fenceGone(fence, FENCE_MS)
    fence = undefined
    left = stillThere(left, watch)
    if (left.length === 0) return []
    if (!inTime || round === ROUNDS) break
    await evict(left, watch)
  }
  return nameHolders(left, watch)
}

/** Undefined when there is no room for one more namespace: the limit is reached, and removing is what makes room. */
function tryFence(watch: GraveWatch): Fence | undefined {
  try {
    return watch.fence()
  } catch (error) {
    if (error instanceof KernelError) return undefined
    throw error
  }
}

/** @throws KernelError when there is no room after all this time either */
async function fenceLater(left: readonly Dying[], watch: GraveWatch): Promise<Fence> {
  for (let waitedMs = 0; waitedMs < ROOM_MS; waitedMs += ROOM_LOOK_MS) {
    const fence = tryFence(watch)
    if (fence !== undefined) return fence
    await watch.idsGone(idsOf(left), ROOM_LOOK_MS)
    await pause(ROOM_LOOK_MS)
  }
  return watch.fence()
}

/** The kernel begins with the first one let go, so nothing else may come in between. */
function letGo(fds: readonly number[]): void {
  for (const fd of fds) sys.close(fd)
}

function stillThere(dying: readonly Dying[], watch: GraveWatch): readonly Dying[] {
  const ids = new Set(watch.stillThere(idsOf(dying)))
  return dying.filter(({ id }) => ids.has(id))
}

/** The kernel came past the fence and these were not among the released: somebody holds them. */
async function evict(left: readonly Dying[], watch: GraveWatch): Promise<void> {
  await killInside(inodesOf(left))
  await watch.idsGone(idsOf(left), LET_GO_MS)
}

function idsOf(dying: readonly Dying[]): readonly number[] {
  return dying.map(({ id }) => id)
}

function inodesOf(dying: readonly Dying[]): ReadonlySet<number> {
  return new Set(dying.map(({ inode }) => inode))
}

/** What cannot be ended is at least cut off, so that a removed lab does not go on answering. */
async function nameHolders(left: readonly Dying[], watch: GraveWatch): Promise<readonly Held[]> {
  if (left.length === 0) return []
  for (const { id } of left) watch.disconnect(id)
  const holders = await findHolders(inodesOf(left))
  return left.map((dying) => {
    const words = holders.filter(({ inode }) => inode === dying.inode).map((holder) => holder.words)
    return { dying, detail: words.length === 0 ? 'held by nobody that can be found' : `held by ${words.join(', ')}` }
  })
}

function namespaceKey(name: NamespaceName): string {
  return `namespace ${name}`
}
