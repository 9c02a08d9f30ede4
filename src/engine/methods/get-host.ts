import type { GetHostRequest__Output } from '../../contract/gen/netnslab/v1/GetHostRequest.ts'
import type { Host } from '../../contract/gen/netnslab/v1/Host.ts'
import { MINUTE, type Unary } from '../method.ts'

export const getHost: Unary<GetHostRequest__Output, Host> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle(_request, call) {
    const { labs, namespaces, engineRssBytes, uptimeSeconds, ...facts } = await call.labs.host()
    return {
      ...facts,
      features: facts.features.map((feature) => ({ ...feature })),
      limits: facts.limits.map((limit) => ({ ...limit })),
      warnings: [...facts.warnings],
      usage: { labs, namespaces, engineRssBytes, uptimeSeconds },
    }
  },
}
