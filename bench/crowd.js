import { readFileSync } from 'node:fs'
import { Client } from './client.js'
import { floor } from './floor.js'
import { starSpec } from './star.js'
import { median, timed } from './statistics.js'

const LABS = 50
const HOSTS = 10
const CLIENTS = 8

/** 50 labs of 10 hosts by one client and by eight; what two cores give the floor; kernel memory of a lab. */
export async function measureCrowd(server, rounds) {
  const seen = { one: [], eight: [], memoryKib: [] }
  for (let round = 0; round < rounds; round++) {
    for (const [list, clients] of [
      [seen.one, 1],
      [seen.eight, CLIENTS],
    ]) {
      const before = kernelMemoryKib()
      const { ms } = await timed(() => createAll(server, clients))
      list.push((LABS / ms) * 1000)
      seen.memoryKib.push((kernelMemoryKib() - before) / LABS)
      await removeAll(server)
    }
  }
  return {
    labsPerSecondByOne: median(seen.one),
    labsPerSecondByEight: median(seen.eight),
    gainOfTwoCores: await gainOfTwoCores(rounds),
    memoryKibPerLab: median(seen.memoryKib),
  }
}

async function createAll(server, count) {
  const waiting = Array.from({ length: LABS }, (_, k) => starSpec(`crowd-${k}`, HOSTS))
  const work = async () => {
    const client = new Client(server)
    for (let spec = waiting.pop(); spec !== undefined; spec = waiting.pop())
      await client.call('POST', '/v1/labs', { spec })
    client.close()
  }
  await Promise.all(Array.from({ length: count }, work))
}

async function removeAll(server) {
  const client = new Client(server)
  await Promise.all(Array.from({ length: LABS }, (_, k) => client.call('DELETE', `/v1/labs/crowd-${k}`)))
  client.close()
}

/** How much more two processes of the floor build at once than one alone. */
async function gainOfTwoCores(rounds) {
  const gains = []
  for (let round = 0; round < rounds; round++) {
    const alone = (await floor('create', 100)).ms
    await floor('delete', 100)
    const { ms } = await timed(() => Promise.all(['one-', 'two-'].map((prefix) => floor('create', 100, { prefix }))))
    for (const prefix of ['one-', 'two-']) await floor('delete', 100, { prefix })
    gains.push((2 * alone) / ms)
  }
  return median(gains)
}

function kernelMemoryKib() {
  const text = readFileSync('/proc/meminfo', 'utf8')
  const value = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return value('Slab') + value('Percpu') + value('KernelStack')
}
