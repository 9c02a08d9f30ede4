import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMessage } from '../../src/gateway/rest/check-message.ts'
import { pointerOf } from '../../src/gateway/rest/paths.ts'
import { Problems } from '../../src/gateway/rest/problems.ts'
import { sampleMessage, sampleRegistry } from '../support/sample-message.ts'

/** What is wrong with a JSON text as the sample message: `path REASON sentence`. */
function wrongIn(text: string): string[] {
  const problems = new Problems()
  checkMessage(sampleMessage, JSON.parse(text), '', { registry: sampleRegistry, into: problems })
  return problems.list.map(({ path, reason, message }) => `${path} ${reason} ${message}`.trim())
}

const readable = (value: unknown): boolean => {
  try {
    const message = fromJson(sampleMessage, value as JsonValue, { registry: sampleRegistry })
    return toBinary(sampleMessage, message).length >= 0
  } catch {
    return false
  }
}

describe('a message in JSON', () => {
  test.each([
    ['{}'],
    ['{"int32One":5,"int32_many":["5",-5,5.0,1e3],"uint32One":4294967295,"sint32One":-2147483648,"fixed32One":"0"}'],
    ['{"int64One":"9223372036854775807","int64Many":[5],"uint64One":"18446744073709551615"}'],
    ['{"doubleOne":1e300,"doubleMany":["1.5","NaN","-Infinity"],"floatOne":0.1}'],
    [
      '{"boolOne":true,"boolMany":[false],"stringOne":"ü\\u0000","bytesOne":"_-8=","bytesMany":["","AQ","AQ==","+/8="]}',
    ],
    ['{"shade":"SHADE_DARK","shades":[0,"SHADE_NONE"],"inner":{"deep_name":"x"},"inners":[{},{"deepName":"y"}]}'],
    ['{"texts":{"a b":"c","":""},"switches":{"true":1,"false":0}}'],
    ['{"structOne":{"a":[1,{"b":null}]},"valueOne":null,"listValueOne":[1,"a"]}'],
    ['{"timestampOne":"2026-01-31T12:00:00.5+01:00","durationOne":"-1.5s","fieldMaskOne":"a,bC.d"}'],
    ['{"boolValueOne":true,"int64ValueOne":"5","stringValueOne":"x"}'],
    ['{"int32One":null,"int32Many":null,"inner":null,"texts":null,"left":null,"timestampOne":null}'],
    ['{"left":"a","right":null}'],
  ])('is good: %s', (text) => {
    expect(wrongIn(text)).toEqual([])
    expect(readable(JSON.parse(text))).toBe(true)
  })

  test.each([
    ['{"int32One":1.5}', ['int32One WRONG_TYPE must be a whole number, not 1.5']],
    ['{"int32One":2147483648}', ['int32One OUT_OF_RANGE must be between -2147483648 and 2147483647, not 2147483648']],
    ['{"int32One":" 5"}', ['int32One WRONG_TYPE must be a whole number, not " 5"']],
    ['{"int32One":true}', ['int32One WRONG_TYPE must be a whole number, not true']],
    ['{"int32One":[1]}', ['int32One WRONG_TYPE must be a whole number, not a list']],
    ['{"uint32One":-1}', ['uint32One OUT_OF_RANGE must be between 0 and 4294967295, not -1']],
    ['{"uint64One":1e30}', ['uint64One OUT_OF_RANGE must be between 0 and 18446744073709551615, not 1e+30']],
    [
      '{"int64One":"9223372036854775808"}',
      ['int64One OUT_OF_RANGE must be between -9223372036854775808 and 9223372036854775807, not "9223372036854775808"'],
    ],
    ['{"doubleOne":1e999}', ['doubleOne OUT_OF_RANGE is a number too large to be kept']],
    ['{"floatOne":1e300}', ['floatOne OUT_OF_RANGE is a number too large to be kept']],
    ['{"doubleOne":"0x5"}', ['doubleOne WRONG_TYPE must be a number, not "0x5"']],
    ['{"boolOne":"true"}', ['boolOne WRONG_TYPE must be true or false, not "true"']],
    ['{"boolOne":0}', ['boolOne WRONG_TYPE must be true or false, not 0']],
    ['{"stringOne":5}', ['stringOne WRONG_TYPE must be a text, not 5']],
    ['{"stringOne":"\\udc00"}', ['stringOne WRONG_FORMAT is text that is not valid Unicode']],
    ['{"bytesOne":"A"}', ['bytesOne WRONG_FORMAT must be base64 text, not "A"']],
    ['{"bytesOne":"AQ="}', ['bytesOne WRONG_FORMAT must be base64 text, not "AQ="']],
    ['{"bytesOne":"a b="}', ['bytesOne WRONG_FORMAT must be base64 text, not "a b="']],
    ['{"bytesOne":"+-8="}', ['bytesOne WRONG_FORMAT must be base64 text, not "+-8="']],
    ['{"shade":"DARK"}', ['shade UNKNOWN_VALUE must be one of SHADE_NONE, SHADE_DARK, not "DARK"']],
    [
      '{"shade":"SHADE_DRAK"}',
      ['shade UNKNOWN_VALUE must be one of SHADE_NONE, SHADE_DARK, not "SHADE_DRAK" (did you mean "SHADE_DARK"?)'],
    ],
    [
      '{"shades":[1,2,"x"]}',
      [
        'shades[1] UNKNOWN_VALUE must be one of SHADE_NONE, SHADE_DARK, not 2',
        'shades[2] UNKNOWN_VALUE must be one of SHADE_NONE, SHADE_DARK, not "x"',
      ],
    ],
    [
      '{"inners":[{},5,{"deepNam":1},null]}',
      [
        'inners[1] WRONG_TYPE must be an object, not 5',
        'inners[2].deepNam UNKNOWN_FIELD there is no such field (did you mean "deepName"?)',
        'inners[3] WRONG_TYPE must be an object, not null',
      ],
    ],
    ['{"inners":{}}', ['inners WRONG_TYPE must be a list, not an object']],
    ['{"texts":["a"]}', ['texts WRONG_TYPE must be an object, not a list']],
    [
      '{"texts":{"a":1,"b c":null}}',
      ['texts.a WRONG_TYPE must be a text, not 1', 'texts["b c"] WRONG_TYPE must be a text, not null'],
    ],
    [
      '{"switches":{"yes":1,"true":"x"}}',
      [
        'switches.yes WRONG_TYPE must be true or false, not "yes"',
        'switches.true WRONG_TYPE must be a whole number, not "x"',
      ],
    ],
    ['{"left":"a","right":1}', ['right CONFLICT excludes left; give one of them']],
    ['{"int32One":1,"int32_one":2}', ['int32One DUPLICATE_FIELD is given twice, as int32One and int32_one']],
    [
      '{"structOne":[],"listValueOne":{}}',
      ['structOne WRONG_TYPE must be an object, not a list', 'listValueOne WRONG_TYPE must be a list, not an object'],
    ],
    ['{"structOne":{"a":{"__proto__":1}}}', ['structOne.a.__proto__ UNKNOWN_FIELD there is no such field']],
    ['{"structOne":{"a":[1,-1e999]}}', ['structOne.a[1] OUT_OF_RANGE is a number too large to be kept']],
    ['{"timestampOne":"today"}', ['timestampOne WRONG_FORMAT must be a time like "2026-01-31T12:00:00Z", not "today"']],
    ['{"durationOne":5}', ['durationOne WRONG_FORMAT must be a duration in seconds like "1.5s", not 5']],
    [
      '{"fieldMaskOne":["a"]}',
      ['fieldMaskOne WRONG_FORMAT must be field names joined by commas, like "devices,routes", not a list'],
    ],
    ['{"int64ValueOne":"x"}', ['int64ValueOne WRONG_FORMAT must be valid, not "x"']],
    [
      '{"__proto__":{},"constructor":1,"toString":1}',
      [
        '__proto__ UNKNOWN_FIELD there is no such field',
        'constructor UNKNOWN_FIELD there is no such field',
        'toString UNKNOWN_FIELD there is no such field',
      ],
    ],
    ['[]', ['WRONG_TYPE must be an object, not a list']],
  ])('is wrong in every place at once: %s', (text, expected) => {
    expect(wrongIn(text)).toEqual(expected)
  })

  test('with a name of 100 kB is answered in few words', () => {
    const [problem = ''] = wrongIn(JSON.stringify({ ['ü'.repeat(100_000)]: 1 }))
    expect(problem.length).toBeLessThan(150)
  })

  test('that is found good is always readable, and one that is not readable is always found wrong', () => {
    const names = sampleMessage.fields.flatMap((field) => [field.jsonName, field.name])
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.double(),
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      fc.constantFrom(
        '5',
        '-5',
        '1e5',
        'NaN',
        'SHADE_DARK',
        'AQ==',
        '1.5s',
        '2026-01-31T12:00:00Z',
        'a,b',
        '\ud800',
        'true',
      ),
      fc.base64String(),
    )
    const nested = fc.oneof(
      value,
      fc.array(value, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('true', 'false', 'deepName', 'x'), value),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, 'nothing'), nested, { maxKeys: 4 }), (json) => {
        const problems = new Problems()
        checkMessage(sampleMessage, json, '', { registry: sampleRegistry, into: problems })
        if (problems.list.length === 0) expect(readable(json)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

test.each([
  ['', ''],
  ['spec.hosts[2].name', '/spec/hosts/2/name'],
  ['labels["a.b/c~d"]', '/labels/a.b~1c~0d'],
  ['["odd \\"key\\""][0]', '/odd "key"/0'],
  ['a[', ''],
])('the pointer of %j is %j', (path, pointer) => {
  expect(pointerOf(path)).toBe(pointer)
})
