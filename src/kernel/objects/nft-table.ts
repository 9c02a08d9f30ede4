import type { NftTableObject } from '../../plan/objects.ts'
import { Refused } from '../kernel-error.ts'
import { loadNftTable } from '../nft.ts'
import type { Driver } from './driver.ts'

export const nftTable: Driver<NftTableObject> = (object) => [
  {
    round: 'contents',
    namespace: object.namespace,
    run: (bench) =>
      bench.inside(() => {
        const outcome = loadNftTable(object)
        if (!outcome.ok) throw new Refused(outcome.refusal, outcome.detail)
      }),
  },
]
