import { expect, test } from 'vitest'
import { LabError } from '../../src/errors.ts'
import { type Turn, Turns } from '../../src/labs/turns.ts'

test('as many run at once as allowed, the others in the order they came', async () => {
  const turns = new Turns(2, 10)
  const order: string[] = []
  const start = (name: string) => {
    const turn = turns.take()
    void turn.begins.then(() => order.push(name))
    return turn
  }
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(start) as [Turn, Turn, Turn, Turn]
  await settled()
  expect(order).toEqual(['a', 'b'])

  b.end()
  await settled()
  expect(order).toEqual(['a', 'b', 'c'])

  a.end()
  c.end()
  d.end()
  await settled()
  expect(order).toEqual(['a', 'b', 'c', 'd'])
})

test('when the line is full, a create is told to come back and a delete still gets in', async () => {
  const turns = new Turns(1, 1)
  const running = turns.takeIfRoom()
  turns.takeIfRoom()

  expect(() => turns.takeIfRoom()).toThrow(LabError)
  turns.take()
  running.end()
})

test('who gives up while waiting keeps nobody else from running', async () => {
  const turns = new Turns(1, 5)
  const running = turns.take()
  const gaveUp = turns.take()
  const last = turns.take()
  let began = false
  void last.begins.then(() => {
    began = true
  })

  gaveUp.end()
  gaveUp.end()
  running.end()
  await settled()
  expect(began).toBe(true)

  last.end()
  await turns.takeIfRoom().begins
})

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}
