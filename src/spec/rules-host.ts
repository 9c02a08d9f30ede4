import { parseCidr } from '../net/cidr.ts'
import { pathOfLink, type Survey } from './survey.ts'

/** Rules about what this host and its operator allow. */

/** Told at the first field that asks for the feature, for each part of the spec. */
export function kernelHasTheFeatures(survey: Survey): void {
  const { spec, facts, findings, networks } = survey
  if (facts.missingFeatures.size === 0) return
  const need = (feature: string, path: string) => {
    if (!facts.missingFeatures.has(feature)) return
    findings.add(path, 'UNSUPPORTED_BY_KERNEL', `the kernel of this host lacks "${feature}", which this needs`)
  }
  for (const { path } of spec.switches) need('bridge', path)
  for (const { plugs, path } of networks) if (plugs.length > 0) need('veth', path)
  for (const { impairment, path } of spec.links) {
    for (const field of Object.keys(impairment ?? {})) need('netem', `${path}.${IMPAIRMENT_FIELD[field] ?? field}`)
  }
  for (const { path, nat, firewall } of spec.members) {
    if (Object.values(nat).some((rules) => rules.length > 0)) need('nft-nat', `${path}.nat`)
    const denies = Object.values(firewall.defaults).includes('deny')
    if (denies || firewall.rules.length > 0) need('nft-filter', `${path}.firewall`)
  }
  for (const { path } of spec.uplinks) for (const feature of UPLINK_FEATURES) need(feature, path)
}

const IMPAIRMENT_FIELD: Readonly<Record<string, string>> = {
  delayMs: 'delay',
  jitterMs: 'jitter',
  lossPercent: 'loss',
  rateKbit: 'rate',
}
const UPLINK_FEATURES = ['nft-filter', 'nft-nat', 'nft-netdev-ingress']

export function uplinksAreAllowed({ spec, facts, findings }: Survey): void {
  const { allowed, maxPerLab } = facts.uplink
  for (const [place, { path }] of spec.uplinks.entries()) {
    if (!allowed) findings.add(path, 'UPLINK_NOT_ALLOWED', 'the operator of this host allows no uplinks')
    else if (place >= maxPerLab) findings.add(path, 'TOO_MANY_UPLINKS', `a lab may have at most ${maxPerLab}`)
  }
}

/** An uplink stands on a switch and speaks IPv4 only. */
export function uplinksStandOnASwitch({ spec, findings, networkByName }: Survey): void {
  for (const { path, link, address, allow } of spec.uplinks) {
    const network = networkByName.get(link)
    if (network?.kind === 'link') {
      findings.add(pathOfLink(path), 'UPLINK_NEEDS_SWITCH', `"${link}" is a link; an uplink stands on a switch`)
    } else if (network !== undefined && address === 'auto' && !network.subnets.some(({ ip }) => ip.family === 4)) {
      if (findings.isDamaged(network.path)) continue
      const because = `switch "${link}" has no IPv4 subnet to take an address from`
      findings.add(pathOfLink(path), 'UPLINK_NEEDS_IPV4', because)
    }
    if (address !== 'auto' && parseCidr(address)?.ip.family !== 4) {
      findings.add(`${path}.address`, 'UPLINK_NEEDS_IPV4', 'an uplink has an IPv4 address')
    }
    for (const [place, block] of allow.entries()) {
      if (parseCidr(block)?.ip.family === 4) continue
      findings.add(`${path}.allow[${place}]`, 'UPLINK_NEEDS_IPV4', 'an uplink carries IPv4 only')
    }
  }
}
