import type { KernelObject, ObjectKind, ObjectOf } from '../../plan/objects.ts'
import { address } from './address.ts'
import { bridge } from './bridge.ts'
import type { Driver, Part } from './driver.ts'
import { loopback } from './loopback.ts'
import { namespace } from './namespace.ts'
import { netem } from './netem.ts'
import { nftTable } from './nft-table.ts'
import { route } from './route.ts'
import { sysctls } from './sysctls.ts'
import { veth } from './veth.ts'

/** Each kind with its own driver; a missing one does not compile. */
export const DRIVERS: { readonly [K in ObjectKind]: Driver<ObjectOf<K>> } = {
  namespace,
  sysctls,
  loopback,
  bridge,
  veth,
  address,
  route,
  netem,
  'nft-table': nftTable,
}

/** What creating `object` takes. */
export function partsOf(object: KernelObject): readonly Part[] {
  // The table pairs each kind with its driver, which the type checker cannot follow through an index.
  const driver = DRIVERS[object.kind] as Driver<KernelObject>
  return driver(object)
}
