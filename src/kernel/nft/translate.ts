import type { NftAction, NftChain, NftMatch, NftRule, NftTableObject } from '../../plan/objects.ts'
import type { Json, JsonObject } from './json.ts'
import { ADDRESSES, coversAll, intervalsOfCidrs, merge, PORTS, type Space, writeIntervals } from './values.ts'

type Family = NftTableObject['family']

/** libnftables ends the process when a comment does not fit into its 128 bytes (libnftnl udata). */
const MAX_COMMENT_BYTES = 120

/** IANA protocol numbers; names would need /etc/protocols on the machine. */
export const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 } as const

/**
 * One transaction that makes the whole table. `create` refuses when a table of this name is there already.
 * Only objects come out of here, never nft text: a name or comment stays data whatever it holds.
 * @throws RangeError for a match that nft has no words for
 */
export function loadCommands(table: NftTableObject): JsonObject {
  const at = { family: table.family, table: table.name }
  return {
    nftables: [
      { create: { table: { family: table.family, name: identifier(table.name) } } },
      ...table.chains.map((chain) => ({ add: { chain: { ...at, ...chainHead(chain) } } })),
      ...table.chains.flatMap((chain) =>
        chain.rules.map((rule) => ({
          add: {
            rule: {
              ...at,
              chain: identifier(chain.name),
              comment: commentOf(rule),
              expr: ruleStatements(rule, table.family),
            },
          },
        })),
      ),
    ],
  }
}

export function deleteCommands(family: string, name: string): JsonObject {
  return { nftables: [{ delete: { table: { family, name: identifier(name) } } }] }
}

function chainHead({ name, hook }: NftChain): JsonObject {
  if (hook === undefined) return { name: identifier(name) }
  return {
    name: identifier(name),
    type: hook.type,
    hook: hook.hook,
    prio: hook.priority,
    policy: hook.policy,
    ...(hook.device === undefined ? {} : { dev: deviceName(hook.device) }),
  }
}

/** The rule's origin as nft keeps it: printable ASCII, cut to what fits. */
export function commentOf(rule: NftRule): string {
  return rule.origin.replace(/[^ -~]|["\\]/g, '?').slice(0, MAX_COMMENT_BYTES)
}

/** The statements of one rule in nft's JSON: matches, a counter, what to do. */
export function ruleStatements(rule: NftRule, family: Family): readonly JsonObject[] {
  return [...rule.match.flatMap(matchStatements), { counter: null }, actionStatement(rule.action, family)]
}

function matchStatements(match: NftMatch): readonly JsonObject[] {
  switch (match.kind) {
    case 'in-device':
      return [equal({ meta: { key: 'iifname' } }, deviceName(match.device))]
    case 'out-device':
      return [equal({ meta: { key: 'oifname' } }, deviceName(match.device))]
    case 'source':
    case 'destination': {
      const field = match.kind === 'source' ? 'saddr' : 'daddr'
      const protocol = match.family === 4 ? 'ip' : 'ip6'
      const intervals = merge(intervalsOfCidrs(match.cidrs, match.family))
      const whole = match.not ? [] : [equal({ meta: { key: 'protocol' } }, protocol)]
      return oneOf(payload(protocol, field), intervals, { space: ADDRESSES[match.family], whole, not: match.not })
    }
    case 'protocol':
      return [equal({ meta: { key: 'l4proto' } }, PROTOCOL_NUMBERS[match.protocol])]
    case 'source-port':
    case 'destination-port': {
      const intervals = merge(match.ports.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) })))
      const field = match.kind === 'source-port' ? 'sport' : 'dport'
      const whole = [equal({ meta: { key: 'l4proto' } }, PROTOCOL_NUMBERS[match.protocol])]
      return oneOf(payload(match.protocol, field), intervals, { space: PORTS, whole })
    }
    case 'state':
      if (match.states.length === 0) throw new RangeError('a match on no state at all')
      return [{ match: { op: 'in', left: { ct: { key: 'state' } }, right: [...match.states] } }]
    case 'icmp-type':
      return [icmpType(match.family, match.type)]
    case 'source-mac':
      return [compare(payload('ether', 'saddr'), macAddress(match.mac), match.not)]
    case 'arp-sender':
      return [
        equal(payload('arp', 'saddr ether'), macAddress(match.mac)),
        equal(payload('arp', 'saddr ip'), writeIntervals(intervalsOfCidrs([match.address], 4), ADDRESSES[4])),
      ]
    case 'ether-type':
      // `meta protocol`, not the frame's own field: the kernel has taken a VLAN tag off already.
      return [equal({ meta: { key: 'protocol' } }, match.type)]
    case 'destination-is-local':
      return [equal({ fib: { result: 'type', flags: ['daddr'] } }, 'local')]
    case 'rate-over':
      // A burst of one second's worth: nft's default of 5 packets would drop short bursts far below the rate.
      return [{ limit: { rate: match.perSecond, burst: match.perSecond, per: 'second', inv: true } }]
  }
}

