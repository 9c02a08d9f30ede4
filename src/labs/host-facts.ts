import { release } from 'node:os'
import type { HostLimit } from '../kernel/kernel.ts'
import type { HostFacts } from './labs-port.ts'
import { stateOf } from './registry.ts'
import type { Site } from './site.ts'
import { uplinkWarnings } from './uplink-host.ts'

/** Below this, a fully meshed ping of a few dozen hosts overflows the table that all labs share, and packets vanish. */
const NEIGHBOURS_WISHED = 16_384
/** From here on a limit is worth a word before it refuses a lab. */
const TIGHT = 0.9

export async function hostFacts(site: Site, version: string): Promise<HostFacts> {
  const { uplink } = site.settings
  const [limits, namespaces, network] = await Promise.all([
    site.kernel.limits(),
    site.kernel.listNamespaces(),
    uplink.allowed ? site.kernel.hostNetwork() : undefined,
  ])
  return {
    version,
    kernelRelease: release(),
    nodeVersion: process.version,
    libnftablesVersion: libnftablesVersion(site),
    bootId: site.bootId,
    features: site.features,
    limits,
    labs: site.registry.size,
    namespaces: namespaces.length,
    engineRssBytes: process.memoryUsage.rss(),
    uptimeSeconds: process.uptime(),
    uplinksAllowed: uplink.allowed,
    warnings: [
      ...limits.flatMap(limitWarning),
      ...(network === undefined ? [] : uplinkWarnings(network, uplink)),
      ...labWarnings(site),
    ],
  }
}

/** Out of its file's name, `libnftables.so.1.1.0`: the library itself does not tell. */
function libnftablesVersion(site: Site): string {
  const found = site.features.find((feature) => feature.name === 'libnftables')
  return found?.available ? found.detail.replace(/^libnftables\.so\./, '') : ''
}

export function limitWarning({ name, limit, used }: HostLimit): string[] {
  if (/^net\.ipv[46]\.neigh\.default\.gc_thresh3$/.test(name) && limit < NEIGHBOURS_WISHED) {
    const remedy = `raise it to ${NEIGHBOURS_WISHED} or more, as systemd/90-netns-lab.conf does`
    return [`${name} is ${limit} for all labs together, so large ping matrices are refused; ${remedy}`]
  }
  if (limit > 0 && used > limit * TIGHT) return [`${used} of ${limit} of ${name} are used`]
  return []
}

function labWarnings(site: Site): string[] {
  const warnings: string[] = []
  for (const entry of site.registry.inOrder()) {
    const state = stateOf(entry)
    if (state === 'quarantined' || state === 'lost') warnings.push(`lab "${entry.name}" is ${state}: ${entry.because}`)
  }
  return warnings
}
