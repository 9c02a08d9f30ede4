import type { KernelObject, NamespaceName } from '../../plan/objects.ts'
import type { MessageBuilder } from '../netlink/message.ts'

/**
 * Rounds of building. Inside one, each namespace is visited once and its parts are carried out in the order of the steps;
 * what one namespace needs of another was done in an earlier round.
 * - `namespaces`: names, and sysctls while there is no device yet
 * - `devices`: what is created by one message, both ends of a veth included
 * - `contents`: everything else, all of it inside its own namespace
 */
export const ROUNDS = ['namespaces', 'devices', 'contents'] as const
export type Round = (typeof ROUNDS)[number]

/** What creating an object takes inside one namespace in one round. */
export type Part = {
  readonly round: Round
  readonly namespace: NamespaceName
  readonly run: (bench: Bench) => void
}

/** What parts work with. Calls throw KernelError or Refused. */
export type Bench = {
  /** Makes the namespace of this name known; the bench closes the fd at the end. */
  adopt(namespace: NamespaceName, fd: number): void
  fdOf(namespace: NamespaceName): number
  /** As planned, or asked of the kernel for devices whose index was left to it; then the messages so far are sent first. */
  indexOf(namespace: NamespaceName, device: string): number
  /** Adds one rtnetlink message to those going to the part's namespace; they go together, in order. `build` asks nothing of the bench. */
  message(type: number, flags: number, build: (message: MessageBuilder) => void): void
  /** Sends the messages so far, then carries out `work` with the thread inside the part's namespace. */
  inside(work: () => void): void
}

/** How one kind of object comes into being. It is undone by removing its namespace, or by host-objects.ts. */
export type Driver<O extends KernelObject> = (object: O) => readonly Part[]
