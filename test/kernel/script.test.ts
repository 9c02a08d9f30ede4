import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import type { ObservedNamespace } from '../../src/kernel/observed.ts'
import { askRest } from '../support/ask-rest.ts'
import { EXAMPLES } from '../support/example-labs.ts'
import { type BuiltLab, createLab, deleteLab, missingFeatures } from '../support/lab-calls.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { readSettled } from '../support/read-settled.ts'
import { missing, runProgram } from '../support/run-program.ts'
import { type Server, startServer } from '../support/server-process.ts'

// What the server hands out as lab.sh builds, by plain bash, the very lab that the server built. Both are read by one reader.
let server: Server
let kernel: Kernel
let lacking: readonly string[]
beforeAll(async () => {
  server = await startServer()
  lacking = await missingFeatures(server)
  kernel = new LinuxKernel()
})
afterAll(async () => {
  await kernel?.close()
  await server?.stop()
})

/** What a lab is: all that both ways of building must have in common. User namespaces are not part of it. */
function identityOf({ namespace, devices, addresses, routes, tables, sysctls }: ObservedNamespace) {
  const inOrder = <T>(list: readonly T[]) => list.map((one) => JSON.stringify(one)).sort()
  return {
    namespace,
    devices: devices.map(({ index, device, kind, up, mtuBytes, mac, bridge, stp, hairpin, peerIndex }) => {
      return { index, device, kind, up, mtuBytes, mac, bridge, stp, hairpin, peerIndex }
    }),
    addresses: inOrder(addresses),
    routes: inOrder(routes),
    sysctls,
    tables: tables.map(({ family, name, chains }) => ({
      family,
      name,
      chains: chains.map(({ rules, ...chain }) => ({ ...chain, rules: rules.map(({ expression }) => expression) })),
    })),
  }
}

async function settingsOf(lab: BuiltLab): Promise<readonly string[]> {
  const { json } = await askRest(server.gateway, `GET /v1/labs/${lab.name}/inspect?fields=sysctls`)
  const members: readonly { readonly sysctls: Record<string, string> }[] = json.members
  return [...new Set(members.flatMap(({ sysctls }) => Object.keys(sysctls)))]
}

test.for(EXAMPLES)('lab.sh of examples/$file builds what the server builds', async ({ text, needs }, { skip }) => {
  const absent = needs.filter((feature) => lacking.includes(feature))
  if (absent.length > 0) skip(missing(`the kernel's ${absent.join(', ')}`))
  const empty = readLedger()
  const lab = await createLab(server, text)
  const namespaces = lab.members.map(({ namespace }) => namespace)
  const settings = await settingsOf(lab)
  const own = await readSettled(kernel, namespaces, settings)
  const script = (await askRest(server.gateway, `GET /v1/labs/${lab.name}/script`)).json.script
  await deleteLab(server, lab.name)
  expect(readLedger()).toEqual(empty)

  expect(await runProgram('bash', ['-s', 'up'], script)).toEqual({ code: 0, stdout: '', stderr: '' })
  const exported = await readSettled(kernel, namespaces, settings)
  expect(exported.map(identityOf)).toEqual(own.map(identityOf))
  expect(settings.length).toBeGreaterThan(5)

  expect(await runProgram('bash', ['-s', 'down'], script)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(readLedger()).toEqual(empty)
})
