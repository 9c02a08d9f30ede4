import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { methods } from '../../src/contract/methods.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { missing, runProgram, works } from '../support/run-program.ts'
import { type Server, startServer } from '../support/server-process.ts'
import { TOKEN } from '../support/start-gateway.ts'

// Clients that nobody here wrote, at a server that an operator started, over the real kernel. What is absent is skipped by name.
const PYTHON = ['/usr/bin/python3', 'python3'].find((python) => works(python, ['-c', 'import grpc, google.protobuf']))
const GRPCURL = ['grpcurl'].find((grpcurl) => works(grpcurl, ['-version']))
const BUF = 'node_modules/.bin/buf'

let server: Server
const empty = readLedger()
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
  expect(readLedger()).toEqual(empty)
})

/** The life of one lab, as every gRPC client lives it: each RPC once, and one refusal. */
function life(name: string): readonly { readonly method: string; readonly request: object }[] {
  const specYaml = readFileSync('examples/nat.yaml', 'utf8')
  const call = (method: string, request: object = {}) => ({ method: `netnslab.v1.${method}`, request })
  return [
    call('LabService/CreateLab', { specYaml, lab: name }),
    call('LabService/GetLab', { lab: name }),
    call('LabService/ListLabs', { filter: `name=${name}` }),
    call('LabService/Ping', { lab: name, from: 'client', to: 'isp', count: 2, intervalMs: 10 }),
    call('LabService/PingMatrix', { lab: name, members: ['client', 'web', 'edge'] }),
    call('LabService/InspectLab', { lab: name, members: ['edge'], fields: 'rules,conntrack,drifts' }),
    call('LabService/GetScript', { lab: name }),
    call('LabService/GetGraph', { lab: name, format: 'svg' }),
    call('HostService/GetHost'),
    call('HostService/GetSchema'),
    call('HostService/GetMetrics'),
    call('LabService/DeleteLab', { lab: name }),
  ]
}

/** What the life of the NAT lab must have shown, whichever client lived it. */
function expectLife(answers: ReadonlyMap<string, readonly unknown[]>): void {
  const first = (method: string) => answers.get(`netnslab.v1.LabService/${method}`)?.[0]
  expect(first('CreateLab')).toMatchObject({ state: 'LAB_STATE_READY' })
  expect(answers.get('netnslab.v1.LabService/Ping')?.at(-1)).toMatchObject({ statistics: { sent: 2, received: 2 } })
  expect(first('PingMatrix')).toMatchObject({ sent: 6, received: 6 })
  const inspected = JSON.stringify(first('InspectLab'))
  expect(inspected).toContain('"replyDestination":"203.0.113.2"')
  expect(inspected).toMatch(/masquerade[^}]*"packets":[1-9]/)
  expect(inspected).not.toContain('"drifts":[{')
  expect(first('GetScript')).toMatchObject({ script: expect.stringContaining('ip netns add nl') })
  expect(first('GetGraph')).toMatchObject({ mediaType: 'image/svg+xml' })
  expect(first('DeleteLab')).toMatchObject({ removed: expect.any(Number) })
}

test('the life has every RPC of ours', () => {
  const ours = methods.filter(({ service }) => service.startsWith('netnslab.')).map(({ path }) => path.slice(1))

  expect(new Set(life('x').map(({ method }) => method))).toEqual(new Set(ours))
})

describe('the commands that the server prints', () => {
  const commands = () =>
    server.printed
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^(?:curl|grpcurl|\S*buf curl) /.test(line))

  test('work as pasted into a shell', async () => {
    for (const command of commands()) {
      if (command.startsWith('grpcurl ') && GRPCURL === undefined) continue
      const { code, stdout, stderr } = await runProgram('bash', ['-c', command.replace('$NETNS_LAB_TOKEN', TOKEN)])
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' })
      expect(stdout, command).not.toContain('"reason"')
    }
    expect(commands().length).toBeGreaterThanOrEqual(10)
  })
})

