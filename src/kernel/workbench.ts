import { HOST_NAMESPACE, type KernelObject, type NamespaceName, type Step } from '../plan/objects.ts'
import * as sys from './ffi.ts'
import { KernelError } from './kernel-error.ts'
import { enterNamespace, openNamespace } from './namespace.ts'
import { MessageBuilder } from './netlink/message.ts'
import { LOOPBACK_INDEX } from './netlink/rtnetlink.ts'
import { NetlinkSocket } from './netlink/socket.ts'
import type { Bench } from './objects/driver.ts'

const O_CLOEXEC = 0o2000000
const ENODEV = 19
/**
 * Messages sent at once. The kernel goes on after a refused one, and a refused device costs it a grace period of 16 ms; one
 * round trip costs 0.006 ms. So more would gain nothing and make failing slow.
 */
const BATCH = 16

/** A refused step, by its place in the plan. */
export type Refusal = { readonly step: number; readonly error: unknown }

/**
 * The namespaces that one `apply` works in: an fd of each, held to the end because veths name their far namespace by fd, and
 * one socket, of the namespace being visited. Sockets are not held: a lab of 1,000 hosts would need twice the fds.
 */
export class Workbench implements Bench {
  private readonly fds = new Map<NamespaceName, number>()
  private readonly indexes: ReadonlyMap<string, number>
  private readonly builder = new MessageBuilder(32 * 1024)
  private namespace: NamespaceName = HOST_NAMESPACE
  private socket: NetlinkSocket | undefined
  private step = 0
  private firstSequence = 1
  /** Step that each message of the builder serves. */
  private served: number[] = []
  /** The lowest refused step so far. */
  refusal: Refusal | undefined

  constructor(steps: readonly Step[]) {
    this.indexes = plannedIndexes(steps.map((step) => step.object))
  }

  /** Goes on to another namespace; what was collected for the last one is sent. */
  visit(namespace: NamespaceName): void {
    this.leave()
    this.namespace = namespace
  }

  /** Carries out what one part of a step does; a refusal is kept, not thrown. */
  carryOut(step: number, run: (bench: Bench) => void): void {
    // What comes after a refused step would be undone anyway; what comes before it must still be done.
    if (this.refusal !== undefined && this.refusal.step <= step) return
    this.step = step
    try {
      run(this)
    } catch (error) {
      this.refuse({ step, error })
    }
  }

  adopt(namespace: NamespaceName, fd: number): void {
    this.fds.set(namespace, fd)
  }

  fdOf(namespace: NamespaceName): number {
    const known = this.fds.get(namespace)
    if (known !== undefined) return known
    const fd =
      namespace === HOST_NAMESPACE
        ? enterNamespace(HOST_NAMESPACE, () => sys.open('/proc/thread-self/ns/net', O_CLOEXEC, 0))
        : openNamespace(namespace)
    this.fds.set(namespace, fd)
    return fd
  }

  indexOf(namespace: NamespaceName, device: string): number {
    const planned = device === 'lo' ? LOOPBACK_INDEX : this.indexes.get(`${namespace} ${device}`)
    if (planned) return planned
    this.flush()
    const index = enterNamespace(this.fdOf(namespace), () => sys.ifNametoindex(device))
    if (index <= 0) throw new KernelError(ENODEV, `device ${device} in ${namespace}`)
    return index
  }

  message(type: number, flags: number, build: (message: MessageBuilder) => void): void {
    this.socket ??= enterNamespace(this.fdOf(this.namespace), () => new NetlinkSocket())
    const sequence = this.socket.takeSequence()
    if (this.builder.count === 0) this.firstSequence = sequence
    const before = this.builder.mark()
    try {
      build(this.builder.begin(type, flags, sequence))
    } catch (error) {
      // Half a message must not travel with the whole ones before it.
      this.builder.rewind(before)
      this.flush()
      throw error
    }
    this.served.push(this.step)
    if (this.builder.count >= BATCH) this.flush()
  }

  inside(work: () => void): void {
    this.flush()
    enterNamespace(this.fdOf(this.namespace), work)
  }

  /** Sends what was collected; refusals are kept. */
  flush(): void {
    const socket = this.socket
    if (this.builder.count === 0 || socket === undefined) return
    const served = this.served
    const refusals = socket.batch(this.builder, this.firstSequence, `rtnetlink in ${this.namespace}`)
    this.builder.clear()
    this.served = []
    for (const { index, error } of refusals) this.refuse({ step: served[index] ?? this.step, error })
  }

  /** Sends what was collected and closes the socket of the visited namespace. */
  leave(): void {
    this.flush()
    this.socket?.close()
    this.socket = undefined
  }

  close(): void {
    this.socket?.close()
    this.socket = undefined
    for (const fd of this.fds.values()) sys.close(fd)
    this.fds.clear()
  }

  private refuse(refusal: Refusal): void {
    if (this.refusal === undefined || refusal.step < this.refusal.step) this.refusal = refusal
  }
}

function plannedIndexes(objects: readonly KernelObject[]): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>()
  for (const object of objects) {
    if (object.kind === 'bridge') indexes.set(`${object.namespace} ${object.device}`, object.index)
    if (object.kind !== 'veth') continue
    for (const end of object.ends) indexes.set(`${end.namespace} ${end.device}`, end.index)
  }
  return indexes
}
