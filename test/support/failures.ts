import type { Failure } from '../../src/errors.ts'

/** One of each kind of failure, as the use cases would throw it. The compiler asks for a new kind here. */
export const SAMPLE_FAILURES: { readonly [K in Failure['kind']]: Extract<Failure, { kind: K }> } = {
  'invalid-spec': {
    kind: 'invalid-spec',
    problems: [
      { path: 'hosts[0].name', message: 'a name begins with a letter', reason: 'INVALID_NAME', line: 4, column: 7 },
      { path: '', message: 'two problems', reason: 'OTHER' },
    ],
  },
  'invalid-request': {
    kind: 'invalid-request',
    problems: [{ path: 'pageSize', message: 'must not be negative', reason: 'OUT_OF_RANGE' }],
  },
  'lab-not-found': { kind: 'lab-not-found', lab: 'nowhere' },
  'member-not-found': { kind: 'member-not-found', lab: 'two-nodes', member: 'ghost', field: 'from' },
  'lab-exists': { kind: 'lab-exists', lab: 'two-nodes' },
  'lab-busy': { kind: 'lab-busy', lab: 'two-nodes', state: 'deleting' },
  'lab-not-ready': { kind: 'lab-not-ready', lab: 'two-nodes', state: 'creating' },
  'etag-mismatch': { kind: 'etag-mismatch', lab: 'two-nodes', given: 'old' },
  'request-id-reused': { kind: 'request-id-reused', requestId: 'r-1' },
  'limit-exceeded': { kind: 'limit-exceeded', limit: 'labs', needed: 1, available: 0, remedy: 'remove one' },
  'apply-failed': {
    kind: 'apply-failed',
    lab: 'two-nodes',
    origin: 'links[2]',
    object: 'veth nl01234567-0:eth0 -- nl01234567-1:p1',
    refusal: 'exists',
    leftovers: [],
  },
  'not-as-planned': { kind: 'not-as-planned', lab: 'two-nodes', drifts: ['missing route'], leftovers: ['bridge b'] },
  'remove-failed': { kind: 'remove-failed', lab: 'two-nodes', leftovers: ['namespace nl01234567-0'] },
  'store-failed': { kind: 'store-failed', lab: 'two-nodes', refusal: 'full' },
  unauthenticated: { kind: 'unauthenticated', because: 'missing' },
  'permission-denied': { kind: 'permission-denied', method: 'CreateLab' },
  'too-many-requests': { kind: 'too-many-requests', retryAfterMs: 1500 },
  'deadline-exceeded': { kind: 'deadline-exceeded' },
  cancelled: { kind: 'cancelled' },
  'shutting-down': { kind: 'shutting-down' },
  'engine-unreachable': { kind: 'engine-unreachable' },
  unimplemented: { kind: 'unimplemented', method: '/netnslab.v1.LabService/Nothing' },
  'route-not-found': { kind: 'route-not-found', method: 'GET', path: '/v1/nothing' },
  'method-not-allowed': { kind: 'method-not-allowed', method: 'PUT', allowed: ['GET', 'POST'] },
  'not-acceptable': { kind: 'not-acceptable', offered: ['application/json'] },
  'unsupported-media-type': { kind: 'unsupported-media-type', offered: ['application/json', 'application/yaml'] },
  'body-too-large': { kind: 'body-too-large', limitBytes: 1048576 },
  internal: { kind: 'internal', incident: '01ab' },
}
