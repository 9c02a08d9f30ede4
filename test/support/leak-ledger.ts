import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { FIRST_UID } from '../../src/labs/uid-ranges.ts'

/** Everything a lab can leave behind on its host, in a form that two readings can be compared in. */
export type Ledger = {
  readonly names: readonly string[]
  readonly mounts: readonly string[]
  readonly links: readonly string[]
  readonly tables: string
  readonly processesElsewhere: number
}

/** Names under /run/netns, mounts there, links and nft tables of this network namespace, processes in other ones. */
export function readLedger(): Ledger {
  return {
    names: readdirSync('/run/netns').sort(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes('/run/netns/'))
      .map((line) => line.split(' ')[4] ?? ''),
    links: execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split(':')[1]?.trim() ?? '')
      .filter((name) => name !== ''),
    tables: execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }),
    processesElsewhere: countProcessesInLabUserNamespaces(),
  }
}

/**
 * Processes in our mount namespace whose uid map begins in the range that labs are given (labs/uid-ranges.ts): ours, and
 * nobody else's, also while other suites run beside this one.
 */
function countProcessesInLabUserNamespaces(): number {
  const here = readlinkSync('/proc/self/ns/mnt')
  let count = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const first = Number(readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/)[1] ?? 0)
      if (first >= FIRST_UID && readlinkSync(`/proc/${pid}/ns/mnt`) === here) count++
    } catch {
      // It ended while we looked.
    }
  }
  return count
}
