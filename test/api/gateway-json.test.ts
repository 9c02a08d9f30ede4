import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_JSON_DEPTH, MAX_JSON_VALUES, readJson } from '../../src/gateway/rest/scan-json.ts'

describe('JSON', () => {
  test('of any kind is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(readJson(text)).toEqual({ value: JSON.parse(text) })
      }),
      { numRuns: 500 },
    )
  })

  test('with one thing changed is refused exactly where JSON.parse refuses it', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', '0', '-', 'e', '\u0001', ' '),
    )
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), change, (value, [at, put]) => {
        const whole = JSON.stringify(value)
        const text = whole.slice(0, at % (whole.length + 1)) + put + whole.slice((at % (whole.length + 1)) + 1)
        const read = readJson(text)
        // A name that is given twice is refused here alone, be the text JSON or not.
        if ('fault' in read && read.fault.reason === 'DUPLICATE_FIELD') return
        if (isJson(text)) expect(read).toEqual({ value: JSON.parse(text) })
        else expect(read).toMatchObject({ fault: { reason: 'INVALID_JSON' } })
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    { story: 'nothing', text: '', fault: 'expected a value, the text ends here', at: [1, 1] },
    { story: 'only blanks', text: '  \n ', fault: 'expected a value, the text ends here', at: [2, 2] },
    { story: 'a comment', text: '{\n// no\n}', fault: 'expected a field name in double quotes, found "/"', at: [2, 1] },
    {
      story: 'single quotes',
      text: "{'a':1}",
      fault: 'expected a field name in double quotes, found "\'"',
      at: [1, 2],
    },
    { story: 'a leading zero', text: '[01]', fault: 'expected "," or "]", found "1"', at: [1, 3] },
    { story: 'a bare dot', text: '[1.]', fault: 'expected "," or "]", found "."', at: [1, 3] },
    { story: 'a sign', text: '[+1]', fault: 'expected a value, found "+"', at: [1, 2] },
    { story: 'NaN', text: '[NaN]', fault: 'expected a value, found "N"', at: [1, 2] },
    { story: 'a comma too many', text: '[1,]', fault: 'expected a value, found "]"', at: [1, 4] },
    {
      story: 'brackets that cross',
      text: '[{]}',
      fault: 'expected a field name in double quotes, found "]"',
      at: [1, 3],
    },
    { story: 'a bracket too many', text: '[]]', fault: 'expected the end, found "]"', at: [1, 3] },
    {
      story: 'a string without end',
      text: '["a',
      fault: 'expected a closing double quote, the text ends here',
      at: [1, 4],
    },
    {
      story: 'a line break in a string',
      text: '["a\nb"]',
      fault: 'expected control characters inside strings to be escaped, found "\\n"',
      at: [1, 4],
    },
    { story: 'a wrong escape', text: '["\\x"]', fault: 'expected a valid escape sequence, found "\\\\"', at: [1, 3] },
    { story: 'half an escape', text: '["\\u12"]', fault: 'expected a valid escape sequence, found "\\\\"', at: [1, 3] },
    { story: 'an emoji', text: '[😀]', fault: 'expected a value, found "😀"', at: [1, 2] },
    { story: 'a name twice', text: '{"a":{"b":1},\n "a":2}', fault: 'field "a" is given twice', at: [2, 2] },
    {
      story: 'a name twice, once escaped',
      text: '{"a":1,"\\u0061":2}',
      fault: 'field "\\u0061" is given twice',
      at: [1, 8],
    },
  ])('that is wrong is told what and where: $story', ({ text, fault, at }) => {
    const read = readJson(text)
    expect('fault' in read && [read.fault.message, [read.fault.line, read.fault.column]]).toEqual([fault, at])
  })

  test('the same name in two objects is no fault', () => {
    expect(readJson('[{"a":1},{"a":1,"b":{"a":1}}]')).toHaveProperty('value')
  })

  test(`may be nested ${MAX_JSON_DEPTH} levels deep and no deeper`, () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(readJson(nested(MAX_JSON_DEPTH))).toHaveProperty('value')
    expect(readJson(nested(MAX_JSON_DEPTH + 1))).toMatchObject({ fault: { reason: 'TOO_DEEP', line: 1, column: 33 } })
    expect(readJson(nested(1_000_000))).toMatchObject({ fault: { reason: 'TOO_DEEP' } })
  })

  test(`may hold ${MAX_JSON_VALUES} values and no more`, () => {
    const list = (length: number) => `[${Array(length).fill('1').join()}]`
    expect(readJson(list(MAX_JSON_VALUES - 1))).toHaveProperty('value')
    expect(readJson(list(MAX_JSON_VALUES))).toMatchObject({ fault: { reason: 'TOO_MANY_VALUES' } })
  })

  test('of 1 MiB is read in a time that grows with its length only', () => {
    const texts = [
      `"${'a'.repeat(1_000_000)}"`,
      `"${'\\n'.repeat(500_000)}"`,
      `[${'1,'.repeat(500_000)}1]`,
      `[${' '.repeat(1_000_000)}`,
      '{"a":'.repeat(30),
      `{${Array.from({ length: 60_000 }, (_, index) => `"field${index}":1`).join()}}`,
    ]
    const startMs = performance.now()
    for (const text of texts) readJson(text)
    expect(performance.now() - startMs).toBeLessThan(2_000)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
