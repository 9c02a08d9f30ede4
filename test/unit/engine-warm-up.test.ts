import { afterEach, beforeEach, expect, test } from 'vitest'
import { warmUp } from '../../src/engine/warm-up.ts'
import type { Labs } from '../../src/labs/labs.ts'
import type { CreateRequest } from '../../src/labs/labs-port.ts'
import { TestHost } from '../support/open-labs.ts'

let host: TestHost
let labs: Labs
let states: string[]

beforeEach(async () => {
  host = await TestHost.make()
  labs = await host.start()
  states = []
  const create = labs.create.bind(labs)
  labs.create = async (request: CreateRequest) => {
    const lab = await create(request)
    states.push(lab.state)
    return lab
  }
})
afterEach(() => host.dispose())

test('warming up plans, again and again, and builds and saves nothing', async () => {
  await warmUp(labs, new AbortController().signal)

  expect(states).toEqual(Array(60).fill('planned'))
  expect(await host.kernel.listNamespaces()).toEqual([])
  expect(await host.labFiles()).toEqual([])
})

test('a stop ends it', async () => {
  await warmUp(labs, AbortSignal.abort())

  expect(states).toEqual([])
})
