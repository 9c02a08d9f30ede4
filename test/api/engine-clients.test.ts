import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { methods } from '../../src/contract/methods.ts'
import { LabError } from '../../src/errors.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { startTestEngine, type TestEngine } from '../support/test-engine.ts'

// Clients that nobody here wrote: buf (connect-go) and Python (C-core). grpcurl, where it is installed, is asked too.
const run = promisify(execFile)
const BUF = 'node_modules/.bin/buf'
const PYTHON = ['/usr/bin/python3', 'python3'].find((python) => works(python, ['-c', 'import grpc, google.protobuf']))
const GRPCURL = ['grpcurl'].find((grpcurl) => works(grpcurl, ['-version']))

let engine: TestEngine
let address: string
beforeAll(async () => {
  const labs = fakeLabs({
    async get(lab) {
      if (lab === 'nowhere') throw new LabError({ kind: 'lab-not-found', lab })
      return fakeLabs().get(lab)
    },
    async create(request) {
      if (request.spec.kind === 'document') return fakeLabs().create(request)
      const problems = Array.from({ length: Number(request.spec.text) }, (_, n) => ({
        path: `hosts[${n}].interfaces[0].address`,
        message: 'is not an IPv4 or IPv6 address with a prefix length, e.g. 192.0.2.10/24',
        reason: 'INVALID_ADDRESS',
        line: 10 + n,
        column: 7,
      }))
      throw new LabError({ kind: 'invalid-spec', problems })
    },
    async pingMatrix(_wish, signal) {
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  engine = await startTestEngine(labs, { tcpForTests: '127.0.0.1:0' })
  address = `127.0.0.1:${engine.engine.tcpPort}`
})
afterAll(() => engine.stop())

const REQUESTS: Record<string, object> = {
  'netnslab.v1.LabService/CreateLab': {
    spec: { name: 'x', hosts: [{ name: 'a', on: true, note: null }] },
    async: true,
  },
  'netnslab.v1.LabService/GetLab': { lab: 'x' },
  'netnslab.v1.LabService/ListLabs': { pageSize: 2 },
  'netnslab.v1.LabService/DeleteLab': { lab: 'x', allowMissing: true },
  'netnslab.v1.LabService/InspectLab': { lab: 'x', members: ['web'], fields: 'devices,conntrack' },
  'netnslab.v1.LabService/Ping': { lab: 'x', from: 'a', to: 'b', payloadBytes: 0 },
  'netnslab.v1.LabService/GetScript': { lab: 'x' },
  'netnslab.v1.LabService/GetGraph': { lab: 'x', format: 'dot' },
  'netnslab.v1.HostService/GetHost': {},
  'netnslab.v1.HostService/GetSchema': {},
  'netnslab.v1.HostService/GetMetrics': {},
  'grpc.health.v1.Health/Check': {},
  'grpc.health.v1.Health/List': {},
}
// Not in the table: they do not end by themselves here.
const ENDLESS = ['PingMatrix', 'Watch', 'ServerReflectionInfo']

test('the table has a row for every RPC', () => {
  const expected = methods.filter(({ name }) => !ENDLESS.includes(name)).map(({ path }) => path.slice(1))

  expect(Object.keys(REQUESTS).sort()).toEqual(expected.sort())
})

describe('buf curl, which learns the contract by reflection', () => {
  const buf = (...args: string[]) => run(BUF, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args])

  test('lists every method', async () => {
    const { stdout } = await buf('--list-methods', `http://${address}`)

    expect(stdout.trim().split('\n').sort()).toEqual(methods.map(({ path }) => path.slice(1)).sort())
  })

  test('can be given a message with nested messages, timestamps and structs, and decodes the same', async () => {
    for (const [method, request] of Object.entries(REQUESTS)) {
      const { stdout } = await buf('-d', JSON.stringify(request), `http://${address}/${method}`)
      expect(stdout, method).toMatch(/^\{/)
    }
    const { stdout } = await buf('-d', '{"lab":"x"}', `http://${address}/netnslab.v1.LabService/GetLab`)
    expect(JSON.parse(stdout)).toMatchObject({
      createTime: '2027-01-15T08:00:00.250Z',
      spec: { hosts: [{ mtu: 1500, note: null, on: true }] },
    })
  })

  test('a refusal has its code', async () => {
    const refused = await buf('-d', '{"lab":"nowhere"}', `http://${address}/netnslab.v1.LabService/GetLab`).catch(
      (error: { code: number; stderr: string }) => error,
    )

    // buf ends with eight times the gRPC code.
    expect(refused).toMatchObject({ code: 5 * 8, stderr: expect.stringContaining('There is no lab named') })
  })
})

describe('Python with grpcio and no generated code', () => {
  type PythonAnswer = { code: string; message: string; details: Record<string, unknown>[]; answers: object[] }
  /** In a process beside ours, never waited for synchronously: the engine lives in this one and must go on answering. */
  async function python(target: string, asked: object[]): Promise<PythonAnswer[]> {
    const running = run(PYTHON ?? '', ['test/support/python_client.py', 'proto/descriptor.binpb', target])
    running.child.stdin?.end(JSON.stringify(asked))
    return JSON.parse((await running).stdout)
  }

  test.skipIf(PYTHON === undefined)('every RPC, over the unix socket', async () => {
    const asked = Object.entries(REQUESTS).map(([method, request]) => ({ method, request }))

    const answers = await python(`unix:${engine.socketPath}`, asked)

    expect(answers.map(({ code }, n) => [asked[n]?.method, code])).toEqual(asked.map(({ method }) => [method, 'OK']))
    expect(answers[5]?.answers).toHaveLength(5)
  })

  test.skipIf(PYTHON === undefined)('reads problems with their places', async () => {
    const request = { specYaml: '2' }
    const asked = [{ method: 'netnslab.v1.LabService/CreateLab', request, metadata: { 'x-request-id': 'call-7' } }]

    const [answer] = await python(address, asked)

    expect(answer).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'The lab spec has 2 problems; nothing was built',
      details: [
        { type: 'google.rpc.ErrorInfo', reason: 'INVALID_SPEC', domain: 'netns-lab' },
        { type: 'google.rpc.BadRequest', fieldViolations: [{ field: 'hosts[0].interfaces[0].address' }, {}] },
        {
          type: 'netnslab.v1.SourcePositions',
          positions: [
            { line: 10, column: 7 },
            { violation: 1, line: 11 },
          ],
        },
        { type: 'google.rpc.RequestInfo', requestId: 'call-7' },
      ],
    })
  })

  test.skipIf(PYTHON === undefined)('a thousand problems stay below what C-core takes in trailers', async () => {
    const [answer] = await python(address, [
      { method: 'netnslab.v1.LabService/CreateLab', request: { specYaml: '1000' } },
    ])

    expect(answer?.code).toBe('INVALID_ARGUMENT')
    expect(answer?.details[0]).toMatchObject({ reason: 'INVALID_SPEC' })
  })

  test.skipIf(PYTHON === undefined)('a deadline is kept', async () => {
    const [answer] = await python(address, [
      { method: 'netnslab.v1.LabService/PingMatrix', request: { lab: 'x' }, deadline: 0.2 },
    ])

    expect(answer?.code).toBe('DEADLINE_EXCEEDED')
  })
})

describe('grpcurl', () => {
  test.skipIf(GRPCURL === undefined)('lists, describes and calls', async () => {
    const list = await run('grpcurl', ['-plaintext', address, 'list'])
    const described = await run('grpcurl', ['-plaintext', address, 'describe', 'netnslab.v1.Lab'])
    const lab = await run('grpcurl', ['-plaintext', '-d', '{"lab":"x"}', address, 'netnslab.v1.LabService/GetLab'])

    expect(list.stdout).toContain('netnslab.v1.LabService')
    expect(described.stdout).toContain('.google.protobuf.Timestamp create_time = 5;')
    expect(JSON.parse(lab.stdout)).toMatchObject({ name: 'x' })
  })
})

function works(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
