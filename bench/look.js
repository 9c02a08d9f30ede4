import { floor } from './floor.js'
import { starSpec } from './star.js'
import { summary, timed } from './statistics.js'

const LINKED = 'devices,addresses,routes,neighbours,fdb'

/** All pairs of a fresh star (cold neighbour tables), then the floor's pings in the very same namespaces. */
export async function measureMatrix(client, hosts, rounds) {
  const seen = { cold: [], warm: [], floorCold: [], floorWarm: [] }
  for (let round = 0; round < rounds; round++) {
    const lab = await client.call('POST', '/v1/labs', { spec: starSpec('matrix', hosts) })
    const ask = () => client.call('POST', '/v1/labs/matrix/ping-matrix', { timeoutMs: 30_000 })
    for (const list of [seen.cold, seen.warm]) {
      const { ms, value } = await timed(ask)
      if (value.received !== hosts * (hosts - 1)) throw new Error(`${value.received} of ${value.sent} pairs answered`)
      list.push(ms)
    }
    const floorPing = await floor('ping', hosts, { prefix: `nl${lab.uid}-`, timeout: 30_000 })
    if (floorPing.cold_answered !== floorPing.pairs) throw new Error(`floor: ${JSON.stringify(floorPing)}`)
    seen.floorCold.push(floorPing.cold_ms)
    seen.floorWarm.push(floorPing.warm_ms)
    await client.call('DELETE', '/v1/labs/matrix')
  }
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, summary(values)]))
}

/** InspectLab through REST against a plain dump of the same namespaces that nobody parses or prints. */
export async function measureInspect(client, hosts, rounds) {
  const lab = await client.call('POST', '/v1/labs', { spec: starSpec('look', hosts) })
  const seen = { linked: [], all: [], floorDump: [] }
  for (let round = 0; round < rounds + 3; round++) {
    const keep = (list, ms) => round >= 3 && list.push(ms)
    keep(seen.floorDump, (await floor('dump', hosts, { prefix: `nl${lab.uid}-` })).ms)
    keep(seen.linked, (await timed(() => client.raw('GET', `/v1/labs/look/inspect?fields=${LINKED}`))).ms)
    keep(seen.all, (await timed(() => client.raw('GET', '/v1/labs/look/inspect'))).ms)
  }
  await client.call('DELETE', '/v1/labs/look')
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, summary(values)]))
}
