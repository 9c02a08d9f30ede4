import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Everything a lab could leave behind on this machine, as sets of words that can be compared. */
export type Traces = Readonly<Record<'namespaces' | 'links' | 'mounts' | 'processes', ReadonlySet<string>>>

export function readTraces(): Traces {
  return {
    namespaces: new Set(entriesOf('/run/netns')),
    links: new Set(
      linesOf('/proc/net/dev')
        .slice(2)
        .map((line) => line.split(':')[0]?.trim() ?? ''),
    ),
    mounts: new Set(linesOf('/proc/self/mountinfo').map(mountOf)),
    processes: new Set(processesInLabs()),
  }
}

/** What is there now and was not there before, e.g. `mounts: nsfs on /run/netns/nl0123abcd-0`. */
export function newTraces(before: Traces, after: Traces): string[] {
  return (['namespaces', 'links', 'mounts', 'processes'] as const).flatMap((kind) =>
    [...after[kind]].filter((word) => !before[kind].has(word)).map((word) => `${kind}: ${word}`),
  )
}

/**
 * Processes that share our mount namespace, which is the demo's own, and sit in another network namespace: whatever a lab
 * leaves running. Other programs on this machine have another mount namespace.
 */
function processesInLabs(): string[] {
  const own = { mount: namespaceOf('self', 'mnt'), network: namespaceOf('self', 'net') }
  return entriesOf('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || namespaceOf(pid, 'mnt') !== own.mount) return []
    const network = namespaceOf(pid, 'net')
    return network === undefined || network === own.network ? [] : [`process ${pid} in ${network}`]
  })
}

function namespaceOf(pid: string, kind: 'mnt' | 'net'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    // It ended while we looked, or it is a thread of the kernel.
    return undefined
  }
}

/** Fields 5 and, after the separator, the type (proc_pid_mountinfo(5)). */
function mountOf(line: string): string {
  const [left = '', right = ''] = line.split(' - ')
  return `${right.split(' ')[0]} on ${left.split(' ')[4]}`
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}
