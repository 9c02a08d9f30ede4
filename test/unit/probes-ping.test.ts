import { describe, expect, test } from 'vitest'
import { type Failure, LabError } from '../../src/errors.ts'
import type { PingEvent, PingRequest } from '../../src/kernel/kernel.ts'
import { type PingTold, type PingWish, ping } from '../../src/probes/ping.ts'
import { resolve } from '../../src/probes/resolve.ts'
import { OFFICE } from '../support/ping-plans.ts'

function target(from: string, to: string, family?: 4 | 6): string {
  const { target } = resolve(OFFICE, { lab: 'office', from, to, ...(family !== undefined && { family }) })
  return target.device === undefined ? target.destination : `${target.destination} by ${target.device}`
}

function failureOf(work: () => unknown): Failure | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof LabError) return error.failure
    throw error
  }
  return undefined
}

describe('who is asked', () => {
  test.each([
    { story: 'a member by its name, on the link that both share', from: 'old', to: 'server', asked: '192.0.2.9' },
    { story: 'a member that shares no link, at its first address', from: 'new', to: 'edge', asked: '192.0.2.1' },
    { story: 'a member in the family both speak', from: 'new', to: 'server', asked: '2001:db8::9' },
    { story: 'a member in the family that was asked for', from: 'old', to: 'server', family: 6, asked: '2001:db8::9' },
    { story: 'one device of a member', from: 'old', to: 'server:mgmt', asked: '198.51.100.9' },
    { story: 'one device, in the family both speak', from: 'new', to: 'server:eth0', asked: '2001:db8::9' },
    { story: 'oneself', from: 'server', to: 'server', asked: '198.51.100.9' },
    { story: 'an address inside the lab', from: 'old', to: '192.0.2.99', asked: '192.0.2.99' },
    { story: 'an address nobody has', from: 'old', to: '203.0.113.7', asked: '203.0.113.7' },
    { story: 'an IPv6 address, written the long way', from: 'new', to: '2001:DB8:0::09', asked: '2001:db8::9' },
    { story: 'a link-local address by its device', from: 'server', to: 'fe80::1%eth0', asked: 'fe80::1 by eth0' },
    { story: 'a link-local address by the only device', from: 'new', to: 'fe80::1', asked: 'fe80::1 by eth0' },
    {
      story: 'a member the sender cannot speak to: its kernel shall say so',
      from: 'old',
      to: 'new',
      asked: '2001:db8::3',
    },
  ])('is $story', ({ from, to, family, asked }) => {
    expect(target(from, to, family === 6 ? 6 : undefined)).toBe(asked)
  })

  test.each([
    { story: 'a sender that is not there', from: 'ghost', to: 'old', field: 'from', member: 'ghost' },
    { story: 'a target that is not there', from: 'old', to: 'ghost', field: 'to', member: 'ghost' },
    { story: 'a device of a target that is not there', from: 'old', to: 'ghost:eth0', field: 'to', member: 'ghost' },
    { story: 'a target that is almost an address', from: 'old', to: '192.0.2.256', field: 'to', member: '192.0.2.256' },
  ])('cannot be $story', ({ from, to, field, member }) => {
    expect(failureOf(() => target(from, to))).toEqual({ kind: 'member-not-found', lab: 'office', member, field })
  })

  test.each([
    { story: 'a sender without address', from: 'mute', to: 'old', path: 'from', reason: 'NO_ADDRESS' },
    { story: 'a switch that sends', from: 'lan', to: 'old', path: 'from', reason: 'NO_ADDRESS' },
    { story: 'a target without address', from: 'old', to: 'mute', path: 'to', reason: 'NO_ADDRESS' },
    { story: 'a family the target lacks', from: 'server', to: 'old', family: 6, path: 'to', reason: 'NO_ADDRESS' },
    {
      story: 'an address of another family',
      from: 'old',
      to: '192.0.2.9',
      family: 6,
      path: 'family',
      reason: 'FAMILY_MISMATCH',
    },
    { story: 'a device the target lacks', from: 'old', to: 'server:eth7', path: 'to', reason: 'NO_DEVICE' },
    { story: 'link-local without saying where', from: 'server', to: 'fe80::1', path: 'to', reason: 'NO_DEVICE' },
    {
      story: 'link-local by a device the sender lacks',
      from: 'new',
      to: 'fe80::1%eth7',
      path: 'to',
      reason: 'NO_DEVICE',
    },
    {
      story: 'a device for an address that needs none',
      from: 'old',
      to: '192.0.2.9%eth0',
      path: 'to',
      reason: 'INVALID_ADDRESS',
    },
    { story: 'a group of machines', from: 'old', to: '224.0.0.1', path: 'to', reason: 'INVALID_ADDRESS' },
    { story: 'everybody', from: 'old', to: '255.255.255.255', path: 'to', reason: 'INVALID_ADDRESS' },
    { story: 'nobody', from: 'new', to: '::', path: 'to', reason: 'INVALID_ADDRESS' },
  ])('cannot be $story', ({ from, to, family, path, reason }) => {
    expect(failureOf(() => target(from, to, family === 6 ? 6 : undefined))).toMatchObject({
      kind: 'invalid-request',
      problems: [{ path, reason }],
    })
  })
})

describe('what is told', () => {
  const wish: PingWish = {
    lab: 'office',
    from: 'old',
    to: 'server',
    count: 3,
    intervalMs: 1,
    timeoutMs: 100,
    payloadBytes: 56,
    dontFragment: true,
    ttl: 9,
  }
  const EVENTS: readonly PingEvent[] = [
    { kind: 'reply', sequence: 1, from: '192.0.2.9', ttl: 64, bytes: 64, rttMs: 0.5 },
    { kind: 'silence', sequence: 2 },
    { kind: 'error', sequence: 3, from: '', reason: 'message-too-long', mtuBytes: 1400 },
  ]

  test('begins with the address, ends with the statistics, and names the sender where its own kernel refused', async () => {
    const requests: PingRequest[] = []
    const told: PingTold[] = []
    const kernel = {
      async ping(request: PingRequest, onEvent: (event: PingEvent) => void) {
        requests.push(request)
        for (const event of EVENTS) onEvent(event)
      },
    }

    await ping(OFFICE, kernel, wish, (event) => told.push(event))

    expect(requests).toEqual([
      {
        namespace: 'nl0000abcd-2',
        destination: '192.0.2.9',
        count: 3,
        intervalMs: 1,
        timeoutMs: 100,
        payloadBytes: 56,
        dontFragment: true,
        ttl: 9,
      },
    ])
    expect(told.map(({ kind }) => kind)).toEqual(['started', 'reply', 'silence', 'error', 'statistics'])
    expect(told[0]).toEqual({ kind: 'started', from: 'old', destination: '192.0.2.9', payloadBytes: 56 })
    expect(told[3]).toMatchObject({ from: 'old', reason: 'message-too-long', mtuBytes: 1400 })
    expect(told[4]).toMatchObject({ sent: 3, received: 1, errors: 1, rttAvgMs: 0.5 })
  })

  test('is nothing when the names are wrong', async () => {
    const told: PingTold[] = []
    const kernel = { ping: () => Promise.reject(new Error('must not be asked')) }

    const failed = ping(OFFICE, kernel, { ...wish, to: 'ghost' }, (event) => told.push(event))

    await expect(failed).rejects.toBeInstanceOf(LabError)
    expect(told).toEqual([])
  })
})
