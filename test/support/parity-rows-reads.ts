import { askRest } from './ask-rest.ts'
import { kernelBut, type World } from './full-stack.ts'
import { createDuo, dies, duoThen, type Row, rowsOf, stuckAt, withBrokenRecord, withDuo } from './parity-row.ts'

const threeLabs: World = {
  before: async (stack) => {
    for (const name of ['c', 'a', 'b']) await createDuo(stack, name)
  },
}

export const GET_ROWS: readonly Row[] = rowsOf('LabService/GetLab', [
  { story: 'a lab', request: { lab: 'duo' }, gives: 'OK', world: withDuo },
  { story: 'a lab that cannot be read', request: { lab: 'duo' }, gives: 'OK', world: withBrokenRecord },
  { story: 'one that is not there', request: { lab: 'duo' }, gives: 'lab-not-found' },
  { story: 'a name that is none', request: { lab: 'No-Name' }, gives: 'invalid-request', problems: 1 },
  {
    story: 'one wrong token too many',
    request: { lab: 'duo' },
    gives: 'too-many-requests',
    options: { token: 'x'.repeat(40) },
    world: {
      before: async ({ gateway }) => {
        for (let attempt = 0; attempt < 10; attempt++) await askRest(gateway, 'GET /v1/host', { token: 'y'.repeat(40) })
      },
    },
  },
  { story: 'a name with what a path cannot hold', request: { lab: 'a/b?c#d%00ä' }, gives: 'invalid-request' },
])

export const LIST_ROWS: readonly Row[] = rowsOf('LabService/ListLabs', [
  { story: 'no lab', request: {}, gives: 'OK' },
  { story: 'all labs', request: {}, gives: 'OK', world: threeLabs },
  { story: 'one page, with the token of the next', request: { pageSize: 2 }, gives: 'OK', world: threeLabs },
  {
    story: 'by filter',
    request: { filter: 'state=READY AND name=*b* AND labels.course=net1', pageSize: 501 },
    gives: 'OK',
    world: threeLabs,
  },
  { story: 'a negative page', request: { pageSize: -1 }, gives: 'invalid-request', problems: 1 },
  { story: 'a token of nobody', request: { pageToken: 'x' }, gives: 'invalid-request', problems: 1 },
  { story: 'a filter that is none', request: { filter: 'colour=blue' }, gives: 'invalid-request', problems: 1 },
  { story: 'a state that is none', request: { filter: 'state=ready' }, gives: 'invalid-request', problems: 1 },
])

export const INSPECT_ROWS: readonly Row[] = rowsOf('LabService/InspectLab', [
  { story: 'everything', request: { lab: 'duo' }, gives: 'OK', world: withDuo },
  { story: 'two members', request: { lab: 'duo', members: ['b', 'lan'] }, gives: 'OK', world: withDuo },
  { story: 'some fields', request: { lab: 'duo', fields: 'devices,conntrack,drifts' }, gives: 'OK', world: withDuo },
  {
    story: 'drifts alone',
    request: { lab: 'duo', fields: 'drifts' },
    gives: 'OK',
    world: duoThen((kernel) => ({
      observe: async (...given) => (await kernel.observe(...given)).map((one) => ({ ...one, addresses: [] })),
    })),
  },
  {
    story: 'several things wrong at once',
    request: { lab: 'No Name', members: ['', 'x'.repeat(65)], fields: 'colour' },
    gives: 'invalid-request',
    problems: 4,
  },
  { story: 'a lab that is not there', request: { lab: 'duo' }, gives: 'lab-not-found' },
  { story: 'a lab that cannot be read', request: { lab: 'duo' }, gives: 'lab-not-ready', world: withBrokenRecord },
  {
    story: 'a member that is not there',
    request: { lab: 'duo', members: ['a', 'ghost'] },
    gives: 'member-not-found',
    world: withDuo,
  },
  {
    story: 'a kernel thread that died',
    request: { lab: 'duo' },
    gives: 'internal',
    world: duoThen(() => ({ observe: dies })),
  },
  {
    story: 'a deadline that passes',
    request: { lab: 'duo' },
    gives: 'deadline-exceeded',
    world: stuckAt('observe'),
    options: { timeoutMs: 60 },
  },
])

const TEXT_FAILURES = [
  { story: 'a lab that is not there', request: { lab: 'duo' }, gives: 'lab-not-found' },
  { story: 'a lab that cannot be read', request: { lab: 'duo' }, gives: 'lab-not-ready', world: withBrokenRecord },
  { story: 'a name that is none', request: { lab: '1' }, gives: 'invalid-request', problems: 1 },
] as const satisfies readonly Omit<Row, 'rpc'>[]

export const SCRIPT_ROWS: readonly Row[] = rowsOf('LabService/GetScript', [
  { story: 'a lab', request: { lab: 'duo' }, gives: 'OK', world: withDuo },
  ...TEXT_FAILURES,
])

export const GRAPH_ROWS: readonly Row[] = rowsOf('LabService/GetGraph', [
  { story: 'as it is drawn when nothing is said', request: { lab: 'duo' }, gives: 'OK', world: withDuo },
  ...['mermaid', 'dot', 'svg', 'json'].map((format) => {
    return { story: `as ${format}`, request: { lab: 'duo', format }, gives: 'OK' as const, world: withDuo }
  }),
  { story: 'as a photograph', request: { lab: '1', format: 'jpeg' }, gives: 'invalid-request', problems: 2 },
  ...TEXT_FAILURES,
])

export const HOST_ROWS: readonly Row[] = [
  ...rowsOf('HostService/GetHost', [
    { story: 'the machine', request: {}, gives: 'OK', world: withDuo },
    {
      story: 'a kernel thread that died',
      request: {},
      gives: 'internal',
      world: { kernel: (kernel) => kernelBut(kernel, { limits: dies }) },
    },
    {
      story: 'a deadline that passes',
      request: {},
      gives: 'deadline-exceeded',
      world: stuckAt('limits'),
      options: { timeoutMs: 60 },
    },
  ]),
  ...rowsOf('HostService/GetSchema', [{ story: 'the schema of a spec', request: {}, gives: 'OK' }]),
  ...rowsOf('HostService/GetMetrics', [{ story: 'what is counted', request: {}, gives: 'OK', world: withDuo }]),
]
