import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { STATUS } from '../../src/errors.ts'
import { methodNamed } from '../support/contract-request.ts'
import { SAMPLE_FAILURES } from '../support/failures.ts'
import { type Stack, startStack, type World } from '../support/full-stack.ts'
import { type Said, sayGrpc, sayRest } from '../support/parity-doors.ts'
import { masked } from '../support/parity-mask.ts'
import type { Row } from '../support/parity-row.ts'
import { ONE_SIDED, ROWS, SHARED_METHODS } from '../support/parity-rows.ts'

/** Each side gets a server of its own, so that what one call changes is not there for the other. */
async function inWorld<T>(world: World | undefined, ask: (stack: Stack) => Promise<T>): Promise<T> {
  const stack = await startStack(world)
  try {
    return await ask(stack)
  } finally {
    await stack.stop()
  }
}

function expectOutcome(row: Row, said: Said): void {
  if (row.gives === 'OK') {
    expect(said.failure).toBeUndefined()
    expect(said.messages).not.toHaveLength(0)
    return
  }
  const { code, http } = STATUS[row.gives]
  const reason = row.gives.replaceAll('-', '_').toUpperCase()
  expect(said.failure).toMatchObject({ code, http, reason, domain: 'netns-lab' })
  if (row.problems !== undefined) expect(said.failure?.violations).toHaveLength(row.problems)
  if (row.places) expect(said.failure?.violations.every(({ line, column }) => line && column)).toBe(true)
}

describe.each(SHARED_METHODS.map(({ path }) => path.replace('/netnslab.v1.', '')))('%s says the same', (rpc) => {
  const method = methodNamed(rpc)
  const forms = method.serverStreaming ? ['application/x-ndjson', 'text/event-stream'] : ['application/json']
  const rows = ROWS.filter((row) => row.rpc === rpc)

  test.each(rows)('$story: $gives', async (row) => {
    const overGrpc = await inWorld(row.world, (stack) => sayGrpc(stack, method, row.request, row.options))
    expectOutcome(row, overGrpc)

    for (const accept of forms) {
      const asked = { accept, ...row.options, ...row.rest }
      const { status, ...overRest } = await inWorld(row.world, (stack) => sayRest(stack, method, row.request, asked))
      expect(masked(overRest), accept).toEqual(masked(overGrpc))
      const begun = overRest.failure === undefined || overRest.messages.length > 0
      expect(status).toBe(begun ? (row.http ?? 200) : overRest.failure?.http)
    }
  })
})

describe('the table', () => {
  test('has a success and a failure of every RPC that both doors serve', () => {
    const lacking = SHARED_METHODS.map(({ path }) => path.replace('/netnslab.v1.', '')).filter((rpc) => {
      const gives = ROWS.filter((row) => row.rpc === rpc).map((row) => row.gives)
      return !gives.includes('OK') || gives.every((kind) => kind === 'OK')
    })

    expect(lacking).toEqual([])
  })

  test('has every failure that the use cases promise to throw', () => {
    const shown = new Set(ROWS.map(({ rpc, gives }) => `${rpc} ${gives}`))

    expect(promisedFailures().length).toBeGreaterThan(20)
    expect(promisedFailures().filter((promise) => !shown.has(promise))).toEqual([])
  })

  test('has every kind of failure that both doors can give', () => {
    const shown = new Set<string>(ROWS.map(({ gives }) => gives))
    const lacking = Object.keys(SAMPLE_FAILURES).filter((kind) => !shown.has(kind) && !(kind in ONE_SIDED))

    expect(lacking).toEqual([])
  })
})

/** `@throws LabError` of the use cases, by RPC: what docs promise must stand in the table. */
function promisedFailures(): readonly string[] {
  const text = readFileSync('src/labs/labs-port.ts', 'utf8')
  const use = { create: 'CreateLab', get: 'GetLab', delete: 'DeleteLab', inspect: 'InspectLab', ping: 'Ping' }
  const rpcs: Record<string, string> = { ...use, pingMatrix: 'PingMatrix', script: 'GetScript', graph: 'GetGraph' }
  const promises = text.matchAll(/@throws LabError ((?:[a-z-]+(?: \([^)]*\))?(?:, )?)+)[\s\S]*?\n {2}(\w+)\(/g)
  return Array.from(promises).flatMap(([, kinds = '', method = '']) =>
    kinds
      .replaceAll(/ \([^)]*\)/g, '')
      .split(', ')
      .map((kind) => `LabService/${rpcs[method]} ${kind}`),
  )
}

describe('the text of an answer', () => {
  const duo = ROWS.find((row) => row.rpc === 'LabService/GetScript' && row.gives === 'OK')?.world

  test.each([
    { rpc: 'LabService/GetScript', request: { lab: 'duo' }, field: 'script', accept: 'text/plain' },
    { rpc: 'LabService/GetScript', request: { lab: 'duo' }, field: 'script', accept: 'text/x-shellscript' },
    { rpc: 'LabService/GetGraph', request: { lab: 'duo' }, field: 'content', accept: 'text/vnd.mermaid' },
    { rpc: 'LabService/GetGraph', request: { lab: 'duo', format: 'svg' }, field: 'content', accept: 'image/svg+xml' },
  ])('$rpc as $accept is the field "$field" of the message', async ({ rpc, request, field, accept }) => {
    await inWorld(duo, async (stack) => {
      const overGrpc = await sayGrpc(stack, methodNamed(rpc), request)
      const overRest = await sayRest(stack, methodNamed(rpc), request, { accept })

      expect(overRest.messages).toEqual([(overGrpc.messages[0] as Record<string, string>)[field]])
    })
  })
})
