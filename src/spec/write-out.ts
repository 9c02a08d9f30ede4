import { canonicalBlock, canonicalCidr } from './canonical.ts'
import type { LabDocument, LinkDocument, SwitchDocument } from './document.ts'
import { LABEL_KEY_PATTERN } from './document.ts'
import { quote } from './document-fields.ts'
import type { Context } from './findings.ts'
import { IMPAIRMENT_NAMES, IMPAIRMENTS, parseQuantity } from './impairment.ts'
import type { Impairment, LabSpec, Link, Member, Switch, Uplink } from './lab-spec.ts'
import { joinPath } from './paths.ts'
import { parseEnd } from './texts.ts'
import { type OpenInterface, type OpenMember, writeOutMember } from './write-out-member.ts'

const DEFAULT_MTU = 1500
const MAX_LABELS = 32

/** The document with all short forms written out. References may still lead nowhere: that is for the rules. */
export function writeOut(document: LabDocument, context: Context): LabSpec {
  const { entries } = context
  const mtuBytes = document.defaults?.mtu ?? DEFAULT_MTU
  const members = [
    ...entries(document.hosts).map(([place, host]) => writeOutMember('host', host, `hosts[${place}]`, context)),
    ...entries(document.routers).map(([place, router]) =>
      writeOutMember('router', router, `routers[${place}]`, context),
    ),
  ]
  plugEnds(document, members, context)
  return {
    name: document.name ?? '',
    ...(document.description === undefined ? {} : { description: document.description }),
    labels: writeOutLabels(document.labels ?? {}, context),
    switches: entries(document.switches).map(([place, one]) => writeOutSwitch(one, `switches[${place}]`, mtuBytes)),
    links: entries(document.links).map(([place, one]) => writeOutLink(one, `links[${place}]`, mtuBytes)),
    members: members.map((member) => ({ ...member, interfaces: closeInterfaces(member, context) })),
    uplinks: entries(document.uplinks).map(
      ([place, { name, link, address, allow }]): Uplink => ({
        name,
        link,
        address: address === undefined ? 'auto' : canonicalCidr(address),
        allow: (allow ?? []).map(canonicalBlock),
        path: `uplinks[${place}]`,
      }),
    ),
  }
}

function writeOutSwitch({ name, subnet, mtu, stp }: SwitchDocument, path: string, mtuBytes: number): Switch {
  return { name, subnets: subnetsOf(subnet), mtuBytes: mtu ?? mtuBytes, stp: stp ?? false, path }
}

function writeOutLink(given: LinkDocument, path: string, mtuBytes: number): Link {
  const impairment = impairmentOf(given)
  return {
    name: given.name,
    subnets: subnetsOf(given.subnet),
    mtuBytes: given.mtu ?? mtuBytes,
    ...(impairment === undefined ? {} : { impairment }),
    path,
  }
}

function subnetsOf(subnet: string | readonly string[] | undefined): readonly string[] {
  if (subnet === undefined) return []
  return (typeof subnet === 'string' ? [subnet] : subnet).map(canonicalCidr)
}

/** Nothing of all zeros: a link with `delay: 0ms` needs no netem. */
function impairmentOf(given: LinkDocument): Impairment | undefined {
  const quantities = IMPAIRMENT_NAMES.flatMap((name): [string, number][] => {
    const value = given[name] === undefined ? 0 : (parseQuantity(name, given[name]) ?? 0)
    return value === 0 ? [] : [[IMPAIRMENTS[name].field, value]]
  })
  return quantities.length === 0 ? undefined : Object.fromEntries(quantities)
}

function writeOutLabels(
  labels: Readonly<Record<string, string>>,
  { findings }: Context,
): Readonly<Record<string, string>> {
  const keys = Object.keys(labels)
  if (keys.length > MAX_LABELS) findings.add('labels', 'TOO_MANY', `at most ${MAX_LABELS} labels may be given`)
  for (const key of keys) {
    if (LABEL_KEY_PATTERN.test(key)) continue
    const form = "1 to 63 of a-z, 0-9, '.', '_', '/' and '-', beginning with a letter"
    findings.add(joinPath('labels', key), 'INVALID_LABEL', `${quote(key)} is not the name of a label: ${form}`)
  }
  return labels
}

/** Gives interfaces the link whose end names them, and members the interfaces that only an end names. */
function plugEnds(document: LabDocument, members: readonly OpenMember[], { findings, entries }: Context): void {
  const byName = new Map(members.toReversed().map((member) => [member.name, member]))
  const byEnd = new Map(
    members.flatMap((member) =>
      member.interfaces.map((one): [string, OpenInterface] => [`${member.name}:${one.name}`, one]),
    ),
  )
  for (const [place, link] of entries(document.links)) {
    for (const [end, text] of entries(link.ends)) {
      const path = `links[${place}].ends[${end}]`
      const { member: name, device } = parseEnd(text)
      const member = byName.get(name)
      const listed = byEnd.get(text)
      if (member === undefined) {
        if (findings.names.has(name) && findings.isDamaged('hosts', 'routers')) continue
        const because = `there is no host or router "${name}"${findings.didYouMean(name, byName.keys())}`
        findings.add(path, 'UNKNOWN_MEMBER', because)
      } else if (listed === undefined) {
        if (findings.isDamaged(`${member.path}.interfaces`)) continue
        const implied: OpenInterface = { name: device, link: link.name, addresses: 'auto', dad: false, path }
        member.interfaces.push(implied)
        byEnd.set(text, implied)
      } else if (listed.link === undefined) {
        listed.link = link.name
      } else if (listed.link !== link.name || listed.path.startsWith(`links[${place}].`)) {
        findings.add(path, 'CONFLICTING_LINK', `interface ${text} is plugged into "${listed.link}" already`)
      }
    }
  }
}

function closeInterfaces(member: OpenMember, { findings }: Context): Member['interfaces'] {
  return member.interfaces.flatMap((one: OpenInterface) => {
    const { link } = one
    if (link !== undefined) return [{ ...one, link }]
    if (!findings.isDamaged(`${one.path}.link`, 'links')) {
      findings.add(
        one.path,
        'MISSING_FIELD',
        `interface "${one.name}" needs a \`link\`, or a link with an end ${member.name}:${one.name}`,
      )
    }
    return []
  })
}
