import { readdirSync, readFileSync } from 'node:fs'
import * as sys from './ffi.ts'
import type { HostLimit } from './kernel.ts'
import { KernelError, must } from './kernel-error.ts'
import { DumpSocket, dumpRequest } from './netlink/dump.ts'
import { attributeText, eachAttribute } from './netlink/message.ts'
import { AF_INET, AF_INET6 } from './netlink/rtnetlink.ts'
import { NETLINK_ROUTE } from './netlink/socket.ts'

const RLIMIT_NOFILE = 7
const RTM_GETNEIGHTBL = 66
const NDTA_NAME = 1
const NDTA_THRESH3 = 4
const NDTA_CONFIG = 5
const NDTMSG_BYTES = 4
/** More open files than a lab of 1,000 hosts takes while it is built, several times over. */
const WISHED_FILES = 131_072
const UNKNOWN = -1

/** What all labs of the host share; below a millisecond, so that it can be asked before every build. */
export function readLimits(): readonly HostLimit[] {
  return [
    fromProc('user.max_net_namespaces', '/proc/sys/user/max_net_namespaces'),
    fromProc('user.max_user_namespaces', '/proc/sys/user/max_user_namespaces'),
    fromProc('fs.mount-max', '/proc/sys/fs/mount-max', countMounts),
    { name: 'RLIMIT_NOFILE', limit: fileLimit().soft, used: readdirSync('/proc/self/fd').length },
    ...neighbourTables(),
    fromProc('net.netfilter.nf_conntrack_max', '/proc/sys/net/netfilter/nf_conntrack_max'),
    memory(),
  ].flatMap((limit) => limit ?? [])
}

function fromProc(name: string, path: string, count?: () => number): HostLimit | undefined {
  const text = readText(path)
  return text === undefined ? undefined : { name, limit: Number(text), used: count?.() ?? UNKNOWN }
}

function countMounts(): number {
  let lines = 0
  for (const byte of readFileSync('/proc/self/mountinfo')) if (byte === 10) lines += 1
  return lines
}

/**
 * One table per family for the whole machine, asked by rtnetlink: the sysctls exist in the initial namespace alone, and the
 * number of entries nowhere else.
 */
function neighbourTables(): readonly HostLimit[] {
  const names: Readonly<Record<string, string>> = {
    arp_cache: 'net.ipv4.neigh.default.gc_thresh3',
    ndisc_cache: 'net.ipv6.neigh.default.gc_thresh3',
  }
  const found: HostLimit[] = []
  const socket = new DumpSocket(NETLINK_ROUTE)
  try {
    for (const family of [AF_INET, AF_INET6]) {
      const request = dumpRequest(RTM_GETNEIGHTBL, (message) => message.header([1, family], [1, 0], [2, 0]))
      const read = (bytes: Buffer, start: number, end: number) => {
        let name = ''
        let limit = UNKNOWN
        let used = UNKNOWN
        eachAttribute(bytes, start + NDTMSG_BYTES, end, (type, from, to) => {
          if (type === NDTA_NAME) name = names[attributeText(bytes, from, to)] ?? ''
          if (type === NDTA_THRESH3) limit = bytes.readUInt32LE(from)
          // struct ndt_config: two 16-bit sizes, then the number of entries.
          if (type === NDTA_CONFIG) used = bytes.readUInt32LE(from + 4)
        })
        // Devices follow with settings of their own, under the same name and without the limit.
        if (name !== '' && limit !== UNKNOWN) found.push({ name, limit, used })
      }
      socket.dump(request, 1_000, read, () => found.splice(0))
    }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
  } finally {
    socket.close()
  }
  return found
}

/** In KiB. Control groups may allow less than the machine has, and kernel memory counts there too (cgroup v2). */
function memory(): HostLimit | undefined {
  const text = readText('/proc/meminfo')
  const total = Number(/^MemTotal:\s+(\d+) kB$/m.exec(text ?? '')?.[1])
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text ?? '')?.[1])
  if (Number.isNaN(total) || Number.isNaN(available)) return undefined
  const path = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1]
  const machine = { limit: total, used: total - available }
  const groups = path === undefined ? [] : groupMemories('/sys/fs/cgroup', path)
  const tightest = [machine, ...groups].reduce((a, b) => (b.limit - b.used < a.limit - a.used ? b : a))
  return { name: 'memory.available_kib', ...tightest }
}

type Memory = { readonly limit: number; readonly used: number }

/** The group's own and those of the groups it is in, for each that sets a limit; KiB. */
export function groupMemories(root: string, path: string): readonly Memory[] {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.flatMap((_, place) => groupMemory(`${root}/${parts.slice(0, place + 1).join('/')}`) ?? [])
}

/** Files that were read once and are not in use make room when memory is asked for: they do not count as used. */
function groupMemory(folder: string): Memory | undefined {
  // The word `max` stands for no limit; as a number it is none.
  const limit = Number(readText(`${folder}/memory.max`))
  const current = Number(readText(`${folder}/memory.current`))
  if (Number.isNaN(limit) || Number.isNaN(current)) return undefined
  const spare = Number(/^inactive_file (\d+)$/m.exec(readText(`${folder}/memory.stat`) ?? '')?.[1] ?? 0)
  return { limit: Math.floor(limit / 1024), used: Math.floor(Math.max(0, current - spare) / 1024) }
}

function fileLimit(): { readonly soft: number; readonly hard: number } {
  const limits = Buffer.alloc(16)
  must(sys.prlimit(0, RLIMIT_NOFILE, null, limits), 'prlimit')
  return { soft: Number(limits.readBigUInt64LE(0)), hard: Number(limits.readBigUInt64LE(8)) }
}

/** As far up as this process may; what it reached then stands in the limits. */
export function raiseFileLimit(): void {
  const { soft, hard } = fileLimit()
  if (soft >= WISHED_FILES) return
  if (hard < WISHED_FILES && setFileLimit(WISHED_FILES, WISHED_FILES) === 0) return
  setFileLimit(Math.min(hard, WISHED_FILES), hard)
}

function setFileLimit(soft: number, hard: number): number {
  const limits = Buffer.alloc(16)
  limits.writeBigUInt64LE(BigInt(soft), 0)
  // All bits set is RLIM_INFINITY, which a double rounds up beyond 64 bits.
  limits.writeBigUInt64LE(hard > Number.MAX_SAFE_INTEGER ? 0xffffffffffffffffn : BigInt(hard), 8)
  return sys.prlimit(0, RLIMIT_NOFILE, limits, null)
}

/** Undefined when there is no such file here. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
