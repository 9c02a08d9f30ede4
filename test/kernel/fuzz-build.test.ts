import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { validSpecDocument } from '../support/arbitrary-spec.ts'
import { type Json, methodNamed } from '../support/contract-request.ts'
import { FUZZ_RUNS, FUZZ_SEED, share } from '../support/fuzz-settings.ts'
import { missingFeatures } from '../support/lab-calls.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { type Said, sayGrpc, sayRest } from '../support/parity-doors.ts'
import { readSizes } from '../support/process-sizes.ts'
import { type Server, startServer } from '../support/server-process.ts'

// A sample of the generated specs of test/kernel/fuzz.test.ts, built in the real kernel over REST and gRPC by turns.
const MINUTES = 60_000
let server: Server
const empty = readLedger()
beforeAll(async () => {
  console.log(`FUZZ_SEED=${FUZZ_SEED} FUZZ_RUNS=${FUZZ_RUNS}`)
  server = await startServer()
})
afterAll(() => server?.stop())

/** Every call goes through another door than the one before. */
let turn = 0
async function say(rpc: string, request: Json): Promise<Record<string, unknown>> {
  turn += 1
  const method = methodNamed(`LabService/${rpc}`)
  const said: Said = turn % 2 === 0 ? await sayRest(server, method, request) : await sayGrpc(server, method, request)
  if (said.failure !== undefined) throw new Error(`${rpc}: ${JSON.stringify(said.failure)}`)
  return said.messages[0] as Record<string, unknown>
}

test(
  'every accepted spec builds, reads back without drift and goes without a trace',
  async () => {
    const netem = !(await missingFeatures(server)).includes('netem')
    const pids = server.pids()
    const sizes = readSizes(pids)
    let labs = 0
    let namespaces = 0
    await fc.assert(
      fc.asyncProperty(validSpecDocument({ netem, maxHosts: 4 }), fc.boolean(), async (spec, asText) => {
        const lab = `fuzz-${labs % 3}`
        const given = asText ? { specYaml: JSON.stringify(spec) } : { spec: spec as Json }
        const built = await say('CreateLab', { ...given, lab })
        expect(built).toMatchObject({ state: 'LAB_STATE_READY', drifts: [] })
        const inspected = await say('InspectLab', { lab, fields: 'devices,drifts' })
        expect(inspected.drifts).toEqual([])
        expect(readdirSync('/run/netns')).toHaveLength(Number((inspected.members as unknown[]).length))

        await say('DeleteLab', { lab })
        expect(readdirSync('/run/netns')).toEqual([])
        labs += 1
        namespaces += Number((inspected.members as unknown[]).length)
      }),
      share(0.03),
    )

    const now = readSizes(pids)
    console.log(`${labs} labs of ${namespaces} namespaces; ${JSON.stringify(sizes)}, after ${JSON.stringify(now)}`)
    expect(readLedger()).toEqual(empty)
    expect(server.pids()).toEqual(pids)
    expect(server.log()).toBe('')
    for (const [n, { fds, rssMib }] of now.entries()) {
      expect(fds).toBeLessThanOrEqual((sizes[n]?.fds ?? 0) + 20)
      expect(rssMib).toBeLessThanOrEqual((sizes[n]?.rssMib ?? 0) + 200)
    }
  },
  10 * MINUTES,
)
