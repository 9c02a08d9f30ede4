import { writeFileSync } from 'node:fs'
import { floor, run } from './floor.js'
import { starSpec } from './star.js'
import { summary, timed } from './statistics.js'

/** After a star is gone the kernel goes on freeing its memory; the next measure is not to pay for that. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 400))

/**
 * Creates and removes stars of `hosts`, server and floor in turns.
 * @returns milliseconds: create, delete until all is verified gone, and the answer to an asynchronous delete, of both
 */
export async function measureLife(client, hosts, rounds) {
  const seen = { create: [], gone: [], asyncAnswer: [], floorCreate: [], floorGone: [], floorReturned: [] }
  const spec = starSpec('star', hosts)
  for (let round = 0; round < rounds + 1; round++) {
    const keep = (list, ms) => round > 0 && list.push(ms)
    keep(seen.floorCreate, (await floor('create', hosts)).ms)
    const floorDelete = await floor('delete', hosts)
    keep(seen.floorGone, floorDelete.gone_ms)
    keep(seen.floorReturned, floorDelete.returned_ms)
    await settle()
    keep(seen.create, (await timed(() => client.call('POST', '/v1/labs', { spec }))).ms)
    keep(seen.gone, (await timed(() => client.call('DELETE', '/v1/labs/star'))).ms)
    await settle()
    await client.call('POST', '/v1/labs', { spec })
    keep(seen.asyncAnswer, (await timed(() => client.call('DELETE', '/v1/labs/star?async=true'))).ms)
    await client.call('DELETE', '/v1/labs/star?allowMissing=true')
    await settle()
  }
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, summary(values)]))
}

/** The same lab by its own exported script: what a person gets with `ip`, `sysctl` and `nft`. */
export async function measureScript(client, hosts, rounds) {
  const spec = starSpec('star', hosts)
  await client.call('POST', '/v1/labs', { spec })
  const { script } = await client.call('GET', '/v1/labs/star/script')
  await client.call('DELETE', '/v1/labs/star')
  const file = `/run/netns-lab/star-${hosts}.sh`
  writeFileSync(file, script)
  const up = []
  for (let round = 0; round < rounds; round++) {
    up.push((await timed(() => run('bash', [file, 'up']))).ms)
    await run('bash', [file, 'down'])
    await settle()
  }
  return summary(up)
}

export async function measureMininet(hosts, rounds, pingall) {
  const seen = { create: [], pingall: [], delete: [] }
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await run('unshare', [
      '--pid',
      '--fork',
      '--mount-proc',
      '--mount',
      '--net',
      '/usr/bin/python3',
      'bench/mininet-star.py',
      String(hosts),
      pingall ? 'pingall' : '',
    ])
    const times = JSON.parse(stdout.trim().split('\n').at(-1))
    seen.create.push(times.create)
    seen.delete.push(times.delete)
    if (pingall) seen.pingall.push(times.pingall)
  }
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, summary(values)]))
}
