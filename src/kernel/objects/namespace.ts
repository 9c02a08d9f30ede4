import type { NamespaceObject } from '../../plan/objects.ts'
import { makeNamespace } from '../make-namespace.ts'
import type { Driver } from './driver.ts'

export const namespace: Driver<NamespaceObject> = (object) => [
  {
    round: 'namespaces',
    namespace: object.name,
    run: (bench) => bench.adopt(object.name, makeNamespace(object)),
  },
]
