import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ASK_AGAIN_AFTER_MS, MOST_ATTEMPTS, PairBook } from '../../src/kernel/icmp/pair-book.ts'
import { interleave } from '../../src/kernel/icmp/pair-order.ts'

/** Pairs of a full matrix of n members as `from>to`, and their places by sender. */
function matrix(n: number) {
  const names: string[] = []
  const groups = Array.from({ length: n }, (_, from) =>
    Array.from({ length: n }, (_, to) => to)
      .filter((to) => to !== from)
      .map((to) => names.push(`${from}>${to}`) - 1),
  )
  return { names, groups }
}

describe('the order of asking', () => {
  test('goes round the senders, each a different way', () => {
    const { names, groups } = matrix(4)

    expect([...interleave(groups)].map((pair) => names[pair]).join(' ')).toBe(
      '0>1 1>2 2>3 3>0 0>2 1>3 2>0 3>1 0>3 1>0 2>1 3>2',
    )
  })

  test('names every pair once, however uneven the senders are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { maxLength: 8 }), (sizes) => {
        let next = 0
        const groups = sizes.map((size) => Array.from({ length: size }, () => next++))

        expect([...interleave(groups)].sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, i) => i))
      }),
    )
  })
})

describe('what is kept of the pairs', () => {
  const askAll = (book: PairBook, nowMs: number): number[] => {
    const asked: number[] = []
    for (let pair = book.next(nowMs); pair !== -1; pair = book.next(nowMs)) {
      book.asked(pair, nowMs)
      asked.push(pair)
    }
    return asked
  }

  test('a silent pair is asked again after 300 and 600 ms, and then no more', () => {
    const book = new PairBook(2, Int32Array.of(0, 1))

    expect(askAll(book, 0)).toEqual([0, 1])
    book.answered(0, 1, 0.5)
    expect(book.nextDueAtMs()).toBe(300)
    expect(askAll(book, 299)).toEqual([])
    expect(askAll(book, 300)).toEqual([1])
    expect(askAll(book, 899)).toEqual([])
    expect(askAll(book, 900)).toEqual([1])
    expect(book.nextDueAtMs()).toBe(Number.POSITIVE_INFINITY)
    expect(askAll(book, 60_000)).toEqual([])
    expect(MOST_ATTEMPTS).toBe(ASK_AGAIN_AFTER_MS.length + 1)
    expect(book.answers()).toEqual([{ rttMs: 0.5 }, { reason: 'no-answer' }])
  })

  test('the time is that of the echo that was answered, not of the first one', () => {
    const book = new PairBook(1, Int32Array.of(0))
    askAll(book, 0)
    askAll(book, 300)

    expect(book.answered(0, 2, 302)).toBe(true)
    expect(book.answers()).toEqual([{ rttMs: 2 }])
    expect(book.open).toBe(0)
  })

  test('an answer to an echo that was never sent is not believed', () => {
    const book = new PairBook(1, Int32Array.of(0))
    askAll(book, 0)

    expect(book.answered(0, 2, 1)).toBe(false)
    expect(book.answered(0, 0, 1)).toBe(false)
    expect(book.open).toBe(1)
  })

  test('a pair that was never asked is not said to be silent', () => {
    const book = new PairBook(3, Int32Array.of(0, 1, 2))
    book.asked(book.next(0), 0)
    book.settle(1, 'sender-gone')

    expect(book.next(0)).toBe(2)
    expect(book.answers()).toEqual([{ reason: 'no-answer' }, { reason: 'sender-gone' }, { reason: 'not-asked' }])
  })

  test('a hindrance that passed is forgotten, one that stayed is the reason', () => {
    const book = new PairBook(2, Int32Array.of(0, 1))
    book.asked(book.next(0), 0, 'no-buffer')
    book.asked(book.next(0), 0, 'no-buffer')
    book.asked(book.next(300), 300)

    expect(book.answers()).toEqual([{ reason: 'no-answer' }, { reason: 'no-buffer' }])
  })
})
