import { starSpec } from './star.js'

/** prom-client's own histogram of the gateway counts the 10 ms between two looks in. */
const GATEWAY_RESOLUTION_MS = 10

/** How late the event loops of engine and gateway are (p99, ms) while a large lab is built. */
export async function measureEventLoops(client, hosts, rounds) {
  const seen = { engine: [], gateway: [] }
  for (let round = 0; round < rounds; round++) {
    await client.raw('GET', '/metrics')
    await client.call('POST', '/v1/labs', { spec: starSpec('large', hosts) })
    const { text } = await client.raw('GET', '/metrics')
    seen.engine.push(1000 * metricOf(text, 'netnslab_event_loop_delay_seconds{quantile="0.99"}'))
    const gateway = 1000 * metricOf(text, 'netnslab_gateway_nodejs_eventloop_lag_p99_seconds')
    seen.gateway.push(Math.max(0, gateway - GATEWAY_RESOLUTION_MS))
    await client.call('DELETE', '/v1/labs/large')
  }
  return seen
}

function metricOf(metrics, name) {
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  if (line === undefined) throw new Error(`no metric ${name}`)
  return Number(line.slice(name.length + 1))
}
