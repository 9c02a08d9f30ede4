import { expect, test } from 'vitest'
import { PingTally } from '../../src/probes/statistics.ts'

const reply = (rttMs: number) => ({ kind: 'reply', sequence: 1, from: '192.0.2.1', ttl: 64, bytes: 64, rttMs }) as const

test('statistics are those of ping: least, mean, most and the deviation of the population', () => {
  const tally = new PingTally()
  for (const rttMs of [2, 4, 4, 4, 5, 5, 7, 9]) tally.add(reply(rttMs))
  tally.add({ kind: 'silence', sequence: 9 })
  tally.add({ kind: 'error', sequence: 10, from: '192.0.2.1', reason: 'ttl-exceeded' })

  expect(tally.statistics()).toEqual({
    sent: 10,
    received: 8,
    errors: 1,
    lossPercent: 20,
    rttMinMs: 2,
    rttAvgMs: 5,
    rttMaxMs: 9,
    rttStddevMs: 2,
  })
})

test('where nothing came back all times are 0 and the loss is whole', () => {
  const tally = new PingTally()
  tally.add({ kind: 'silence', sequence: 1 })

  expect(tally.statistics()).toMatchObject({ received: 0, lossPercent: 100, rttMinMs: 0, rttMaxMs: 0, rttStddevMs: 0 })
})

test('where nothing was sent nothing is lost', () => {
  expect(new PingTally().statistics()).toMatchObject({ sent: 0, lossPercent: 0 })
})
