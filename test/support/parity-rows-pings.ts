import type { Stack, World } from './full-stack.ts'
import { dies, duoThen, type Row, rowsOf, stuckAt, withBrokenRecord, withDuo } from './parity-row.ts'

/** The server is told to stop as soon as the first echo is under way. */
const stops: World = (() => {
  let stop = () => {}
  const world = duoThen(() => ({
    ping: (_request, _onEvent, signal) => {
      stop()
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    },
  }))
  const before = async (stack: Stack) => {
    await world.before?.(stack)
    stop = () => void stack.engine.close(0)
  }
  return { ...world, before }
})()

export const PING_ROWS: readonly Row[] = rowsOf('LabService/Ping', [
  { story: 'by name', request: { lab: 'duo', from: 'a', to: 'b', intervalMs: 1 }, gives: 'OK', world: withDuo },
  {
    story: 'by device, over IPv6, with everything said',
    request: {
      lab: 'duo',
      from: 'a',
      to: 'b:eth0',
      family: 6,
      count: 2,
      intervalMs: 1,
      timeoutMs: 50,
      payloadBytes: 0,
      dontFragment: true,
      ttl: 1,
    },
    gives: 'OK',
    world: withDuo,
  },
  {
    story: 'an address that there is no way to',
    request: { lab: 'duo', from: 'a', to: '198.51.100.1', count: 1 },
    gives: 'OK',
    world: withDuo,
  },
  {
    story: 'an address that nobody has',
    request: { lab: 'duo', from: 'a', to: '192.0.2.77', count: 1, timeoutMs: 20 },
    gives: 'OK',
    world: withDuo,
  },
  {
    story: 'everything wrong at once',
    request: {
      lab: '-',
      from: '',
      to: 'x'.repeat(65),
      family: 5,
      count: -1,
      intervalMs: 60_001,
      timeoutMs: -1,
      payloadBytes: 65_001,
      ttl: 256,
    },
    gives: 'invalid-request',
    problems: 9,
  },
  {
    story: 'longer than an hour',
    request: { lab: 'duo', from: 'a', to: 'b', count: 1000, intervalMs: 60_000 },
    gives: 'invalid-request',
    problems: 1,
  },
  {
    story: 'a family that the address has not',
    request: { lab: 'duo', from: 'a', to: '192.0.2.2', family: 6 },
    gives: 'invalid-request',
    problems: 1,
    world: withDuo,
  },
  { story: 'a lab that is not there', request: { lab: 'duo', from: 'a', to: 'b' }, gives: 'lab-not-found' },
  {
    story: 'a lab that cannot be read',
    request: { lab: 'duo', from: 'a', to: 'b' },
    gives: 'lab-not-ready',
    world: withBrokenRecord,
  },
  {
    story: 'a sender that is not there',
    request: { lab: 'duo', from: 'ghost', to: 'b' },
    gives: 'member-not-found',
    world: withDuo,
  },
  {
    story: 'a receiver that is not there',
    request: { lab: 'duo', from: 'a', to: 'ghost' },
    gives: 'member-not-found',
    world: withDuo,
  },
  {
    story: 'a kernel thread that dies on the way',
    request: { lab: 'duo', from: 'a', to: 'b' },
    gives: 'internal',
    world: duoThen(() => ({
      ping: async (_request, onEvent) => {
        onEvent({ kind: 'silence', sequence: 1 })
        throw new Error('the thread ended')
      },
    })),
  },
  {
    story: 'a server that stops on the way',
    request: { lab: 'duo', from: 'a', to: 'b' },
    gives: 'shutting-down',
    world: stops,
  },
  {
    story: 'a deadline that passes on the way',
    request: { lab: 'duo', from: 'a', to: 'b' },
    gives: 'deadline-exceeded',
    world: stuckAt('ping'),
    options: { timeoutMs: 250 },
  },
])

export const MATRIX_ROWS: readonly Row[] = rowsOf('LabService/PingMatrix', [
  { story: 'all members', request: { lab: 'duo' }, gives: 'OK', world: withDuo },
  {
    story: 'named members over IPv6',
    request: { lab: 'duo', members: ['b', 'a'], family: 6, timeoutMs: 100 },
    gives: 'OK',
    world: withDuo,
  },
  {
    story: 'several things wrong at once',
    request: { lab: 'No Name', members: [''], family: 1, timeoutMs: 60_001 },
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
    story: 'more neighbours than the host can know',
    request: { lab: 'duo' },
    gives: 'limit-exceeded',
    world: duoThen(() => ({
      limits: async () => [{ name: 'net.ipv4.neigh.default.gc_thresh3', limit: 3, used: 2 }],
    })),
  },
  {
    story: 'a kernel thread that died',
    request: { lab: 'duo' },
    gives: 'internal',
    world: duoThen(() => ({ pingPairs: dies })),
  },
  {
    story: 'a deadline that passes',
    request: { lab: 'duo' },
    gives: 'deadline-exceeded',
    world: stuckAt('pingPairs'),
    options: { timeoutMs: 60 },
  },
])