describe('buf curl, by reflection', () => {
  const buf = (...args: readonly string[]) =>
    runProgram(BUF, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args])
  const url = (rest = '') => `http://${server.gateway.grpcAddress}${rest}`

  test('lists services and methods', async () => {
    const services = await buf('--list-services', url())
    const listed = await buf('--list-methods', url())

    const ours = new Set(methods.map(({ service }) => service))
    expect(new Set(services.stdout.trim().split('\n'))).toEqual(ours)
    expect(listed.stdout.trim().split('\n').sort()).toEqual(methods.map(({ path }) => path.slice(1)).sort())
  })

  test('lives the life of a lab', async () => {
    const answers = new Map<string, unknown[]>()
    for (const { method, request } of life('by-buf')) {
      const auth = `Authorization: Bearer ${TOKEN}`
      const { code, stdout, stderr } = await buf('-H', auth, '-d', JSON.stringify(request), url(`/${method}`))
      expect({ method, code, stderr }).toEqual({ method, code: 0, stderr: '' })
      answers.set(method, readJsonStream(stdout))
    }
    expectLife(answers)
  })

  test('is refused by code and sentence', async () => {
    const refused = await buf('-d', '{"lab":"x"}', url('/netnslab.v1.LabService/GetLab'))

    // buf ends with eight times the gRPC code; 16 is UNAUTHENTICATED.
    expect(refused).toMatchObject({ code: 128, stderr: expect.stringContaining('A bearer token is needed') })
  })
})

describe('Python with grpcio', () => {
  test('lives the life of a lab and reads a refusal', async ({ skip }) => {
    if (PYTHON === undefined) return skip(missing('python3-grpcio'))
    const metadata = { authorization: `Bearer ${TOKEN}` }
    const refused = { method: 'netnslab.v1.LabService/GetLab', request: { lab: 'by-python' } }
    const asked = [...life('by-python'), refused].map((call) => ({ ...call, metadata, deadline: 60 }))
    const args = ['test/support/python_client.py', 'proto/descriptor.binpb', server.gateway.grpcAddress]
    const { stdout, stderr } = await runProgram(PYTHON, args, JSON.stringify(asked))

    expect(stderr).toBe('')
    const answers: { code: string; answers: unknown[]; details: unknown[] }[] = JSON.parse(stdout)
    const codes = answers.map(({ code }) => code)
    expect(codes).toEqual([...life('x').map(() => 'OK'), 'NOT_FOUND'])
    expectLife(new Map(answers.slice(0, -1).map((answer, n) => [asked[n]?.method ?? '', answer.answers])))
    expect(answers.at(-1)?.details[0]).toMatchObject({ reason: 'LAB_NOT_FOUND', domain: 'netns-lab' })
  })
})

describe('grpcurl', () => {
  test('lists, describes and lives the life of a lab', async ({ skip }) => {
    if (GRPCURL === undefined) return skip(missing('grpcurl'))
    const grpcurl = (...args: readonly string[]) =>
      runProgram('grpcurl', ['-plaintext', '-H', `Authorization: Bearer ${TOKEN}`, ...args])
    const { grpcAddress } = server.gateway
    const described = await grpcurl(grpcAddress, 'describe', 'netnslab.v1.Lab')
    expect(described.stdout).toContain('.google.protobuf.Timestamp create_time = 5;')

    const answers = new Map<string, unknown[]>()
    for (const { method, request } of life('by-grpcurl')) {
      const { code, stdout, stderr } = await grpcurl('-d', JSON.stringify(request), grpcAddress, method)
      expect({ method, code, stderr }).toEqual({ method, code: 0, stderr: '' })
      answers.set(method, readJsonStream(stdout))
    }
    expectLife(answers)
  })
})

/** JSON values one after another, each with line breaks of its own, as buf and grpcurl print a stream. */
function readJsonStream(text: string): unknown[] {
  const values: unknown[] = []
  let part = ''
  for (const line of text.split('\n')) {
    part += line
    // Only the outermost object ends at the beginning of a line, and an empty or one-line one ends where it begins.
    if (!/^[}]|^\{.*\}$/.test(line)) continue
    values.push(JSON.parse(part))
    part = ''
  }
  return values
}
