import { ruleText } from '../../src/plan/nft-text.ts'
import {
  type KernelObject,
  keyOf,
  type NftTableObject,
  PHASE_OF,
  type Plan,
  type VethEnd,
} from '../../src/plan/objects.ts'

/**
 * A plan as readable text, for review: each step in a line with its phase, its key, what it is made with and, in
 * brackets, the place of the spec it serves; below it what does not fit into a line.
 */
export function dumpPlan(plan: Plan): string {
  return [
    ...plan.members.flatMap(({ name, role, namespace, devices, path }) => [
      `${namespace} ${role} ${name} [${path}]`,
      ...devices.map(({ device, index, mac, link, addresses }) =>
        `  ${index} ${device} ${mac} on ${link} ${addresses.join(' ')}`.trimEnd(),
      ),
    ]),
    '',
    ...plan.steps.flatMap(({ object, origin }) => {
      const { line, below = [] } = detailsOf(object)
      const parts = [PHASE_OF[object.kind], keyOf(object), line, `[${origin}]`]
      return [parts.filter((part) => part !== '').join('  '), ...below.map((text) => `    ${text}`)]
    }),
    '',
  ].join('\n')
}

type Details = { readonly line: string; readonly below?: readonly string[] }

function detailsOf(object: KernelObject): Details {
  switch (object.kind) {
    case 'namespace':
      return { line: object.userNamespace === undefined ? '' : `uids from ${object.userNamespace.firstUid}` }
    case 'sysctls':
      return { line: '', below: Object.entries(object.values).map(([key, value]) => `${key} = ${value}`) }
    case 'loopback':
      return { line: '' }
    case 'bridge':
      return { line: `index ${object.index}, ${object.mac}, mtu ${object.mtuBytes}${object.stp ? ', stp' : ''}` }
    case 'veth':
      return { line: `mtu ${object.mtuBytes}`, below: object.ends.map(endText) }
    case 'address':
      return { line: object.dad ? 'dad' : '' }
    case 'route':
      return { line: 'device' in object.target ? wayOf(object.target) : object.target.kind }
    case 'netem': {
      const { delayMs, jitterMs, lossPercent, rateKbit } = object
      return { line: `delay ${delayMs} ms, jitter ${jitterMs} ms, loss ${lossPercent} %, rate ${rateKbit} kbit` }
    }
    case 'nft-table':
      return { line: '', below: tableLines(object) }
  }
}

function endText({ device, index, mac, bridge, mtuBytes }: VethEnd): string {
  const more = [bridge === undefined ? '' : `on ${bridge}`, mtuBytes === undefined ? '' : `mtu ${mtuBytes}`]
  return [`${device} index ${index}`, mac, ...more].filter((part) => part !== '').join(', ')
}

function wayOf(target: { readonly device: string; readonly address?: string }): string {
  return target.address === undefined ? `dev ${target.device}` : `via ${target.address} dev ${target.device}`
}

function tableLines({ chains, family }: NftTableObject): readonly string[] {
  return chains.flatMap(({ name, hook, rules }) => [
    `${name}: ${hook === undefined ? 'no hook' : `${hook.type} ${hook.hook} ${hook.priority}, policy ${hook.policy}`}`,
    ...rules.map((rule) => `  ${ruleText(rule, family)}`),
  ])
}
