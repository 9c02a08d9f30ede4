import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Attributes, ipText, kernelText } from '../../src/kernel/netlink/attributes.ts'
import { readAddress } from '../../src/kernel/netlink/dump-addresses.ts'
import { readFlow } from '../../src/kernel/netlink/dump-conntrack.ts'
import { readLink } from '../../src/kernel/netlink/dump-links.ts'
import { readFdbEntry, readNeighbour } from '../../src/kernel/netlink/dump-neighbours.ts'
import { readQdisc } from '../../src/kernel/netlink/dump-qdiscs.ts'
import { readRoute } from '../../src/kernel/netlink/dump-routes.ts'
import { HEADER_BYTES, MessageBuilder } from '../../src/kernel/netlink/message.ts'
import type { ObservedRoute } from '../../src/kernel/observed.ts'
import { formatIp, ipFromBytes } from '../../src/net/ip.ts'

/** Messages as a 6.18 kernel sent them, without nlmsghdr; eth0 has index 5, p0 has 10. */
const NAMES = new Map([
  [5, 'eth0'],
  [10, 'p0'],
])

/** In the middle of other bytes, as a message stands in a datagram: whoever reads beside it is found out. */
function framed(hex: string): readonly [bytes: Buffer, start: number, end: number] {
  const body = Buffer.from(hex, 'hex')
  return [Buffer.concat([Buffer.alloc(32, 0xaa), body, Buffer.alloc(32, 0xbb)]), 32, 32 + body.length]
}

function routesOf(hex: string): readonly ObservedRoute[] {
  const routes: ObservedRoute[] = []
  readRoute(...framed(hex), { names: NAMES, routes })
  return routes
}

describe('recorded messages', () => {
  test.each([
    {
      story: 'an IPv4 address',
      hex: '021880000500000008000100c000020108000200c0000201090003006574683000000000080008008000000014000600ffffffffffffffff9195050091950500',
      found: { device: 'eth0', address: '192.0.2.1/24', scope: 'global', flags: ['permanent'] },
    },
    {
      story: 'an IPv6 address without duplicate detection',
      hex: '0a408200050000001400010020010db800000000000000000000000114000600ffffffffffffffff91950500919505000800080082000000',
      found: { device: 'eth0', address: '2001:db8::1/64', scope: 'global', flags: ['nodad', 'permanent'] },
    },
    {
      story: 'a link-local address',
      hex: '0a4080fd0500000014000100fe800000000000000858c0fffe00020114000600ffffffffffffffff9195050091950500080008008000000005000b0003000000',
      found: { device: 'eth0', address: 'fe80::858:c0ff:fe00:201/64', scope: 'link', flags: ['permanent'] },
    },
  ])('$story', ({ hex, found }) => expect(readAddress(...framed(hex), NAMES)).toEqual(found))

  const route = { type: 'unicast', metric: 0, protocol: 'boot', scope: 'global', source: '', device: 'eth0', via: '' }
  test.each<{ story: string; hex: string; found: readonly ObservedRoute[] }>([
    {
      story: 'a connected route',
      hex: '02180000fe02fd010000000008000f00fe00000008000100c000020008000700c00002010800040005000000',
      found: [{ ...route, to: '192.0.2.0/24', protocol: 'kernel', scope: 'link', source: '192.0.2.1' }],
    },
    {
      story: 'a route of two next hops is two',
      hex: '02080000fe0300010000000008000f00fe000000080001000a000000080006004d00000024000900100000000500000008000500c0000205100000010500000008000500c0000206',
      found: ['192.0.2.5', '192.0.2.6'].map((via) => ({ ...route, to: '10.0.0.0/8', via, metric: 77 })),
    },
    {
      story: 'an IPv4 route by way of an IPv6 router',
      hex: '02100000fe0300010000000008000f00fe000000080001000a010000160012000a0020010db8000000000000000000000002000008000400050000000',
      found: [{ ...route, to: '10.1.0.0/16', via: '2001:db8::2' }],
    },
    {
      story: 'an IPv6 default route',
      hex: '0a000000fe0300010000000008000f00fe00000008000600000400001400050020010db8000000000000000000000002080004000500000024000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000',
      found: [{ ...route, to: '::/0', via: '2001:db8::2', metric: 1024 }],
    },
    {
      story: 'a route of another table is none of ours',
      hex: '02180000640300010000000008000f006400000008000100c6336400080004000500000',
      found: [],
    },
  ])('$story', ({ hex, found }) => expect(routesOf(hex)).toEqual(found))

  test.each([
    {
      story: 'a neighbour that answered',
      hex: '02000000050000000200000108000100c00002020a0002000a58c0000202000008000400040000001400030000000000000000000000000001000000',
      found: { device: 'eth0', address: '192.0.2.2', mac: '0a:58:c0:00:02:02', states: ['reachable'] },
    },
    {
      story: 'a multicast address, which nobody resolves',
      hex: '0a000000050000004000000514000100ff0200000000000000000000000000160a00020033330000001600000800040000000000140003007e1700000e0000000e00000000000000',
      found: undefined,
    },
  ])('$story', ({ hex, found }) => expect(readNeighbour(...framed(hex), NAMES)).toEqual(found))

  test.each([
    {
      story: 'a MAC that a bridge learned',
      hex: '070000000a000000020000000a0002000a58c00002010000080009000200000008000f00000000001400030000000000000000000000000000000000',
      found: { device: 'p0', mac: '0a:58:c0:00:02:01', states: ['learned'], destination: '' },
    },
    {
      story: 'the MAC of a port',
      hex: '070000000a000000800000000a0002005e2a569f3c350000080009000200000008000f000000000014000300000000000e0000000e00000000000000',
      found: { device: 'p0', mac: '5e:2a:56:9f:3c:35', states: ['permanent'], destination: '' },
    },
    {
      story: 'a multicast address that a port listens to',
      hex: '070000000a000000800002000a0002003333000000010000',
      found: undefined,
    },
  ])('$story', ({ hex, found }) => expect(readFdbEntry(...framed(hex), NAMES)).toEqual(found))

  test('a connection on its way through a translation', () => {
    const hex =
      '02000000340001801400018008000100c000020108000200c63364011c000280050001000600000006000200aa7800000600030000510000340002801400018008000100c000020208000200c00002011c0002800500010006000000060002000051000006000300aa78000008000300000001a8080008000000000008000c002fee8f1e08000b00000000010800070000000077300004802c0001800500010001000000050002000a000000050003000000000006000400030000000600050000000000'
    expect(readFlow(...framed(hex))).toEqual({
      protocol: 'tcp',
      source: '192.0.2.1',
      destination: '198.51.100.1',
      sourcePort: 43_640,
      destinationPort: 81,
      replySource: '192.0.2.2',
      replyDestination: '192.0.2.1',
      replySourcePort: 81,
      replyDestinationPort: 43_640,
      state: 'syn-sent',
      status: ['dnat'],
      timeoutSeconds: 119,
    })
  })
})

