import { readFileSync } from 'node:fs'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { kernelBut, type World } from './full-stack.ts'
import { createDuo, DUO, DUO_FIRST, dies, duoThen, type Row, rowsOf, stuckAt, withDuo } from './parity-row.ts'

const broken = readFileSync('examples/broken/three-mistakes.yaml', 'utf8')
const duoYaml = JSON.stringify(DUO)
const SLOW = {
  name: 'slow',
  hosts: [{ name: 'a' }, { name: 'b' }],
  links: [{ name: 'cable', ends: ['a:eth0', 'b:eth0'], subnet: '192.0.2.0/24', delay: '5ms' }],
}
const asYaml = (body: string, query = '') => ({
  line: `POST /v1/labs${query}`,
  body,
  headers: { 'content-type': 'application/yaml' },
})

const stuck = stuckAt('apply')
/** A lab is being removed, and will be for as long as the test looks. */
const stuckRemoving = stuckAt('remove')
const deletingDuo: World = {
  ...stuckRemoving,
  before: async (stack) => {
    await stuckRemoving.before?.(stack)
    await stack.labs.delete({ name: 'duo', allowMissing: false, async: true })
  },
}
const closing: World = {
  before: async (stack) => {
    await createDuo(stack)
    void stack.labs.close()
  },
}
const withDuoAsked: World = {
  before: ({ labs }) =>
    labs.create({ spec: { kind: 'document', document: DUO }, validateOnly: false, async: false, requestId: 'r-1' }),
}

export const CREATE_ROWS: readonly Row[] = rowsOf('LabService/CreateLab', [
  { story: 'a spec as data', request: { spec: DUO }, gives: 'OK', http: 201 },
  { story: 'a spec as text', request: { specYaml: duoYaml }, gives: 'OK', http: 201 },
  {
    story: 'a spec as a YAML body under another name',
    request: { specYaml: duoYaml, lab: 'other' },
    rest: asYaml(duoYaml, '?lab=other'),
    gives: 'OK',
    http: 201,
  },
  {
    story: 'begun only',
    request: { spec: { ...DUO, name: 'other' }, async: true },
    gives: 'OK',
    http: 202,
    world: stuckAt('apply'),
  },
  { story: 'checked only', request: { spec: DUO, validateOnly: true }, gives: 'OK' },
  {
    story: 'the same request again',
    request: { spec: DUO, requestId: 'r-1' },
    rest: { body: { spec: DUO }, headers: { 'idempotency-key': '"r-1"' } },
    gives: 'OK',
    http: 201,
    world: withDuoAsked,
  },
  {
    story: 'the request id of another request',
    request: { spec: { ...DUO, name: 'other' }, requestId: 'r-1' },
    gives: 'request-id-reused',
    world: withDuoAsked,
  },
  { story: 'no spec', request: {}, gives: 'invalid-request', problems: 1 },
  { story: 'two specs', request: { spec: DUO, specYaml: duoYaml }, gives: 'invalid-request', problems: 1 },
  {
    story: 'a name and a request id that are none',
    request: { spec: DUO, lab: 'No Name', requestId: 'with a blank' },
    gives: 'invalid-request',
    problems: 2,
  },
  {
    story: 'a spec with several problems, as data',
    request: { spec: { name: 'x', hosts: [{ name: 'a', link: 'nowhere', address: '1.2.3' }, { nam: 'b' }], mtu: 'x' } },
    gives: 'invalid-spec',
    problems: 5,
  },
  {
    story: 'a spec with three problems, as YAML, with their lines',
    request: { specYaml: broken },
    rest: asYaml(broken),
    gives: 'invalid-spec',
    problems: 3,
    places: true,
  },
  { story: 'text that is no YAML', request: { specYaml: 'a: [\n  b: }' }, gives: 'invalid-spec' },
  {
    story: 'more problems than are told',
    request: { spec: { name: 'x', hosts: Array.from({ length: 80 }, () => ({ name: 'a', link: 'gone' })) } },
    gives: 'invalid-spec',
  },
  {
    story: 'a spec nested too deep',
    request: { spec: { name: 'x', hosts: JSON.parse(`${'['.repeat(28)}1${']'.repeat(28)}`) } },
    gives: 'invalid-spec',
  },
  {
    story: 'a feature that this kernel lacks',
    request: { spec: SLOW },
    gives: 'invalid-spec',
    problems: 1,
    world: { kernel: () => new FakeKernel({ missingFeatures: ['netem'] }) },
  },
  { story: 'a name that is taken', request: { spec: DUO }, gives: 'lab-exists', world: withDuo },
  { story: 'a name that is being removed', request: { spec: DUO }, gives: 'lab-busy', world: deletingDuo },
  {
    story: 'one lab more than the operator allows',
    request: { spec: { ...DUO, name: 'other' } },
    gives: 'limit-exceeded',
    world: { ...withDuo, settings: { limits: { maxLabs: 1 } } },
  },
  {
    story: 'more namespaces than the host has left',
    request: { spec: DUO },
    gives: 'limit-exceeded',
    world: {
      kernel: (kernel) =>
        kernelBut(kernel, { limits: async () => [{ name: 'user.max_net_namespaces', limit: 5, used: 4 }] }),
    },
  },
  {
    story: 'a queue that is full',
    request: { spec: { ...DUO, name: 'third' } },
    gives: 'too-many-requests',
    world: {
      ...stuck,
      settings: { limits: { concurrentWork: 1, queuedCreates: 0 } },
      before: async (stack) => {
        await stuck.before?.(stack)
        const spec = { kind: 'document', document: { ...DUO, name: 'second' } } as const
        await stack.labs.create({ spec, validateOnly: false, async: true })
      },
    },
  },
  {
    story: 'a step that the kernel refuses',
    request: { spec: DUO },
    gives: 'apply-failed',
    world: { kernel: () => new FakeKernel({ refuses: `address ${DUO_FIRST}:eth0 192.0.2.1/24`, refusal: 'denied' }) },
  },
  {
    story: 'a refusal that cannot be undone wholly',
    request: { spec: DUO },
    gives: 'apply-failed',
    world: {
      kernel: () =>
        new FakeKernel({
          refuses: `address ${DUO_FIRST}:eth0 192.0.2.1/24`,
          keeps: [`namespace ${DUO_FIRST}`],
        }),
    },
  },
  {
    story: 'a kernel that does not hold what it was told',
    request: { spec: DUO },
    gives: 'not-as-planned',
    world: {
      kernel: (kernel) =>
        kernelBut(kernel, {
          observe: async (...given) => (await kernel.observe(...given)).map((one) => ({ ...one, addresses: [] })),
        }),
    },
  },
  {
    story: 'a disk that takes no record',
    request: { spec: DUO },
    gives: 'store-failed',
    world: { settings: { failpoint: 'create:before-intent:fail' } },
  },
  {
    story: 'a kernel thread that died',
    request: { spec: DUO },
    gives: 'internal',
    world: { kernel: (kernel) => kernelBut(kernel, { apply: dies }) },
  },
  {
    story: 'a deadline that passes',
    request: { spec: { ...DUO, name: 'other' } },
    gives: 'deadline-exceeded',
    world: stuckAt('apply'),
    options: { timeoutMs: 60 },
  },
  {
    story: 'a server that stops',
    request: { spec: { ...DUO, name: 'other' } },
    gives: 'shutting-down',
    world: closing,
  },
  {
    story: 'a request that is too large',
    request: { specYaml: '#'.repeat(5000) },
    gives: 'body-too-large',
    world: { settings: { limits: { maxDocumentBytes: 4096 } } },
  },
])

