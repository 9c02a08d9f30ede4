import { describe, expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { errnoName, KernelError, Refused, refusalOf } from '../../src/kernel/kernel-error.ts'
import { isOurName } from '../../src/kernel/namespace-name.ts'
import type { ObservedDevice } from '../../src/kernel/observed.ts'
import { unreadyDevices } from '../../src/kernel/readiness.ts'
import { sysctlPath } from '../../src/kernel/sysctl.ts'
import { packError, unpackError } from '../../src/kernel/thread-messages.ts'

describe('errno becomes one of the port’s words', () => {
  test.each([
    { errno: 17, code: 'EEXIST', refusal: 'exists' },
    { errno: 2, code: 'ENOENT', refusal: 'not-found' },
    { errno: 19, code: 'ENODEV', refusal: 'not-found' },
    { errno: 1, code: 'EPERM', refusal: 'denied' },
    { errno: 13, code: 'EACCES', refusal: 'denied' },
    { errno: 95, code: 'EOPNOTSUPP', refusal: 'unsupported' },
    { errno: 28, code: 'ENOSPC', refusal: 'exhausted' },
    { errno: 24, code: 'EMFILE', refusal: 'exhausted' },
    { errno: 54, code: 'EXFULL', refusal: 'exhausted' },
    { errno: 110, code: 'ETIMEDOUT', refusal: 'timeout' },
    { errno: 22, code: 'EINVAL', refusal: 'failed' },
  ])('$code is $refusal', ({ errno, code, refusal }) => {
    expect(errnoName(errno)).toBe(code)
    expect(refusalOf(new KernelError(errno, 'test'))).toBe(refusal)
  })

  test('a kind of device or qdisc that the kernel lacks is unsupported, whatever the errno', () => {
    expect(refusalOf(new KernelError(2, 'RTM_NEWQDISC', 'Specified qdisc kind is unknown'))).toBe('unsupported')
    expect(refusalOf(new KernelError(95, 'RTM_NEWLINK', 'Unknown device type'))).toBe('unsupported')
  })

  test('a refusal without an errno keeps its word, and any other error is a failure', () => {
    expect(refusalOf(new Refused('exists', 'nft'))).toBe('exists')
    expect(refusalOf(new TypeError('bug'))).toBe('failed')
  })
})

describe('sysctl keys', () => {
  test.each([
    { key: 'net.ipv4.ip_forward', path: 'net/ipv4/ip_forward' },
    { key: 'net.ipv4.conf.eth0/10.rp_filter', path: 'net/ipv4/conf/eth0.10/rp_filter' },
  ])('$key is a file', ({ key, path }) => expect(sysctlPath(key)).toBe(path))

  test.each([
    'kernel.core_pattern',
    'net',
    'net.ipv4',
    'net.//.x',
    'net..x',
    'net.ipv4.a b',
    'net.ipv4.\u0000',
    'net.ipv4.//',
  ])('%j is refused: it is not of the namespace, or no key', (key) =>
    expect(() => sysctlPath(key)).toThrow(KernelError),
  )
})

test.each([
  { name: 'nl01234567-0', ours: true },
  { name: 'nl0123abcd-1099', ours: true },
  { name: 'nl0123abcd-01', ours: false },
  { name: 'nl0123ABCD-1', ours: false },
  { name: 'nl0123abcd-1/../x', ours: false },
  { name: 'nl0123abcd-1\n', ours: false },
  { name: 'docker', ours: false },
  { name: '', ours: false },
])('a name is ours by its form: $name', ({ name, ours }) => expect(isOurName(name)).toBe(ours))

describe('what is waited for', () => {
  const device = (values: Partial<ObservedDevice>): ObservedDevice => ({
    index: 16,
    device: 'eth0',
    kind: 'veth',
    up: true,
    operstate: 'up',
    mtuBytes: 1500,
    mac: '',
    bridge: '',
    portState: '',
    hairpin: false,
    stp: false,
    peerIndex: 0,
    rxPackets: 0,
    txPackets: 0,
    rxBytes: 0,
    txBytes: 0,
    rxDropped: 0,
    txDropped: 0,
    ...values,
  })
  const bridge = (values: Partial<ObservedDevice> = {}) => device({ device: 'br0', kind: 'bridge', ...values })
  const port = (values: Partial<ObservedDevice> = {}) => {
    return device({ device: 'p0', bridge: 'br0', portState: 'forwarding', ...values })
  }
  test.each<{ story: string; devices: readonly ObservedDevice[]; waits: readonly string[] }>([
    { story: 'a cable that carries is ready', devices: [device({})], waits: [] },
    {
      story: 'a cable without its far end is not',
      devices: [device({ operstate: 'lowerlayerdown' })],
      waits: ['eth0 is lowerlayerdown'],
    },
    {
      story: 'a cable at which the kernel has not looked yet drops what it is given',
      devices: [device({ operstate: 'unknown' })],
      waits: ['eth0 is unknown'],
    },
    {
      story: 'a kind that never tells its state is taken as ready',
      devices: [device({ device: 'tun0', kind: 'tun', operstate: 'unknown' })],
      waits: [],
    },
    {
      story: 'a device that is down by plan is not waited for',
      devices: [device({ up: false, operstate: 'down' })],
      waits: [],
    },
    {
      story: 'lo has no state of its own',
      devices: [device({ device: 'lo', kind: 'loopback', operstate: 'unknown' })],
      waits: [],
    },
    { story: 'a bridge without ports never carries', devices: [bridge({ operstate: 'down' })], waits: [] },
    { story: 'a bridge with a port must', devices: [bridge({ operstate: 'down' }), port()], waits: ['br0 is down'] },
    {
      story: 'a port that learns is not ready',
      devices: [bridge(), port({ portState: 'learning' })],
      waits: ['p0 is a learning port'],
    },
    {
      story: 'without spanning tree nor is one that blocks',
      devices: [bridge(), port({ portState: 'blocking' })],
      waits: ['p0 is a blocking port'],
    },
    {
      story: 'with spanning tree a port may block for good',
      devices: [bridge({ stp: true }), port({ portState: 'blocking' })],
      waits: [],
    },
  ])('$story', ({ devices, waits }) => expect(unreadyDevices(devices)).toEqual(waits))
})

test('errors keep their kind on the way between threads', () => {
  const refused = unpackError(packError(new KernelError(17, 'RTM_NEWLINK', 'taken')))
  expect(refused).toBeInstanceOf(KernelError)
  expect(refused).toMatchObject({
    errno: 17,
    code: 'EEXIST',
    call: 'RTM_NEWLINK',
    message: 'RTM_NEWLINK: EEXIST: taken',
  })

  const cancelled = unpackError(packError(new LabError({ kind: 'cancelled' })))
  expect(cancelled).toMatchObject({ failure: { kind: 'cancelled' } })

  expect(unpackError(packError('text')).message).toBe('text')
})