/** A message of our own making, without nlmsghdr, between other bytes. */
function built(fill: (message: MessageBuilder) => void): readonly [bytes: Buffer, start: number, end: number] {
  const builder = new MessageBuilder(64)
  fill(builder.begin(0, 0, 0))
  return framed(builder.finish().subarray(HEADER_BYTES).toString('hex'))
}

describe('devices', () => {
  test('a port of a bridge, after a bridge was read with the same tables', () => {
    const bridge = readLink(
      ...built((message) =>
        message
          .header([4, 0x10000], [4, 2], [4, 0x1003], [4, 0])
          .text(3, 'br0')
          .nest(18, () => {
            message.text(1, 'bridge').nest(2, () => message.u32(5, 1))
          }),
      ),
    )
    const port = readLink(
      ...built((message) =>
        message
          .header([4, 0x10000], [4, 7], [4, 0x1003], [4, 0])
          .data(1, Uint8Array.of(2, 0, 0, 0, 0, 9))
          .text(3, 'p0')
          .u32(4, 1450)
          .u32(5, 2)
          .u32(10, 2)
          .u8(16, 6)
          .nest(18, () => {
            message
              .text(1, 'veth')
              .text(4, 'bridge')
              .nest(5, () => message.u8(1, 3).u8(4, 1))
          }),
      ),
    )
    const plain = readLink(...built((message) => message.header([4, 0], [4, 1], [4, 8], [4, 0]).text(3, 'lo')))

    expect(bridge.device).toMatchObject({ device: 'br0', kind: 'bridge', stp: true, up: true, portState: '' })
    expect(port).toMatchObject({
      master: 2,
      device: {
        index: 7,
        device: 'p0',
        kind: 'veth',
        operstate: 'up',
        mtuBytes: 1450,
        mac: '02:00:00:00:00:09',
        portState: 'forwarding',
        hairpin: true,
        stp: false,
        peerIndex: 2,
      },
    })
    expect(plain.device).toMatchObject({
      device: 'lo',
      kind: 'loopback',
      up: false,
      stp: false,
      portState: '',
      hairpin: false,
      rxBytes: 0,
      mac: '',
    })
  })
})