function icmpType(family: 4 | 6, type: 'echo-request' | 'neighbour-discovery'): JsonObject {
  if (type === 'echo-request') return equal(payload(family === 4 ? 'icmp' : 'icmpv6', 'type'), 'echo-request')
  if (family === 4) throw new RangeError('neighbour discovery is IPv6 only; IPv4 has ARP')
  // RFC 4861 section 4: router solicitation and advertisement, neighbour solicitation and advertisement.
  return equal(payload('icmpv6', 'type'), {
    set: ['nd-router-solicit', 'nd-router-advert', 'nd-neighbor-solicit', 'nd-neighbor-advert'],
  })
}

function actionStatement(action: NftAction, family: Family): JsonObject {
  switch (action.kind) {
    case 'snat':
      return { snat: { ...natFamily(action.family, family), addr: natAddress(action) } }
    case 'dnat':
      return {
        dnat: {
          ...natFamily(action.family, family),
          addr: natAddress(action),
          ...(action.port === undefined ? {} : { port: action.port }),
        },
      }
    case 'accept':
    case 'drop':
    case 'reject':
    case 'masquerade':
      return { [action.kind]: null }
  }
}

function natAddress(action: { readonly family: 4 | 6; readonly to: string }): Json {
  return writeIntervals(intervalsOfCidrs([action.to], action.family), ADDRESSES[action.family])
}

/** Only a table of both families has to be told which one is meant. */
function natFamily(of: 4 | 6, table: Family): JsonObject {
  return table === 'inet' ? { family: of === 4 ? 'ip' : 'ip6' } : {}
}

/** A match on the whole space says nothing but which protocol it is, and nft versions differ on how they list it. */
function oneOf(
  left: Json,
  intervals: Parameters<typeof writeIntervals>[0],
  { space, whole, not }: { space: Space; whole: readonly JsonObject[]; not?: boolean | undefined },
): readonly JsonObject[] {
  if (intervals.length === 0) throw new RangeError('a match on nothing at all')
  if (coversAll(intervals, space) && whole.length > 0) return whole
  return [compare(left, writeIntervals(intervals, space), not)]
}

function payload(protocol: string, field: string): Json {
  return { payload: { protocol, field } }
}

function equal(left: Json, right: Json): JsonObject {
  return compare(left, right)
}

function compare(left: Json, right: Json, not = false): JsonObject {
  return { match: { op: not ? '!=' : '==', left, right } }
}

/** nft reads `@x` as a set and `x*` as a wildcard even in JSON strings. */
function deviceName(name: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/.test(name))
    throw new RangeError(`not a device name: ${JSON.stringify(name)}`)
  return name
}

function identifier(name: string): string {
  if (!/^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$/.test(name)) throw new RangeError(`not an nft name: ${JSON.stringify(name)}`)
  return name
}

function macAddress(mac: string): string {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) throw new RangeError(`not a MAC address: ${JSON.stringify(mac)}`)
  return mac
}
