import { setTimeout as wait } from 'node:timers/promises'
import type { NamespaceName } from '../plan/objects.ts'
import { KernelError } from './kernel-error.ts'
import { enterNamespace } from './namespace.ts'
import { DumpSocket, dumpRequest } from './netlink/dump.ts'
import { readAddress } from './netlink/dump-addresses.ts'
import { dumpLinks } from './netlink/dump-links.ts'
import { AF_INET6 } from './netlink/rtnetlink.ts'
import { NETLINK_ROUTE } from './netlink/socket.ts'
import { unreadyDevices, waitsForDetection } from './readiness.ts'

const RTM_GETADDR = 22
const MAX_ENTRIES = 20_000
/** Time between two looks: a new lab is ready after 0.1 to 3 ms, duplicate address detection takes a second. */
const FIRST_WAIT_MS = 0.5
const LONGEST_WAIT_MS = 20
/** Looking at a stretch before others of this thread have a turn. */
const STRETCH_MS = 10

/** Only IPv6 addresses are ever tentative; where IPv6 is off the kernel answers this at once. */
const IPV6_ADDRESSES = dumpRequest(RTM_GETADDR, (message) => message.header([1, AF_INET6], [1, 0], [2, 0], [4, 0]))

/** See Kernel.awaitReady. Namespaces that are ready are not looked at again. */
export async function awaitReady(
  namespaces: readonly NamespaceName[],
  timeoutMs: number,
): Promise<{ readonly ready: boolean; readonly waitingFor: readonly string[] }> {
  const deadline = performance.now() + timeoutMs
  let pending = namespaces
  for (let pause = FIRST_WAIT_MS; ; pause = Math.min(pause * 2, LONGEST_WAIT_MS)) {
    const waitingFor = await lookAt(pending)
    if (waitingFor.size === 0) return { ready: true, waitingFor: [] }
    if (performance.now() >= deadline) return { ready: false, waitingFor: [...waitingFor.values()].flat() }
    pending = [...waitingFor.keys()]
    await wait(pause)
  }
}

async function lookAt(namespaces: readonly NamespaceName[]): Promise<ReadonlyMap<NamespaceName, readonly string[]>> {
  const waitingFor = new Map<NamespaceName, readonly string[]>()
  let stretchBegan = performance.now()
  for (const namespace of namespaces) {
    const words = unreadyIn(namespace)
    if (words.length > 0) waitingFor.set(namespace, words)
    if (performance.now() - stretchBegan < STRETCH_MS) continue
    await wait(0)
    stretchBegan = performance.now()
  }
  return waitingFor
}

function unreadyIn(namespace: NamespaceName): readonly string[] {
  try {
    return enterNamespace(namespace, () => {
      const socket = new DumpSocket(NETLINK_ROUTE)
      try {
        const { devices, names } = dumpLinks(socket, { limit: MAX_ENTRIES, counters: false })
        const words = unreadyDevices(devices)
        const restart = words.length
        socket.dump(
          IPV6_ADDRESSES,
          MAX_ENTRIES,
          (bytes, start, end) => {
            const found = readAddress(bytes, start, end, names)
            if (waitsForDetection(found)) words.push(`${found.device} ${found.address} is tentative`)
          },
          () => words.splice(restart),
        )
        return words.map((each) => `${namespace}:${each}`)
      } finally {
        socket.close()
      }
    })
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return [`${namespace} is not there`]
    throw error
  }
}
