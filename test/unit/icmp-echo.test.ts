import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  attemptOf,
  carriesToken,
  makeEcho,
  newReading,
  PAYLOAD_WITH_ATTEMPT_BYTES,
  READ_TYPES,
  readEcho,
  stampEcho,
} from '../../src/kernel/icmp/echo.ts'
import { idFilter, typeFilter } from '../../src/kernel/icmp/echo-filter.ts'
import { NO_ANSWER, NOT_ASKED, reasonOfErrno, reasonOfIcmp, SENDER_GONE } from '../../src/kernel/icmp/reasons.ts'
import { error4, error6, inIpv4, inIpv6, replyTo } from '../support/icmp-packets.ts'
import { passes } from '../support/socket-filter.ts'

const TOKEN = Buffer.from('0102030405060708', 'hex')
const ID = 0x1234

function request(family: 4 | 6, sequence: number, payloadBytes = 56, attempt = 0): Buffer {
  const echo = makeEcho(family, ID, TOKEN, payloadBytes)
  stampEcho(echo, sequence, attempt)
  return Buffer.from(echo.packet)
}

const read = (family: 4 | 6, packet: Buffer, present = packet.length) => {
  const into = newReading()
  return readEcho(family, packet, 0, packet.length, present, into) ? into : undefined
}

describe('an echo request', () => {
  test('is laid out as RFC 792 says, with a checksum that adds up', () => {
    expect(request(4, 5, 10, 2).toString('hex')).toBe('0800d5b01234000501020304050607080002')
  })

  test('of ICMPv6 leaves the checksum to the kernel', () => {
    expect(request(6, 5, 8).toString('hex')).toBe('80000000123400050102030405060708')
  })

  test.each([0, 1, 7, 8, 9, 10, 11, 55, 65_000])('with %i bytes of payload comes back as it was sent', (bytes) => {
    const reading = read(4, inIpv4(replyTo(request(4, 77, bytes))))

    expect(reading).toMatchObject({ kind: 'reply', id: ID, sequence: 77, ttl: 64, icmpBytes: bytes + 8 })
  })

  test('carries the number of the attempt where the payload has room', () => {
    const packet = inIpv4(replyTo(request(4, 1, PAYLOAD_WITH_ATTEMPT_BYTES, 3)))
    const reading = read(4, packet)

    expect(reading && attemptOf(packet, reading)).toBe(3)
  })
})

describe('a reply', () => {
  test('behind IPv4 options is found', () => {
    expect(read(4, inIpv4(replyTo(request(4, 9)), { optionBytes: 12 }))).toMatchObject({ sequence: 9 })
  })

  test('with a flipped bit is not believed', () => {
    const packet = inIpv4(replyTo(request(4, 9)))
    packet[40] = (packet[40] ?? 0) ^ 1

    expect(read(4, packet)).toBeUndefined()
  })

  test('that was cut for our buffer is known by its head, and its length is the one on the wire', () => {
    expect(read(4, inIpv4(replyTo(request(4, 9, 1000))), 100)).toMatchObject({ sequence: 9, icmpBytes: 1008 })
  })

  test('of ICMPv6 comes without its IP header', () => {
    expect(read(6, replyTo(request(6, 3)))).toMatchObject({ kind: 'reply', id: ID, sequence: 3, ttl: 0 })
  })

  test('to another pinger with our id and number is told apart by its token', () => {
    const packet = inIpv4(replyTo(request(4, 9)))
    const reading = read(4, packet)

    expect(reading && carriesToken(packet, reading, TOKEN, 56)).toBe(true)
    expect(reading && carriesToken(packet, reading, Buffer.from('0102030405060709', 'hex'), 56)).toBe(false)
  })

  test('that is too short for the token it should carry is not ours', () => {
    const packet = inIpv4(replyTo(request(4, 9, 4)))
    const reading = read(4, packet)

    expect(reading && carriesToken(packet, reading, TOKEN, 56)).toBe(false)
    expect(reading && carriesToken(packet, reading, TOKEN, 4)).toBe(true)
  })

  test('is not mistaken for a request that passes by', () => {
    expect(read(4, inIpv4(request(4, 9)))).toBeUndefined()
    expect(read(6, request(6, 9))).toBeUndefined()
  })
})

describe('an ICMP error', () => {
  test('names the echo it quotes', () => {
    const packet = error4({ type: 3, code: 1 }, inIpv4(request(4, 21)))
    const reading = read(4, packet)

    expect(reading).toMatchObject({ kind: 'error', type: 3, code: 1, id: ID, sequence: 21 })
    expect(reading && carriesToken(packet, reading, TOKEN, 56)).toBe(true)
  })

  test('that quotes no more than 8 bytes is still matched by id and number', () => {
    const packet = error4({ type: 11, code: 0 }, inIpv4(request(4, 21)).subarray(0, 28))
    const reading = read(4, packet)

    expect(reading).toMatchObject({ id: ID, sequence: 21, payloadBytes: 0 })
    expect(reading && carriesToken(packet, reading, TOKEN, 56)).toBe(true)
  })

  test('about a packet too big tells the MTU, in both families', () => {
    expect(read(4, error4({ type: 3, code: 4, rest: 1400 }, inIpv4(request(4, 1))))).toMatchObject({ mtuBytes: 1400 })
    expect(read(6, error6({ type: 2, code: 0, rest: 1280 }, inIpv6(request(6, 1))))).toMatchObject({ mtuBytes: 1280 })
  })

  test('about the first fragment of an IPv6 echo is matched', () => {
    expect(read(6, error6({ type: 1, code: 3 }, inIpv6(request(6, 8), { fragment: true })))).toMatchObject({
      kind: 'error',
      sequence: 8,
    })
  })

  test.each([
    { story: 'about a packet of another protocol', inner: inIpv4(request(4, 1), { protocol: 17 }) },
    { story: 'about a later fragment', inner: inIpv4(request(4, 1), { fragmentOffset: 185 }) },
    { story: 'about a reply of ours', inner: inIpv4(replyTo(request(4, 1))) },
    { story: 'that quotes less than a header', inner: inIpv4(request(4, 1)).subarray(0, 19) },
  ])('$story is none of ours', ({ inner }) => {
    expect(read(4, error4({ type: 3, code: 1 }, inner))).toBeUndefined()
  })
})

