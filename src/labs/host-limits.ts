import { LabError } from '../errors.ts'
import type { HostLimit } from '../kernel/kernel.ts'
import type { Plan } from '../plan/objects.ts'
import type { Entry } from './registry.ts'
import type { Site } from './site.ts'

/** What a plan takes of what all labs of a host share. */
export type Needs = {
  readonly namespaces: number
  readonly userNamespaces: number
  /** Neighbour entries by family: each address comes to know at least one neighbour. */
  readonly neighbours4: number
  readonly neighbours6: number
  readonly memoryKib: number
}

/** Measured: a host with namespace, veth pair, bridge port, address and route takes 320 to 330 KiB of kernel memory. */
const KIB_PER_NAMESPACE = 350
/** Descriptors that the engine needs besides: sockets, files, libraries. */
const SPARE_FDS = 64

type Rule = { readonly take: (needs: Needs) => number; readonly spare?: number; readonly remedy: string }

function raiseNeighbours(family: 'ipv4' | 'ipv6'): string {
  const table = `net.${family}.neigh.default`
  return `raise sysctls ${table}.gc_thresh1, gc_thresh2 and gc_thresh3 on the host (systemd/90-netns-lab.conf); all namespaces share one table`
}

/** By the names that `kernel.limits()` uses; a limit that is not named here is only shown. */
const RULES: Readonly<Record<string, Rule>> = {
  'user.max_net_namespaces': { take: (needs) => needs.namespaces, remedy: 'raise sysctl user.max_net_namespaces' },
  'user.max_user_namespaces': {
    take: (needs) => needs.userNamespaces,
    remedy: 'raise sysctl user.max_user_namespaces',
  },
  'fs.mount-max': { take: (needs) => needs.namespaces, remedy: 'raise sysctl fs.mount-max' },
  RLIMIT_NOFILE: {
    take: (needs) => needs.namespaces,
    spare: SPARE_FDS,
    remedy: 'raise the limit of open files (LimitNOFILE) of the engine',
  },
  'net.ipv4.neigh.default.gc_thresh3': {
    take: (needs) => needs.neighbours4,
    remedy: raiseNeighbours('ipv4'),
  },
  'net.ipv6.neigh.default.gc_thresh3': {
    take: (needs) => needs.neighbours6,
    remedy: raiseNeighbours('ipv6'),
  },
  'memory.available_kib': { take: (needs) => needs.memoryKib, remedy: 'delete labs or add memory' },
}

/**
 * Refuses what the host cannot carry, before anything is built. Labs that are being built count in full beside what the
 * kernel already shows of them, so near a limit the answer may be stricter than needed for a moment.
 * @throws LabError limit-exceeded for the first limit that does not suffice
 */
export async function checkHostLimits(
  site: Site,
  building: { readonly entry: Entry; readonly plan: Plan },
): Promise<void> {
  const others = [...site.registry.all()].filter((entry) => entry !== building.entry)
  const limits = await site.kernel.limits()
  const short = findShortage(needsOf(building.plan), {
    limits,
    growing: totalNeeds(others.filter((entry) => entry.state === 'creating')),
    standing: totalNeeds(others.filter((entry) => entry.state !== 'creating')),
  })
  if (short !== undefined) throw new LabError({ kind: 'limit-exceeded', ...short })
}

type Host = {
  readonly limits: readonly HostLimit[]
  /** Needs of labs that are being built. */
  readonly growing: Needs
  /** Needs of the other labs; counts only where the kernel does not tell what is used. */
  readonly standing: Needs
}

export function findShortage(mine: Needs, { limits, growing, standing }: Host) {
  for (const { name, limit, used } of limits) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined
    if (rule === undefined) continue
    const needed = rule.take(mine) + (rule.spare ?? 0)
    const inUse = used < 0 ? rule.take(standing) : used
    const available = Math.max(0, limit - inUse - rule.take(growing))
    if (needed > available) return { limit: name, needed, available, remedy: rule.remedy }
  }
  return undefined
}

function totalNeeds(entries: readonly Entry[]): Needs {
  const all = entries.map((entry) => (entry.plan === undefined ? NOTHING : needsOf(entry.plan)))
  return all.reduce((sum, needs) => mapNeeds((key) => sum[key] + needs[key]), NOTHING)
}

function mapNeeds(value: (key: keyof Needs) => number): Needs {
  return {
    namespaces: value('namespaces'),
    userNamespaces: value('userNamespaces'),
    neighbours4: value('neighbours4'),
    neighbours6: value('neighbours6'),
    memoryKib: value('memoryKib'),
  }
}

const NOTHING: Needs = mapNeeds(() => 0)

/** A plan never changes, and every create asks after those of all labs. */
const counted = new WeakMap<Plan, Needs>()

export function needsOf(plan: Plan): Needs {
  const before = counted.get(plan)
  if (before !== undefined) return before
  const needs = countNeeds(plan)
  counted.set(plan, needs)
  return needs
}

function countNeeds(plan: Plan): Needs {
  let namespaces = 0
  let userNamespaces = 0
  let neighbours4 = 0
  let neighbours6 = 0
  for (const { object } of plan.steps) {
    if (object.kind === 'namespace') {
      namespaces++
      if (object.userNamespace !== undefined) userNamespaces++
    }
    if (object.kind !== 'address') continue
    if (object.address.includes(':')) neighbours6++
    else neighbours4++
  }
  return { namespaces, userNamespaces, neighbours4, neighbours6, memoryKib: namespaces * KIB_PER_NAMESPACE }
}
