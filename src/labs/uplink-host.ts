import { LabError, type Problem } from '../errors.ts'
import type { HostNetwork } from '../kernel/kernel.ts'
import { type Cidr, contains, formatCidr, networkOf, overlaps, parseCidr } from '../net/cidr.ts'
import { joinCidrs } from '../plan/nft-parts.ts'
import { ALWAYS_DENIED } from '../plan/uplink-tables.ts'
import type { LabSpec } from '../spec/lab-spec.ts'
import type { Settings } from './site.ts'

/**
 * What uplinks ask of the host: that it forwards, that the operator's pool is free, and which networks are the host's own,
 * for the deny-list. All of it pure over what `Kernel.hostNetwork` told.
 */
type UplinkSettings = Settings['uplink']

/** Wider routes are ways out (a default route, the two halves that a VPN sets), not networks of the host. */
const WIDEST_PREFIX = 8
/** A set of a rule is read back with every lab; hosts with so many networks of their own are routers of a provider. */
const MOST_DENIED = 1_000

type Network = { readonly cidr: Cidr; readonly device: string; readonly onLink: boolean }

/**
 * Networks that the lab's uplinks must not reach, as CIDR text in order: those the host stands in, the pool of all uplinks
 * and what the operator denies; without what is denied always. It is recorded with the lab, so that its plan stays the same.
 * @throws LabError invalid-spec, at the first uplink, where this host cannot carry one as it is
 */
export function deniedSubnets(spec: LabSpec, host: HostNetwork, settings: UplinkSettings): readonly string[] {
  const denied = joinCidrs([
    ...networksOf(host).flatMap(({ cidr, onLink }) => (onLink ? [cidr] : [])),
    ...[settings.pool, ...settings.deny].flatMap(ipv4Cidr),
  ]).filter((cidr) => !ALWAYS_DENIED.some((always) => contains(always, cidr)))
  const obstacles = [...uplinkObstacles(host, settings)]
  if (denied.length > MOST_DENIED) {
    const message = `this host stands in ${denied.length} networks; more than ${MOST_DENIED} cannot be kept from an uplink`
    obstacles.push({ reason: 'UPLINK_TOO_MANY_NETWORKS', message })
  }
  if (obstacles.length === 0) return denied.map(formatCidr)
  const path = spec.uplinks[0]?.path ?? ''
  throw new LabError({ kind: 'invalid-spec', problems: obstacles.map((obstacle) => ({ ...obstacle, path })) })
}

/** Why no uplink can be built on this host as it is: empty when one can. */
export function uplinkObstacles(
  host: HostNetwork,
  { pool }: UplinkSettings,
): readonly Pick<Problem, 'reason' | 'message'>[] {
  const obstacles = host.notForwarding.map((key) => ({
    reason: 'HOST_DOES_NOT_FORWARD',
    message: `${key} is not 1 on this host, so nothing gets out; its operator can set it with sysctl (this server never does)`,
  }))
  const [block] = ipv4Cidr(pool)
  const used = block && networksOf(host).find(({ cidr }) => overlaps(cidr, block))
  if (used === undefined) return obstacles
  const where = `${formatCidr(used.cidr)} of ${used.device}`
  const message = `uplink.pool is ${pool} and overlaps ${where} on this host; its operator has to choose a free one`
  return [...obstacles, { reason: 'UPLINK_POOL_IN_USE', message }]
}

/** For operators: what keeps uplinks from being built, and what may swallow their packets. */
export function uplinkWarnings(host: HostNetwork, settings: UplinkSettings): readonly string[] {
  return [
    ...uplinkObstacles(host, settings).map(({ message }) => `uplinks are refused: ${message}`),
    ...host.droppingChains.map(
      (chain) =>
        `"${chain}" drops forwarded packets that no rule of its owner accepts, those of uplinks too; ${REMEDY}`,
    ),
  ]
}

const REMEDY = 'let devices named nl* pass there, both ways (docs/operations.md, Uplinks)'

function networksOf({ addresses, routes }: HostNetwork): readonly Network[] {
  return [
    ...addresses.map(({ address, device }) => ({ text: address, device, onLink: true })),
    ...routes
      .filter(({ type }) => type === 'unicast')
      .map(({ to, device, via }) => ({ text: to, device, onLink: via === '' })),
  ].flatMap(({ text, device, onLink }) =>
    ipv4Cidr(text).flatMap((cidr) => (cidr.prefix < WIDEST_PREFIX ? [] : [{ cidr, device, onLink }])),
  )
}

function ipv4Cidr(text: string): readonly Cidr[] {
  const cidr = parseCidr(text)
  return cidr?.ip.family === 4 ? [networkOf(cidr)] : []
}