export const DELETE_ROWS: readonly Row[] = rowsOf('LabService/DeleteLab', [
  { story: 'a lab', request: { lab: 'duo' }, gives: 'OK', world: withDuo },
  { story: 'begun only', request: { lab: 'duo', async: true }, gives: 'OK', http: 202, world: withDuo },
  {
    story: 'a lab under way, joined',
    request: { lab: 'duo', async: true },
    gives: 'OK',
    http: 202,
    world: deletingDuo,
  },
  { story: 'one that may be missing', request: { lab: 'duo', allowMissing: true }, gives: 'OK' },
  { story: 'one that is not there', request: { lab: 'duo' }, gives: 'lab-not-found' },
  { story: 'a name that is none', request: { lab: 'No Name' }, gives: 'invalid-request', problems: 1 },
  {
    story: 'a name and an etag that are none',
    request: { lab: '-', etag: 'x'.repeat(129) },
    gives: 'invalid-request',
    problems: 2,
  },
  { story: 'another etag', request: { lab: 'duo', etag: 'old' }, gives: 'etag-mismatch', world: withDuo },
  {
    story: 'another etag, in the header',
    request: { lab: 'duo', etag: 'old' },
    rest: { line: 'DELETE /v1/labs/duo', headers: { 'if-match': '"old"' } },
    gives: 'etag-mismatch',
    world: withDuo,
  },
  {
    story: 'a namespace that does not go',
    request: { lab: 'duo' },
    gives: 'remove-failed',
    world: { kernel: () => new FakeKernel({ keeps: [`namespace ${DUO_FIRST}`] }), ...withDuo },
  },
  {
    story: 'a record that does not go',
    request: { lab: 'duo' },
    gives: 'store-failed',
    world: { settings: { failpoint: 'delete:removed:fail' }, ...withDuo },
  },
  {
    story: 'a kernel thread that died',
    request: { lab: 'duo' },
    gives: 'internal',
    world: duoThen(() => ({ remove: dies })),
  },
  {
    story: 'a deadline that passes',
    request: { lab: 'duo' },
    gives: 'deadline-exceeded',
    world: deletingDuo,
    options: { timeoutMs: 60 },
  },
  { story: 'a server that stops', request: { lab: 'duo' }, gives: 'shutting-down', world: closing },
])
