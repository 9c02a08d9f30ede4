import { isMulticastMac, macFromIpv4 } from '../net/mac.ts'
import { parsePath, partAt } from './paths.ts'
import { type Network, type Plug, speaksIpv6 } from './plugs.ts'
import { mtuOf, plugsOf, type Survey } from './survey.ts'

/** Rules about interfaces, switches and cables as devices. */

/** Smallest MTU that IPv6 allows (RFC 8200 section 5); below it the kernel takes IPv6 off the device. */
const IPV6_MIN_MTU = 1280

/** The kernel's BR_MAX_PORTS is 1 << 10, and port number 0 is never used. */
const MAX_PORTS = 1023

export function macsAreUnicast({ spec, findings }: Survey): void {
  for (const { mac, path } of spec.members.flatMap(({ interfaces }) => interfaces)) {
    if (mac === undefined || !isMulticastMac(mac)) continue
    findings.add(`${path}.mac`, 'MULTICAST_MAC', `${mac} is a group address (the lowest bit of its first byte is set)`)
  }
}

/** On one switch or link; those made from IPv4 addresses count too. */
export function macsAreUnique({ networks, findings }: Survey): void {
  for (const { plugs } of networks) {
    if (!plugs.some((plug) => plug.interface?.mac !== undefined)) continue
    const owners = new Map<string, string>()
    // Given ones last, so that the problem lies where something can be changed.
    const inOrder = plugs.toSorted((a, b) => Number(isGiven(a)) - Number(isGiven(b)))
    for (const plug of inOrder) {
      const mac = macOf(plug)
      if (mac === undefined) continue
      const first = owners.get(mac)
      if (first === undefined) owners.set(mac, plug.owner)
      else findings.add(`${plug.path}.mac`, 'DUPLICATE_MAC', `${mac} is the MAC of ${first} already`)
    }
  }
}

function isGiven(plug: Plug): boolean {
  return plug.interface?.mac !== undefined
}

function macOf(plug: Plug): string | undefined {
  if (plug.interface?.mac !== undefined) return plug.interface.mac
  for (const { ip } of plug.cidrs) if (ip.family === 4) return macFromIpv4(ip)
  return undefined
}

/** Told at the interface when it has an MTU of its own, else once at its switch or link. */
export function mtuIsEnoughForIpv6(survey: Survey): void {
  for (const network of survey.networks) {
    if (survey.findings.isDamaged(network.path, 'defaults')) continue
    const tight = network.plugs.filter(
      (plug) => (mtuOf(survey, plug) ?? IPV6_MIN_MTU) < IPV6_MIN_MTU && speaksIpv6(plug),
    )
    const own = tight.filter((plug) => plug.interface?.mtuBytes !== undefined)
    for (const plug of own) addTooSmall(survey, `${plug.path}.mtu`, plug.interface?.mtuBytes)
    if (own.length < tight.length) addTooSmall(survey, pathOfMtu(survey, network), network.mtuBytes)
  }
}

function addTooSmall({ findings }: Survey, path: string, mtuBytes: number | undefined): void {
  const because = `IPv6 needs an MTU of at least ${IPV6_MIN_MTU} bytes (RFC 8200), and here it is ${mtuBytes}`
  findings.add(path, 'MTU_TOO_SMALL_FOR_IPV6', because)
}

function pathOfMtu({ data }: Survey, { path }: Network): string {
  const own = `${path}.mtu`
  return partAt(data, parsePath(own)) === undefined ? 'defaults.mtu' : own
}

export function switchesHaveFreePorts({ networks, findings }: Survey): void {
  for (const { kind, name, path, plugs } of networks) {
    if (kind !== 'switch' || plugs.length <= MAX_PORTS) continue
    const because = `the kernel's bridge has at most ${MAX_PORTS} ports, and ${plugs.length} interfaces are plugged into "${name}"; split it into two switches`
    findings.add(path, 'TOO_MANY_PORTS', because)
  }
}

export function jitterFitsDelay({ spec, findings }: Survey): void {
  for (const { impairment, path } of spec.links) {
    const { jitterMs = 0, delayMs = 0 } = impairment ?? {}
    if (jitterMs <= delayMs || findings.isDamaged(path)) continue
    const because =
      delayMs === 0 ? 'jitter varies a delay, and there is no `delay`' : 'the jitter is more than the delay'
    findings.add(`${path}.jitter`, 'JITTER_ABOVE_DELAY', because)
  }
}

/** With IPv6 switched off the kernel refuses IPv6 addresses and routes. */
export function ipv6IsNotOffWhereUsed(survey: Survey): void {
  for (const member of survey.spec.members) {
    const off = ['all', 'default']
      .map((scope) => `net.ipv6.conf.${scope}.disable_ipv6`)
      .find((key) => member.sysctls.set[key] === '1')
    const routed = member.routes.some(({ to, target }) => target.kind !== 'via' && to.includes(':'))
    if (off === undefined || !(routed || plugsOf(survey, member).some(speaksIpv6))) continue
    const because = `${member.name} has IPv6 addresses or routes, and the kernel refuses them then`
    survey.findings.add(`${member.path}.sysctls.set[${JSON.stringify(off)}]`, 'SYSCTL_CONFLICT', because)
  }
}
