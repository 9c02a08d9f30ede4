import { ipText } from '../netlink/attributes.ts'
import type { Expression } from './expressions.ts'
import { hex } from './fields.ts'
import type { Json, JsonObject } from './json.ts'

/** NF_DROP, NF_ACCEPT, and NFT_CONTINUE and on downwards. */
const VERDICTS: Readonly<Record<number, string>> = { 0: 'drop', 1: 'accept', [-1]: 'continue', [-5]: 'return' }
const [JUMP, GOTO] = [-3, -4]

export function verdictStatement(code: number, chain: string): JsonObject {
  if (code === JUMP || code === GOTO) return { [code === JUMP ? 'jump' : 'goto']: { target: chain } }
  const word = VERDICTS[code]
  return word === undefined ? { verdict: code } : { [word]: null }
}

/** NF_NAT_RANGE_* that people can ask for; the others follow from the statement itself. */
const NAT_FLAGS = [
  [1 << 2, 'random'],
  [1 << 4, 'fully-random'],
  [1 << 3, 'persistent'],
] as const

type Nat = Extract<Expression, { kind: 'nat' | 'masquerade' | 'redirect' }>

/** @param constant what a register holds, when the rule itself put it there */
export function natStatement(nat: Nat, constant: (register: number) => Buffer | undefined): JsonObject {
  const lastOf = (register: number | undefined) => (register === undefined ? undefined : constant(register))
  const port = nat.port === undefined ? {} : { port: oneOrRange(portOf, constant(nat.port), lastOf(nat.lastPort)) }
  const names = NAT_FLAGS.filter(([bit]) => (nat.flags & bit) !== 0).map(([, name]) => name)
  const flags = names.length === 0 ? {} : { flags: names }
  if (nat.kind !== 'nat') {
    const body = { ...port, ...flags }
    return { [nat.kind]: Object.keys(body).length === 0 ? null : body }
  }
  const address =
    nat.address === undefined ? {} : { addr: oneOrRange(addressOf, constant(nat.address), lastOf(nat.lastAddress)) }
  const family = nat.family === 10 ? 'ip6' : 'ip'
  return { [nat.type === 0 ? 'snat' : 'dnat']: { family, ...address, ...port, ...flags } }
}

function oneOrRange(
  write: (value: Buffer | undefined) => Json,
  first: Buffer | undefined,
  last: Buffer | undefined,
): Json {
  if (first === undefined || last === undefined || first.equals(last)) return write(first)
  return { range: [write(first), write(last)] }
}

/** From a map or a packet, not from the rule itself: not shown. */
const ELSEWHERE = 'computed'

function addressOf(value: Buffer | undefined): Json {
  return value === undefined ? ELSEWHERE : ipText(value, 0, value.length) || hex(value)
}

function portOf(value: Buffer | undefined): Json {
  return value === undefined ? ELSEWHERE : value.length >= 2 ? value.readUInt16BE(0) : hex(value)
}

/** Codes of RFC 792, RFC 4443 and of nft's own icmpx, which fits both. */
const REJECT_CODES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  icmp: {
    0: 'net-unreachable',
    1: 'host-unreachable',
    2: 'prot-unreachable',
    3: 'port-unreachable',
    9: 'net-prohibited',
    10: 'host-prohibited',
    13: 'admin-prohibited',
  },
  icmpv6: {
    0: 'no-route',
    1: 'admin-prohibited',
    3: 'addr-unreachable',
    4: 'port-unreachable',
    5: 'policy-fail',
    6: 'reject-route',
  },
  icmpx: { 0: 'no-route', 1: 'port-unreachable', 2: 'host-unreachable', 3: 'admin-prohibited' },
}
const [TCP_RESET, ICMPX] = [1, 2]

/** @param network `ip` or `ip6`, as far as it is known */
export function rejectStatement({ type, code }: Extract<Expression, { kind: 'reject' }>, network: string): JsonObject {
  if (type === TCP_RESET) return { reject: { type: 'tcp reset' } }
  const family = type === ICMPX ? 'icmpx' : network === 'ip6' ? 'icmpv6' : 'icmp'
  return { reject: { type: family, expr: REJECT_CODES[family]?.[code] ?? String(code) } }
}
