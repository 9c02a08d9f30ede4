import { canonicalBlock, canonicalIp } from './canonical.ts'
import type { FirewallDocument, NatDocument } from './document-filters.ts'
import type { Context } from './findings.ts'
import type { Firewall, Nat, PortRange } from './lab-spec.ts'
import { parseForwardTarget, parsePorts } from './texts.ts'

export function writeOutNat(given: NatDocument, path: string, { findings, entries }: Context): Nat {
  return {
    masquerade: entries(given.masquerade).map(([place, { out, source }]) => ({
      out,
      ...withSource(source),
      path: `${path}.masquerade[${place}]`,
    })),
    snat: entries(given.snat).map(([place, { out, source, to }]) => ({
      out,
      ...withSource(source),
      to: canonicalIp(to),
      path: `${path}.snat[${place}]`,
    })),
    forward: entries(given.forward).map(([place, forward]) => {
      const at = `${path}.forward[${place}]`
      const port = rangeOf(forward.port)
      const target = parseForwardTarget(forward.to)
      if (target?.port !== undefined && port.first !== port.last) {
        findings.add(`${at}.to`, 'INVALID_TARGET', 'a range of ports keeps its ports; leave the port out')
      }
      return {
        in: forward.in,
        protocol: forward.protocol ?? 'tcp',
        ...(forward.destination === undefined ? {} : { destination: canonicalIp(forward.destination) }),
        port,
        to: canonicalIp(target?.to ?? ''),
        ...(target?.port === undefined ? {} : { toPort: target.port }),
        path: at,
      }
    }),
    oneToOne: entries(given.oneToOne).map(([place, { on, outside, inside }]) => ({
      on,
      outside: canonicalIp(outside),
      inside: canonicalIp(inside),
      path: `${path}.oneToOne[${place}]`,
    })),
  }
}

function withSource(source: string | undefined): { readonly source?: string } {
  return source === undefined ? {} : { source: canonicalBlock(source) }
}

export function writeOutFirewall(given: FirewallDocument, path: string, { entries }: Context): Firewall {
  return {
    defaults: {
      in: given.defaults?.in ?? 'allow',
      out: given.defaults?.out ?? 'allow',
      forward: given.defaults?.forward ?? 'allow',
    },
    rules: entries(given.rules).map(([place, rule]) => ({
      action: rule.action,
      direction: rule.direction,
      from: listOf(rule.from).map(canonicalBlock),
      to: listOf(rule.to).map(canonicalBlock),
      ...(rule.protocol === undefined ? {} : { protocol: rule.protocol }),
      sourcePorts: listOf(rule.sourcePorts).map(rangeOf),
      ports: listOf(rule.ports).map(rangeOf),
      states: [...new Set(listOf(rule.state))],
      ...(rule.inInterface === undefined ? {} : { inInterface: rule.inInterface }),
      ...(rule.outInterface === undefined ? {} : { outInterface: rule.outInterface }),
      path: `${path}.rules[${place}]`,
    })),
  }
}

function listOf<T extends string | number>(given: T | readonly T[] | undefined): readonly T[] {
  if (given === undefined) return []
  return Array.isArray(given) ? given : [given as T] // isArray does not narrow readonly lists away
}

function rangeOf(port: number | string): PortRange {
  return parsePorts(String(port)) ?? { first: 0, last: 0 }
}
