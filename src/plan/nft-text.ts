import { LabError } from '../errors.ts'
import type { NftAction, NftChain, NftMatch, NftRule, NftTableObject } from './objects.ts'

/**
 * A table in nft's own language (nft(8), read by nft 1.0.6 and later), for lab.sh and for people. The server itself
 * loads JSON (kernel/nft): both mean the same rules. A name of any other form than ours is LabError `internal` and
 * never text: nft's language has `include` and no way to quote a quote.
 */
export function nftText(table: NftTableObject): string {
  const chains = table.chains.map((chain) => chainText(chain, table.family)).join('\n')
  return `table ${table.family} ${identifier(table.name)} {\n${chains}}\n`
}

function chainText({ name, hook, rules }: NftChain, family: NftTableObject['family']): string {
  const lines = rules.map((rule) => `\t\t${ruleText(rule, family)}\n`)
  if (hook !== undefined) {
    const device = hook.device === undefined ? '' : ` device ${quoted(hook.device)}`
    const where = `hook ${hook.hook}${device} priority ${hook.priority}`
    lines.unshift(`\t\ttype ${hook.type} ${where}; policy ${hook.policy};\n`)
  }
  return `\tchain ${identifier(name)} {\n${lines.join('')}\t}\n`
}

export function ruleText({ match, action, origin }: NftRule, family: NftTableObject['family']): string {
  // A comment decides nothing: whatever could end the quotes becomes a question mark.
  const comment = origin.replace(/[^ -~]|["\\]/g, '?').slice(0, MAX_COMMENT)
  return [...match.map(matchText), 'counter', actionText(action, family), `comment "${comment}"`].join(' ')
}

/** The kernel keeps 128 bytes of user data with a rule; cut as in kernel/nft. */
const MAX_COMMENT = 120

function matchText(match: NftMatch): string {
  switch (match.kind) {
    case 'in-device':
      return `iifname ${quoted(match.device)}`
    case 'out-device':
      return `oifname ${quoted(match.device)}`
    case 'source':
    case 'destination':
      return addressText(match)
    case 'protocol':
      return `meta l4proto ${match.protocol === 'icmpv6' ? 'ipv6-icmp' : match.protocol}`
    case 'source-port':
    case 'destination-port': {
      if (match.ports.some(({ first, last }) => first === 0 && last === 65_535)) return `meta l4proto ${match.protocol}`
      const ports = match.ports.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
      return `${match.protocol} ${match.kind === 'source-port' ? 'sport' : 'dport'} ${oneOf(ports)}`
    }
    case 'state':
      return `ct state ${match.states.join(',')}`
    case 'icmp-type':
      return `${match.family === 4 ? 'icmp' : 'icmpv6'} type ${ICMP_TYPES[match.type]}`
    case 'source-mac':
      return `ether saddr ${match.not ? '!= ' : ''}${address(match.mac)}`
    case 'arp-sender':
      return `arp saddr ether ${address(match.mac)} arp saddr ip ${address(match.address)}`
    case 'ether-type':
      return `meta protocol ${match.type}`
    case 'destination-is-local':
      return 'fib daddr type local'
    case 'rate-over':
      return `limit rate over ${match.perSecond}/second burst ${match.perSecond} packets`
  }
}

const ICMP_TYPES = {
  'echo-request': 'echo-request',
  // RFC 4861 section 4, without redirects.
  'neighbour-discovery': '{ nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }',
} as const

function addressText({ kind, family, cidrs, not }: Extract<NftMatch, { kind: 'source' | 'destination' }>): string {
  const protocol = family === 4 ? 'ip' : 'ip6'
  // Every address there is says only which protocol it is; versions of nft list the long form differently.
  if (!not && cidrs.some((cidr) => cidr.endsWith('/0'))) return `meta protocol ${protocol}`
  return `${protocol} ${kind === 'source' ? 'saddr' : 'daddr'} ${not ? '!= ' : ''}${oneOf(cidrs.map(address))}`
}

function actionText(action: NftAction, table: NftTableObject['family']): string {
  switch (action.kind) {
    case 'accept':
    case 'drop':
    case 'reject':
    case 'masquerade':
      return action.kind
    case 'snat':
    case 'dnat': {
      const to = address(action.to)
      const port = action.kind === 'dnat' ? action.port : undefined
      const target = port === undefined ? to : `${to.includes(':') ? `[${to}]` : to}:${port}`
      // Only a table of both families has to be told which one is meant.
      const family = table !== 'inet' ? '' : action.family === 4 ? 'ip ' : 'ip6 '
      return `${action.kind} ${family}to ${target}`
    }
  }
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? values.join('') : `{ ${values.join(', ')} }`
}

function identifier(text: string): string {
  return /^[a-z][a-z0-9-]*$/.test(text) ? text : refuse(text)
}

function quoted(text: string): string {
  return /^[a-z][a-z0-9._-]*$/.test(text) ? `"${text}"` : refuse(text)
}

function address(text: string): string {
  return /^[0-9a-f.:/]+$/.test(text) ? text : refuse(text)
}

function refuse(text: string): never {
  throw new LabError(
    { kind: 'internal', incident: 'nft-text' },
    { cause: `not a name of ours: ${JSON.stringify(text)}` },
  )
}
