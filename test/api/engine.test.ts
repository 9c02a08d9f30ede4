import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Struct__Output } from '../../src/contract/gen/google/protobuf/Struct.ts'
import { structToJson } from '../../src/engine/wire.ts'
import { labSpecJsonSchema } from '../../src/spec/json-schema.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { startTestEngine, type TestEngine } from '../support/test-engine.ts'

describe('each RPC hands its request to one use case and tells its answer', () => {
  const labs = fakeLabs()
  let engine: TestEngine
  beforeAll(async () => {
    engine = await startTestEngine(labs)
  })
  afterAll(() => engine.stop())
  const hintsOf = (metadata: { getMap(): Record<string, unknown> }) =>
    Object.fromEntries(Object.entries(metadata.getMap()).filter(([key]) => key.startsWith('x-http-')))

  test('CreateLab with a spec as data: 201 with where it is', async () => {
    const spec = {
      fields: { name: { stringValue: 'two-nodes' }, hosts: { listValue: { values: [{ numberValue: 1 }] } } },
    }

    const { messages, metadata } = await engine.ask('LabService/CreateLab', { spec, lab: 'mine', requestId: 'r-1' })

    expect(labs.asked.at(-1)).toEqual([
      'create',
      {
        spec: { kind: 'document', document: { name: 'two-nodes', hosts: [1] } },
        name: 'mine',
        validateOnly: false,
        async: false,
        requestId: 'r-1',
      },
    ])
    expect(hintsOf(metadata)).toEqual({
      'x-http-status': '201',
      'x-http-location': '/v1/labs/mine',
      'x-http-etag': 'e1',
    })
    expect(messages[0]).toMatchObject({
      name: 'mine',
      uid: '01234567',
      state: 'LAB_STATE_READY',
      createTime: { seconds: 1_800_000_000, nanos: 250_000_000 },
      progress: null,
      plan: null,
      labels: { course: 'net1' },
      buildMs: 42.5,
      members: [{ name: 'web', namespace: 'nl01234567-0', devices: [{ addresses: ['192.0.2.10/24'] }] }],
    })
    expect(messages[0]?.spec).toMatchObject({
      fields: {
        hosts: { listValue: { values: [{ structValue: { fields: { note: { nullValue: 'NULL_VALUE' } } } }] } },
      },
    })
  })

  test('CreateLab with YAML text, begun only: 202 and its progress', async () => {
    const { messages, metadata } = await engine.ask('LabService/CreateLab', { specYaml: 'name: x', async: true })

    expect(labs.asked.at(-1)).toEqual([
      'create',
      { spec: { kind: 'text', text: 'name: x' }, validateOnly: false, async: true },
    ])
    expect(hintsOf(metadata)).toMatchObject({ 'x-http-status': '202' })
    expect(messages[0]).toMatchObject({ progress: { phase: 'devices', stepsDone: 3, stepsTotal: 9 } })
  })

  test('CreateLab that only calculates answers the plan and no place', async () => {
    const { messages, metadata } = await engine.ask('LabService/CreateLab', { specYaml: 'name: x', validateOnly: true })

    expect(hintsOf(metadata)).toEqual({})
    expect(messages[0]).toMatchObject({
      state: 'LAB_STATE_PLANNED',
      plan: { steps: [{ origin: 'hosts[0]', object: 'loopback nl01234567-0', phase: 'devices' }] },
    })
  })

  test('GetLab tells the etag', async () => {
    const { messages, metadata } = await engine.ask('LabService/GetLab', { lab: 'two-nodes' })

    expect(messages[0]).toMatchObject({ name: 'two-nodes', etag: 'e1' })
    expect(hintsOf(metadata)).toEqual({ 'x-http-etag': 'e1' })
  })

  test('ListLabs goes page by page, and a page token goes with its filter only', async () => {
    const filter = 'state=READY AND labels.course=net1 AND name=web-*'
    const first = await engine.ask('LabService/ListLabs', { filter, pageSize: 2 })
    const pageToken = first.messages[0]?.nextPageToken
    expect(first.messages[0]?.labs).toMatchObject([
      { name: 'a', spec: null, members: [] },
      { name: 'b', spec: null, members: [] },
    ])

    await engine.ask('LabService/ListLabs', { filter: `  ${filter} `, pageToken, pageSize: 9999 })
    const other = await engine.ask('LabService/ListLabs', { filter: 'state=READY', pageToken })

    expect(labs.asked.at(-1)).toEqual([
      'list',
      {
        pageSize: 500,
        after: 'b',
        filter: [
          { kind: 'state', state: 'ready' },
          { kind: 'label', label: 'course', pattern: 'net1' },
          { kind: 'name', pattern: 'web-*' },
        ],
      },
    ])
    expect(other.failure?.violations).toMatchObject([{ field: 'pageToken', reason: 'INVALID_PAGE_TOKEN' }])
  })

  test('DeleteLab answers what was removed, or that it is begun', async () => {
    const gone = await engine.ask('LabService/DeleteLab', { lab: 'x', etag: 'e1', allowMissing: true })
    expect(labs.asked.at(-1)).toEqual(['delete', { name: 'x', allowMissing: true, async: false, etag: 'e1' }])
    const begun = await engine.ask('LabService/DeleteLab', { lab: 'x', async: true })

    expect(gone.messages[0]).toEqual({ lab: 'x', state: 'LAB_STATE_UNSPECIFIED', removed: 7, removeMs: 12.5 })
    expect(hintsOf(gone.metadata)).toEqual({})
    expect(begun.messages[0]).toMatchObject({ state: 'LAB_STATE_DELETING' })
    expect(hintsOf(begun.metadata)).toEqual({ 'x-http-status': '202', 'x-http-location': '/v1/labs/x' })
  })

  test('InspectLab reads what was asked for; everything but conntrack and drifts when nothing was', async () => {
    await engine.ask('LabService/InspectLab', { lab: 'x' })
    expect(labs.asked.at(-1)).toMatchObject([
      'inspect',
      { fields: ['devices', 'addresses', 'routes', 'neighbours', 'fdb', 'qdiscs', 'rules', 'sysctls'], drifts: false },
    ])

    const { messages } = await engine.ask('LabService/InspectLab', {
      lab: 'x',
      members: ['web'],
      fields: { paths: ['rules', 'drifts'] },
    })

    expect(labs.asked.at(-1)).toEqual(['inspect', { lab: 'x', members: ['web'], fields: ['rules'], drifts: true }])
    expect(messages[0]).toMatchObject({
      lab: 'x',
      readTime: { seconds: 1_800_000_000, nanos: 250_000_000 },
      drifts: [{ kind: 'unexpected', object: 'route x', origin: '' }],
      members: [
        {
          member: 'web',
          exists: true,
          devices: [{ device: 'eth0', mtuBytes: 1500, portState: '', rxPackets: 2 ** 40 }],
          routes: [{ to: '0.0.0.0/0', metric: 4_000_000_000 }],
          qdiscs: [{ options: { delayMs: 20 } }],
          tables: [{ chains: [{ rules: [{ origin: 'routers[0].nat.masquerade[0]', packets: 7, bytes: 588 }] }] }],
          sysctls: { 'net.ipv4.ip_forward': '0' },
          conntrack: [{ replyDestination: '203.0.113.2', status: ['assured', 'snat'], timeoutSeconds: 431999 }],
        },
      ],
    })
  })

  test('Ping tells events as they happen', async () => {
    const { messages } = await engine.ask('LabService/Ping', { lab: 'x', from: 'a', to: 'b:eth0', family: 6, count: 3 })

    expect(labs.asked.at(-1)).toEqual([
      'ping',
      {
        lab: 'x',
        from: 'a',
        to: 'b:eth0',
        family: 6,
        count: 3,
        intervalMs: 200,
        timeoutMs: 1000,
        payloadBytes: 56,
        dontFragment: false,
        ttl: 0,
      },
    ])
    expect(messages.map(({ event }) => event)).toEqual(['started', 'reply', 'silence', 'error', 'statistics'])
    expect(messages[3]?.error).toEqual({
      sequence: 3,
      from: '192.0.2.1',
      reason: 'fragmentation-needed',
      mtuBytes: 1400,
    })
  })

  test('an empty payload is not the standard one', async () => {
    await engine.ask('LabService/Ping', { lab: 'x', from: 'a', to: 'b', payloadBytes: 0 })

    expect(labs.asked.at(-1)).toMatchObject(['ping', { payloadBytes: 0 }])
  })

  test('PingMatrix tells for each pair whether it answered and why not', async () => {
    const { messages } = await engine.ask('LabService/PingMatrix', { lab: 'x' })

    expect(labs.asked.at(-1)).toEqual(['pingMatrix', { lab: 'x', members: [], timeoutMs: 2000 }])
    expect(messages[0]).toMatchObject({
      sent: 2,
      received: 1,
      elapsedMs: 3.5,
      pairs: [
        { from: 'a', to: 'b', answered: true, rttMs: 0.1, reason: '' },
        { from: 'b', to: 'a', answered: false, rttMs: 0, reason: 'no-answer' },
      ],
    })
  })

  test('GetScript and GetGraph answer text', async () => {
    const script = await engine.ask('LabService/GetScript', { lab: 'x' })
    const graph = await engine.ask('LabService/GetGraph', { lab: 'x' })
    await engine.ask('LabService/GetGraph', { lab: 'x', format: 'svg' })

    expect(script.messages).toEqual([{ script: '#!/usr/bin/env bash\n' }])
    expect(graph.messages).toEqual([{ content: 'drawn as mermaid', mediaType: 'text/vnd.mermaid' }])
    expect(labs.asked.at(-1)).toEqual(['graph', 'x', 'svg'])
  })

  test('GetHost tells what the machine can do and what is used', async () => {
    const { messages } = await engine.ask('HostService/GetHost', {})

    expect(messages[0]).toMatchObject({
      kernelRelease: '6.1.0',
      features: [{ name: 'netem', available: false, detail: 'no such qdisc' }],
      limits: [{ name: 'user.max_net_namespaces', limit: 4000, used: -1 }],
      usage: { labs: 2, namespaces: 9, engineRssBytes: 2 ** 33, uptimeSeconds: 12.5 },
      warnings: ['neighbour table is small'],
    })
  })

  test('GetSchema answers the JSON Schema of the spec, whole', async () => {
    const { messages } = await engine.ask('HostService/GetSchema', {})

    expect(structToJson(messages[0]?.schema as Struct__Output)).toEqual(labSpecJsonSchema())
  })

  test('GetMetrics counts calls by method and code and tells how late the event loop was', async () => {
    await engine.ask('LabService/GetLab', { lab: 'NOT A NAME' })

    const { messages } = await engine.ask('HostService/GetMetrics', {})

    expect(messages[0]?.text).toContain(
      'netnslab_rpc_calls_total{method="netnslab.v1.LabService/GetLab",code="INVALID_ARGUMENT"} 1',
    )
    expect(messages[0]?.text).toMatch(/netnslab_event_loop_delay_seconds\{quantile="0.99"\} \d/)
  })

  test.each([
    { story: 'no spec', method: 'CreateLab', request: {}, field: 'spec', reason: 'REQUIRED' },
    {
      story: 'two specs',
      method: 'CreateLab',
      request: { spec: { fields: {} }, specYaml: 'name: x' },
      field: 'specYaml',
      reason: 'CONFLICT',
    },
    {
      story: 'a request id with a line break',
      method: 'CreateLab',
      request: { specYaml: 'x', requestId: 'a\nb' },
      field: 'requestId',
      reason: 'INVALID_FORMAT',
    },
    { story: 'a lab that is a path', method: 'GetLab', request: { lab: '../x' }, field: 'lab', reason: 'INVALID_NAME' },
    {
      story: 'a negative page size',
      method: 'ListLabs',
      request: { pageSize: -1 },
      field: 'pageSize',
      reason: 'OUT_OF_RANGE',
    },
    {
      story: 'a filter of another grammar',
      method: 'ListLabs',
      request: { filter: 'state==READY' },
      field: 'filter',
      reason: 'INVALID_FILTER',
    },
    {
      story: 'a page token that was made up',
      method: 'ListLabs',
      request: { pageToken: 'bm90IG91cnM' },
      field: 'pageToken',
      reason: 'INVALID_PAGE_TOKEN',
    },
    {
      story: 'a field that cannot be inspected',
      method: 'InspectLab',
      request: { lab: 'x', fields: { paths: ['secrets'] } },
      field: 'fields',
      reason: 'UNKNOWN_WORD',
    },
    {
      story: 'a member without a name',
      method: 'InspectLab',
      request: { lab: 'x', members: ['a', ''] },
      field: 'members[1]',
      reason: 'OUT_OF_RANGE',
    },
    {
      story: 'a ping of more than an hour',
      method: 'Ping',
      request: { lab: 'x', from: 'a', to: 'b', count: 1000, intervalMs: 60_000 },
      field: 'intervalMs',
      reason: 'OUT_OF_RANGE',
    },
    {
      story: 'a TTL that no packet has',
      method: 'Ping',
      request: { lab: 'x', from: 'a', to: 'b', ttl: 256 },
      field: 'ttl',
      reason: 'OUT_OF_RANGE',
    },
    {
      story: 'an address family that is not IP',
      method: 'PingMatrix',
      request: { lab: 'x', family: 5 },
      field: 'family',
      reason: 'OUT_OF_RANGE',
    },
    {
      story: 'a drawing of another kind',
      method: 'GetGraph',
      request: { lab: 'x', format: 'png' },
      field: 'format',
      reason: 'UNKNOWN_WORD',
    },
  ])('$story is refused at its field', async ({ method, request, field, reason }) => {
    const before = labs.asked.length

    const { failure } = await engine.ask(`LabService/${method}`, request)

    expect(failure).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
      violations: [{ field, reason }],
    })
    expect(labs.asked).toHaveLength(before)
  })

  test('all problems of a request are told at once', async () => {
    const { failure } = await engine.ask('LabService/Ping', { lab: 'X', from: '', to: '', count: -1, ttl: 999 })

    expect(failure?.violations.map(({ field }) => field)).toEqual(['lab', 'from', 'to', 'count', 'ttl'])
  })

  test.each([
    { story: 'not a number', value: { numberValue: Number.NaN }, reason: 'NOT_FINITE' },
    { story: 'infinity', value: { numberValue: Number.POSITIVE_INFINITY }, reason: 'NOT_FINITE' },
    { story: 'a value without a kind', value: {}, reason: 'INVALID_VALUE' },
  ])('a spec with $story is refused at its place', async ({ value, reason }) => {
    const spec = { fields: { hosts: { listValue: { values: [{ structValue: { fields: { mtu: value } } }] } } } }

    const { failure } = await engine.ask('LabService/CreateLab', { spec })

    expect(failure).toMatchObject({ reason: 'INVALID_SPEC', violations: [{ field: 'hosts[0].mtu', reason }] })
  })
})
