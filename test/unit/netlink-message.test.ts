import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  attributeText,
  eachAttribute,
  eachMessage,
  HEADER_BYTES,
  type Message,
  MessageBuilder,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLMSG_ERROR,
  readAcknowledgement,
} from '../../src/kernel/netlink/message.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex')

function messagesOf(bytes: Buffer): readonly Message[] {
  const messages: Message[] = []
  eachMessage(bytes, bytes.length, (message) => messages.push(message))
  return messages
}

describe('building', () => {
  test('a link message has the bytes that ip(8) sends', () => {
    const builder = new MessageBuilder(16)
    builder.begin(16, NLM_F_CREATE, 7).header([1, 0], [1, 0], [2, 0], [4, 16], [4, 1], [4, 1])
    builder.text(3, 'eth0').nest(18, () => builder.text(1, 'veth'))

    expect(builder.finish()).toEqual(
      hex(`
        3c000000 1000 0104 07000000 00000000
        00 00 0000 10000000 01000000 01000000
        0900 0300 65746830 00 000000
        1000 1200 0900 0100 76657468 00 000000`),
    )
  })

  test('several messages follow each other, each with its own length', () => {
    const builder = new MessageBuilder(16)
    builder
      .begin(1, 0, 1)
      .u8(1, 255)
      .begin(2, 0, 2)
      .u16(1, 65_535)
      .begin(3, 0, 3)
      .u64(1, 2n ** 63n)

    const messages = messagesOf(builder.finish())
    expect(messages.map(({ type, sequence, start, end }) => [type, sequence, end - start])).toEqual([
      [1, 1, 8],
      [2, 2, 8],
      [3, 3, 12],
    ])
    expect(builder.count).toBe(3)
  })

  test('an acknowledgement is asked for of the last message only', () => {
    const builder = new MessageBuilder()
    builder.begin(1, 0, 1).begin(1, 0, 2).addFlags(NLM_F_ACK)

    expect(messagesOf(builder.finish()).map(({ flags }) => flags & NLM_F_ACK)).toEqual([0, NLM_F_ACK])
  })

  test('nothing of an earlier batch travels as padding', () => {
    const builder = new MessageBuilder(64)
    builder.begin(1, 0, 1).text(1, 'secret!')
    builder.clear()
    builder.begin(1, 0, 1).u8(1, 1)

    expect(builder.finish().subarray(HEADER_BYTES)).toEqual(hex('0500 0100 01 000000'))
  })

  test('a message that was begun in vain leaves the ones before it whole', () => {
    const builder = new MessageBuilder()
    builder.begin(1, 0, 1).u32(1, 42)
    const place = builder.mark()
    builder.begin(2, 0, 2).u32(1, 43)
    builder.rewind(place)

    expect(messagesOf(builder.finish()).map(({ type }) => type)).toEqual([1])
    expect(builder.count).toBe(1)
  })

  test('a nest that its 16-bit length cannot tell is not sent cut off', () => {
    const builder = new MessageBuilder()
    builder.begin(1, 0, 1)
    expect(() => builder.nest(1, () => builder.data(2, new Uint8Array(65_533)))).toThrow(RangeError)
  })
})

describe('reading', () => {
  test('what was built is read back, whatever it is', () => {
    const attribute = fc.record({ type: fc.integer({ min: 0, max: 0x3fff }), value: fc.uint8Array({ maxLength: 300 }) })
    fc.assert(
      fc.property(fc.array(fc.array(attribute, { maxLength: 8 }), { maxLength: 8 }), (batch) => {
        const builder = new MessageBuilder(16)
        batch.forEach((attributes, place) => {
          builder.begin(place, 0, place)
          for (const { type, value } of attributes) builder.data(type, value)
        })
        const read = messagesOf(builder.finish()).map(({ bytes, start, end }) => {
          const attributes: { type: number; value: Uint8Array }[] = []
          eachAttribute(bytes, start, end, (type, from, to) => {
            attributes.push({ type, value: Uint8Array.from(bytes.subarray(from, to)) })
          })
          return attributes
        })
        expect(read).toEqual(
          batch.map((attributes) => attributes.map(({ type, value }) => ({ type, value: Uint8Array.from(value) }))),
        )
      }),
    )
  })

  test('bytes that are no messages are read to their end and no further', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const bytes = Buffer.from(noise)
        eachMessage(bytes, bytes.length, (message) => {
          expect(message.end).toBeLessThanOrEqual(bytes.length)
          eachAttribute(bytes, message.start, message.end, (_type, start, end) => {
            expect(start).toBeLessThanOrEqual(end)
            expect(end).toBeLessThanOrEqual(message.end)
          })
        })
      }),
    )
  })

  test('text ends at its first NUL or at the end of its attribute', () => {
    const bytes = Buffer.from('eth0\0junk', 'latin1')
    expect(attributeText(bytes, 0, 9)).toBe('eth0')
    expect(attributeText(bytes, 0, 3)).toBe('eth')
  })

  test('a refusal is an errno with the kernel’s words', () => {
    const builder = new MessageBuilder()
    // NLM_F_CAPPED and NLM_F_ACK_TLVS: the request's header alone is quoted, then attributes follow.
    builder.begin(NLMSG_ERROR, 0x300, 9).header([4, -17], [4, 60], [4, 0], [4, 0], [4, 0]).text(1, 'already there')
    const [message] = messagesOf(builder.finish())

    expect(message && readAcknowledgement(message)).toEqual({ errno: 17, words: 'already there' })
  })
})
