import { setTimeout as wait } from 'node:timers/promises'
import type { Kernel } from '../../src/kernel/kernel.ts'
import type { ObservedNamespace } from '../../src/kernel/observed.ts'

const PATIENCE_MS = 35_000

/** Reads namespaces once nothing in them is on its way any more: ports forward, addresses are not tentative. */
export async function readSettled(
  kernel: Kernel,
  namespaces: readonly string[],
  sysctlKeys: readonly string[],
): Promise<readonly ObservedNamespace[]> {
  const { ready, waitingFor } = await kernel.awaitReady(namespaces, PATIENCE_MS)
  if (!ready) throw new Error(`not ready: ${waitingFor.join(', ')}`)
  const fields = ['devices', 'addresses', 'routes', 'rules', 'sysctls'] as const
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const observed = await kernel.observe(namespaces, fields, sysctlKeys)
    if (observed.every(isSettled)) return observed
    if (performance.now() > deadline) throw new Error('the namespaces do not come to rest')
    await wait(20)
  }
}

/** Link-local addresses and the state of a device come a moment after it is up. */
function isSettled({ devices, addresses }: ObservedNamespace): boolean {
  return (
    devices.every(({ device, operstate }) => device === 'lo' || operstate !== 'unknown') &&
    addresses.every(({ flags }) => !flags.includes('tentative'))
  )
}
