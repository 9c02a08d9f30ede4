import { HOST_NAMESPACE, type SysctlsObject } from '../../plan/objects.ts'
import { KernelError } from '../kernel-error.ts'
import { writeSysctls } from '../sysctl.ts'
import type { Driver } from './driver.ts'

const EPERM = 1

export const sysctls: Driver<SysctlsObject> = (object) => [
  {
    round: 'namespaces',
    namespace: object.namespace,
    run: (bench) => {
      // Nobody plans it; but by mistake it would change the host itself, and nothing could take that back.
      if (object.namespace === HOST_NAMESPACE) throw new KernelError(EPERM, 'sysctls of the host')
      bench.inside(() => writeSysctls(object.values))
    },
  },
]