describe('impairments, on kernels that have them', () => {
  const NETEM = 'netem'
  const qopt = (ticks: number, loss: number, jitterTicks: number): Buffer => {
    const bytes = Buffer.alloc(24)
    bytes.writeUInt32LE(ticks, 0)
    bytes.writeUInt32LE(1000, 4)
    bytes.writeUInt32LE(loss, 8)
    bytes.writeUInt32LE(jitterTicks, 20)
    return bytes
  }
  const attribute = (type: number, content: Buffer): Buffer => {
    const head = Buffer.alloc(4)
    head.writeUInt16LE(4 + content.length, 0)
    head.writeUInt16LE(type, 2)
    return Buffer.concat([head, content])
  }
  const u64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(value)
    return bytes
  }
  const u32 = (...values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4)
    for (const [place, value] of values.entries()) bytes.writeUInt32LE(value, place * 4)
    return bytes
  }
  const qdisc = (options: Buffer) =>
    readQdisc(
      ...built((message) =>
        message.header([4, 0], [4, 5], [4, 0x80010000], [4, 0xffffffff], [4, 1]).text(1, NETEM).data(2, options),
      ),
      NAMES,
    )

  test('delay, jitter, loss and rate in the words of a spec', () => {
    const options = Buffer.concat([
      qopt(1, 0x028f5c28, 1),
      attribute(10, u64(20_000_000n)),
      attribute(11, u64(5_000_000n)),
      attribute(6, u32(2_500_000, 0, 0, 0)),
    ])
    const found = qdisc(options)
    expect(found).toMatchObject({ device: 'eth0', kind: 'netem', handle: '8001:', parent: 'root' })
    expect(found.options).toMatchObject({ delayMs: 20, jitterMs: 5, rateKbit: 20_000, limitPackets: 1000 })
    expect(found.options.lossPercent).toBeCloseTo(1, 6)
  })

  test('an older kernel, which counts time in ticks of 64 ns', () => {
    expect(qdisc(qopt(312_500, 0, 78_125)).options).toEqual({
      delayMs: 20,
      jitterMs: 5,
      lossPercent: 0,
      rateKbit: 0,
      limitPackets: 1000,
    })
  })

  test('options cut short are no options', () => expect(qdisc(Buffer.alloc(8)).options).toEqual({}))
})

test('addresses are written as everywhere else in the house', () => {
  const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff))
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Buffer.alloc(16)
      for (const [place, value] of groups.entries()) bytes.writeUInt16BE(value, place * 2)
      const [six, four] = [ipFromBytes(bytes), ipFromBytes(bytes.subarray(0, 4))]
      expect(ipText(bytes, 0, 16)).toBe(six && formatIp(six))
      expect(ipText(bytes, 0, 4)).toBe(four && formatIp(four))
    }),
  )
})

test.each([
  { bytes: [0x65, 0x74, 0x68, 0x30, 0, 0x78], text: 'eth0' },
  { bytes: [0x01, 0x78, 0], text: '\ufffdx' },
  { bytes: [0xff, 0xfe, 0], text: '\ufffd\ufffd' },
  { bytes: [0x61, 0x0a, 0x62, 0x1b], text: 'a\ufffdb\ufffd' },
  { bytes: [0xc3, 0xa9], text: 'é' },
  { bytes: [0xe2, 0x80, 0xae, 0x78], text: '\ufffdx' },
])('the name $bytes is shown as $text', ({ bytes, text }) => {
  expect(kernelText(Buffer.from(bytes), 0, bytes.length)).toBe(text)
})

test('a message of garbage is read to its end and not beyond', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 200 }), (garbage) => {
      const message = framed(Buffer.from(garbage).toString('hex'))
      const routes: ObservedRoute[] = []
      readLink(...message)
      readAddress(...message, NAMES)
      readRoute(...message, { names: NAMES, routes })
      readNeighbour(...message, NAMES)
      readFdbEntry(...message, NAMES)
      readQdisc(...message, NAMES)
      readFlow(...message)
      const table = new Attributes(30)
      table.scan(message[0], message[1], message[2])
      for (let type = 0; type <= 30; type += 1) {
        expect(table.end(type) === 0 || (table.start(type) >= message[1] + 4 && table.end(type) <= message[2])).toBe(
          true,
        )
      }
      expect(JSON.stringify(routes)).not.toContain('undefined')
    }),
    { numRuns: 300 },
  )
})
