import type { SysctlsObject } from '../../plan/objects.ts'
import { writeSysctls } from '../sysctl.ts'
import type { Driver } from './driver.ts'

export const sysctls: Driver<SysctlsObject> = (object) => [
  {
    round: 'namespaces',
    namespace: object.namespace,
    run: (bench) => bench.inside(() => writeSysctls(object.values)),
  },
]
