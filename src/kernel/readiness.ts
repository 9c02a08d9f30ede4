import type { ObservedAddress, ObservedDevice } from './observed.ts'

/** An optimistic address works while it is still being checked (RFC 4429). */
export function waitsForDetection({ flags }: Pick<ObservedAddress, 'flags'>): boolean {
  return flags.includes('tentative') && !flags.includes('optimistic')
}

/** What does not carry traffic though it is up. A device that is down by plan, or a bridge without ports, is not waited for. */
export function unreadyDevices(devices: readonly ObservedDevice[]): string[] {
  const withPorts = new Set(devices.filter((device) => device.up).map((device) => device.bridge))
  const spanningTrees = new Set(devices.filter((device) => device.stp).map((device) => device.device))
  const words: string[] = []
  for (const { device, kind, up, operstate, bridge, portState } of devices) {
    if (!up || device === 'lo' || (kind === 'bridge' && !withPorts.has(device))) continue
    // A new device is `unknown` until the kernel first looks at its carrier, and drops what it is given to send. Only kinds
    // that never tell a state stay so.
    const silent = operstate === 'unknown' && kind !== 'veth' && kind !== 'bridge'
    if (operstate !== 'up' && !silent) words.push(`${device} is ${operstate}`)
    const blocked = portState === 'blocking' && spanningTrees.has(bridge)
    if (bridge !== '' && portState !== 'forwarding' && !blocked)
      words.push(`${device} is a ${portState || 'silent'} port`)
  }
  return words
}
