import { Metadata } from '@grpc/grpc-js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromGrpcStatus, toGrpcStatus } from '../../src/contract/error-details.ts'
import { reportFailure } from '../../src/contract/failure-report.ts'
import { type Failure, GRPC_CODE, type Problem } from '../../src/errors.ts'
import { SAMPLE_FAILURES } from '../support/failures.ts'

describe('a failure sent over gRPC is read back word for word', () => {
  test.each(Object.values(SAMPLE_FAILURES))('$kind', (failure) => {
    const report = reportFailure(failure, 'req-7')

    expect(fromGrpcStatus(toGrpcStatus(report), 'another')).toEqual(report)
  })
})

test('a problem in YAML keeps its place, in words and as numbers', () => {
  const report = reportFailure(SAMPLE_FAILURES['invalid-spec'], '')

  expect(report.violations[0]).toEqual({
    field: 'hosts[0].name',
    description: 'a name begins with a letter (line 4, column 7)',
    reason: 'INVALID_NAME',
    line: 4,
    column: 7,
  })
  expect(fromGrpcStatus(toGrpcStatus(report), '').violations).toEqual(report.violations)
})

test('of a thousand problems the first are told and the rest are counted', () => {
  const problems = Array.from({ length: 1000 }, (_, n) => problem(`hosts[${n}]`, 'is wrong'))

  const { violations } = reportFailure({ kind: 'invalid-spec', problems }, '')

  expect(violations).toHaveLength(50)
  expect(violations.at(-1)).toEqual({
    field: '',
    description: '951 more problems are not listed; mend these first',
    reason: 'MORE_PROBLEMS',
  })
})

test('exactly fifty short problems are told without a word about more', () => {
  const problems = Array.from({ length: 50 }, (_, n) => problem(`h[${n}]`, 'wrong'))

  const { violations } = reportFailure({ kind: 'invalid-spec', problems }, '')

  expect(violations.map(({ reason }) => reason)).not.toContain('MORE_PROBLEMS')
  expect(violations).toHaveLength(50)
})

test('whatever a caller put into the problems, all trailers together stay under 8 kB and can be encoded', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }),
    fc.string({ unit: 'grapheme', maxLength: 900 }),
    fc.constant('\uD800'.repeat(400)),
  )
  const anyProblem = fc.record({
    path: text,
    message: text,
    line: fc.integer({ min: 1, max: 9999 }),
    column: fc.integer({ min: 1, max: 9999 }),
  })
  fc.assert(
    fc.property(fc.array(anyProblem, { maxLength: 200 }), text, (problems, lab) => {
      const failures: Failure[] = [
        { kind: 'invalid-spec', problems: problems.map((one) => ({ ...one, reason: 'ANY' })) },
        { kind: 'apply-failed', lab, origin: lab, object: lab, refusal: 'failed', leftovers: [lab, lab] },
      ]
      for (const failure of failures) {
        const report = reportFailure(failure, 'x'.repeat(64))
        const status = toGrpcStatus(report)
        const details = status.metadata.get('grpc-status-details-bin')[0]
        expect(encodeURI(status.details).length + (details?.length ?? Infinity)).toBeLessThan(7500)
        expect(fromGrpcStatus(status, '')).toEqual(report)
      }
    }),
    { numRuns: 200 },
  )
})

test.each([
  { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED', http: 504 },
  { code: 'CANCELLED', reason: 'CANCELLED', http: 499 },
  { code: 'UNAVAILABLE', reason: 'ENGINE_UNREACHABLE', http: 503 },
  { code: 'UNIMPLEMENTED', reason: 'UNIMPLEMENTED', http: 501 },
  { code: 'UNKNOWN', reason: 'INTERNAL', http: 500 },
] as const)('a bare $code that grpc-js made is told as $reason', ({ code, reason, http }) => {
  expect(fromGrpcStatus({ code: GRPC_CODE[code] }, 'req-1')).toMatchObject({ reason, http, requestId: 'req-1' })
})

test('details that are not a google.rpc.Status are not believed', () => {
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from('\xff\xff rubbish'))

  expect(fromGrpcStatus({ code: GRPC_CODE.INTERNAL, metadata }, '')).toMatchObject({ reason: 'INTERNAL' })
})

function problem(path: string, message: string): Problem {
  return { path, message, reason: 'ANY' }
}
