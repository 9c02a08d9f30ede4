import { readdirSync, readFileSync } from 'node:fs'

export type Size = { readonly fds: number; readonly rssMib: number }

/** Open files and resident memory of each process. @throws when one is gone */
export function readSizes(pids: readonly number[]): readonly Size[] {
  return pids.map((pid) => {
    const rssKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return { fds: readdirSync(`/proc/${pid}/fd`).length, rssMib: Math.round(rssKib / 1024) }
  })
}