test('whatever bytes arrive, reading them neither throws nor reads beside them', () => {
  fc.assert(
    fc.property(fc.constantFrom(4 as const, 6 as const), fc.uint8Array({ maxLength: 120 }), (family, bytes) => {
      const reading = read(family, Buffer.from(bytes))
      if (reading !== undefined) expect(reading.payloadAt + reading.payloadBytes).toBeLessThanOrEqual(bytes.length)
    }),
    { numRuns: 2000 },
  )
})

describe('the socket filter', () => {
  const cases = [
    { story: 'a reply to us', family: 4, packet: inIpv4(replyTo(request(4, 1))), passes: true },
    {
      story: 'a reply to us behind options',
      family: 4,
      packet: inIpv4(replyTo(request(4, 1)), { optionBytes: 8 }),
      passes: true,
    },
    {
      story: 'an error about us',
      family: 4,
      packet: error4({ type: 3, code: 1 }, inIpv4(request(4, 1))),
      passes: true,
    },
    {
      story: 'an error about UDP',
      family: 4,
      packet: error4({ type: 3, code: 3 }, inIpv4(request(4, 1), { protocol: 17 })),
      passes: false,
    },
    {
      story: 'an error cut short',
      family: 4,
      packet: error4({ type: 3, code: 3 }, inIpv4(request(4, 1)).subarray(0, 24)),
      passes: false,
    },
    { story: 'a reply to us', family: 6, packet: replyTo(request(6, 1)), passes: true },
    {
      story: 'an error about us',
      family: 6,
      packet: error6({ type: 1, code: 3 }, inIpv6(request(6, 1))),
      passes: true,
    },
    {
      story: 'an error about our fragment',
      family: 6,
      packet: error6({ type: 1, code: 3 }, inIpv6(request(6, 1), { fragment: true })),
      passes: true,
    },
    {
      story: 'an error about TCP',
      family: 6,
      packet: error6({ type: 1, code: 3 }, inIpv6(request(6, 1), { next: 6 })),
      passes: false,
    },
  ] as const

  test.each(cases)('for IPv$family: $story passes: $passes', ({ family, packet, passes: expected }) => {
    expect(passes(idFilter(family, ID), packet)).toBe(expected)
    // With another id everything stays outside.
    expect(passes(idFilter(family, ID + 1), packet)).toBe(false)
  })

  test('lets in replies and errors only', () => {
    const open = (filter: Buffer) =>
      Array.from({ length: 256 }, (_, type) => type).filter(
        (type) => type >> 3 < filter.length && ((filter[type >> 3] ?? 0) & (1 << (type & 7))) === 0,
      )

    expect(open(typeFilter(4))).toEqual([0, 3, 11, 12])
    expect(open(typeFilter(6))).toEqual([1, 2, 3, 4, 129])
  })
})

describe('a reason has one word', () => {
  test.each([
    [4, 3, 0, 'net-unreachable'],
    [4, 3, 1, 'host-unreachable'],
    [4, 3, 3, 'port-unreachable'],
    [4, 3, 4, 'fragmentation-needed'],
    [4, 3, 13, 'prohibited'],
    [4, 3, 200, 'unreachable'],
    [4, 11, 0, 'ttl-exceeded'],
    [4, 11, 1, 'reassembly-timeout'],
    [4, 12, 0, 'parameter-problem'],
    [6, 1, 0, 'net-unreachable'],
    [6, 1, 1, 'prohibited'],
    [6, 1, 3, 'host-unreachable'],
    [6, 1, 4, 'port-unreachable'],
    [6, 2, 0, 'fragmentation-needed'],
    [6, 3, 0, 'ttl-exceeded'],
    [6, 4, 1, 'parameter-problem'],
  ] as const)('ICMP of IPv%i, type %i, code %i is %s', (family, type, code, reason) => {
    expect(reasonOfIcmp(family, type, code)).toBe(reason)
  })

  test('for what the own kernel refuses', () => {
    expect(['ENETUNREACH', 'EPERM', 'EMSGSIZE', 'ENOBUFS', 'EIO'].map(reasonOfErrno)).toEqual([
      'no-route',
      'refused',
      'message-too-long',
      'no-buffer',
      'send-failed',
    ])
  })

  test('that docs/pings.md explains', () => {
    const explained = new Set(readFileSync('docs/pings.md', 'utf8').match(/`[a-z-]+`/g))
    const codes = Array.from({ length: 256 }, (_, code) => code)
    const told = new Set([
      ...READ_TYPES[4].slice(1).flatMap((type) => codes.map((code) => reasonOfIcmp(4, type, code))),
      ...READ_TYPES[6].slice(1).flatMap((type) => codes.map((code) => reasonOfIcmp(6, type, code))),
      ...Object.keys(constants.errno).map(reasonOfErrno),
      NO_ANSWER,
      NOT_ASKED,
      SENDER_GONE,
    ])

    expect([...told].filter((reason) => !explained.has(`\`${reason}\``))).toEqual([])
  })
})
