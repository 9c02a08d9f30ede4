import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { EXIT, StartError } from './exit.ts'

/**
 * One per host, whatever runDir says: what it guards, the names under /run/netns and the uids of labs, is one per host too.
 * In a mount namespace with a /run of its own it is another file, as are the names there.
 */
const HOST_LOCK = '/run/netns-lab/engine.lock'

export function lockPath(config: Pick<Config, 'fakeKernel' | 'runDir'>): string {
  return config.fakeKernel ? join(config.runDir, 'engine.lock') : HOST_LOCK
}

export function socketPath(config: Pick<Config, 'runDir'>): string {
  return join(config.runDir, 'engine.sock')
}

type Folders = Pick<Config, 'runDir' | 'stateDir' | 'gatewayGid' | 'fakeKernel'>

/**
 * Records and the token are for this user alone; the gateway's group may look into runDir, where the engine's socket is.
 * @throws StartError when a folder cannot be made, or is somebody else's
 */
export function prepareFolders(config: Folders): void {
  const forGroup = isRoot() ? config.gatewayGid : undefined
  makeOwn(config.stateDir)
  makeOwn(config.runDir, forGroup)
  const lockDir = dirname(lockPath(config))
  if (lockDir !== config.runDir) makeOwn(lockDir, forGroup)
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

function makeOwn(path: string, gid?: number): void {
  try {
    // Those above may be passed through by the gateway, not listed.
    mkdirSync(dirname(path), { recursive: true, mode: 0o711 })
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StartError(EXIT.host, `the folder ${path} cannot be made`, { cause })
  }
  const found = lstatSync(path)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new StartError(EXIT.host, `${path} must be a folder of this user's that nobody else can write to`)
  }
  if (gid === undefined || (found.mode & 0o005) === 0o005) return
  chownSync(path, 0, gid)
  chmodSync(path, 0o750)
}
