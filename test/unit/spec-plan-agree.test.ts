import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planLab } from '../../src/plan/plan-lab.ts'
import { assignAddresses } from '../../src/spec/assign-addresses.ts'
import { parseSpec } from '../../src/spec/parse-spec.ts'
import { brokenSpecDocument, validSpecDocument } from '../support/arbitrary-spec.ts'
import { FACTS } from '../support/spec-facts.ts'

const IDENTITY = { uid: '01234567', firstUid: 1_000_000, uplinkSubnets: ['100.127.0.0/30'] }

test('whatever is accepted can be planned, and no next hop or address is left to chance', { timeout: 60_000 }, () =>
  fc.assert(
    fc.property(fc.oneof(validSpecDocument({ netem: true }), brokenSpecDocument({ netem: true })), (document) => {
      const parsed = parseSpec(document, FACTS)
      if (!parsed.ok) return
      const plan = planLab(parsed.value, IDENTITY)
      const assigned = assignAddresses(parsed.value)
      for (const member of parsed.value.members) {
        const devices = plan.members.find(({ name }) => name === member.name)?.devices ?? []
        for (const one of member.interfaces) {
          const addresses = devices.find(({ device }) => device === one.name)?.addresses ?? []
          expect(addresses).toEqual(expect.arrayContaining([...(assigned.get(one.path) ?? [])]))
        }
      }
    }),
    { numRuns: 600 },
  ),
)
