import type { Member, Via } from './lab-spec.ts'
import { pathOfLink, plugsOf, type Survey } from './survey.ts'

/** Rules about names: each is one function that adds what breaks it to the findings. */

/** Members, switches, links and uplinks share one set of names: requests and next hops name any of them. */
export function namesAreUnique({ spec, findings }: Survey): void {
  const firstPlace = new Map<string, string>()
  for (const { name, path } of [...spec.switches, ...spec.members, ...spec.links, ...spec.uplinks]) {
    const first = firstPlace.get(name)
    if (first === undefined) firstPlace.set(name, path)
    else findings.add(`${path}.name`, 'DUPLICATE_NAME', `"${name}" is the name of ${first} already`)
  }
}

export function interfaceNamesAreUnique({ spec, findings }: Survey): void {
  for (const member of spec.members) {
    const seen = new Set<string>()
    for (const { name, path } of member.interfaces) {
      if (seen.has(name))
        findings.add(`${path}.name`, 'DUPLICATE_INTERFACE', `${member.name} has an interface "${name}" already`)
      seen.add(name)
    }
  }
}

export function linksOfInterfacesExist({ spec, findings, networkByName, lostNames }: Survey): void {
  for (const { path, link } of [...spec.members.flatMap(({ interfaces }) => interfaces), ...spec.uplinks]) {
    if (networkByName.has(link) || lostNames.has(link)) continue
    const because = `there is no switch or link "${link}"${findings.didYouMean(link, networkByName.keys())}`
    findings.add(pathOfLink(path), 'UNKNOWN_LINK', because)
  }
}

/** Next hops and targets of port forwards that are given by name. */
export function namedMembersExist({ spec, findings, memberByName, lostNames }: Survey): void {
  const known = new Set([...memberByName.keys(), ...spec.uplinks.map(({ name }) => name)])
  const look = (name: string, path: string, what: string) => {
    if (known.has(name) || lostNames.has(name)) return
    findings.add(path, 'UNKNOWN_MEMBER', `there is no ${what} "${name}"${findings.didYouMean(name, known)}`)
  }
  for (const member of spec.members) {
    const vias = viasOf(member).filter(({ path }, place, all) => path !== all[place - 1]?.path)
    for (const { via, path } of vias) if (via.kind === 'member') look(via.member, path, 'host, router or uplink')
    for (const { to, path } of member.nat.forward) {
      if (!/[.:]/.test(to) && !memberByName.has(to)) look(to, `${path}.to`, 'host or router')
    }
  }
}

export function viasOf(member: Member): readonly Via[] {
  return [...member.gateways, ...member.routes.flatMap(({ target }) => (target.kind === 'via' ? [target.via] : []))]
}

/** Routes, translation and filter name the member's own interfaces. */
export function namedInterfacesExist(survey: Survey): void {
  for (const member of survey.spec.members) {
    const named = interfaceNamesIn(member)
    if (named.length === 0) continue
    const own = new Set(plugsOf(survey, member).map((plug) => plug.interface?.name ?? ''))
    for (const { name, path } of named) {
      if (own.has(name) || survey.findings.isDamaged(`${member.path}.interfaces`, `${member.path}.link`)) continue
      const because = `${member.name} has no interface "${name}"${survey.findings.didYouMean(name, own)}`
      survey.findings.add(path, 'UNKNOWN_INTERFACE', because)
    }
  }
}

function interfaceNamesIn({
  routes,
  nat,
  firewall,
}: Member): readonly { readonly name: string; readonly path: string }[] {
  const at = (name: string | undefined, path: string) => (name === undefined ? [] : [{ name, path }])
  return [
    ...routes.flatMap(({ target, path }) =>
      target.kind === 'interface' ? at(target.interface, `${path}.interface`) : [],
    ),
    ...nat.masquerade.flatMap(({ out, path }) => at(out, `${path}.out`)),
    ...nat.snat.flatMap(({ out, path }) => at(out, `${path}.out`)),
    ...nat.forward.flatMap((forward) => at(forward.in, `${forward.path}.in`)),
    ...nat.oneToOne.flatMap(({ on, path }) => at(on, `${path}.on`)),
    ...firewall.rules.flatMap(({ inInterface, outInterface, path }) => [
      ...at(inInterface, `${path}.inInterface`),
      ...at(outInterface, `${path}.outInterface`),
    ]),
  ]
}

/** A cable has two ends, at two members. */
export function linksHaveTwoEnds({ networks, findings }: Survey): void {
  for (const { kind, name, path, plugs } of networks) {
    if (kind !== 'link' || findings.isDamaged(path, 'hosts', 'routers')) continue
    const ends = plugs.filter(({ uplink }) => uplink === undefined)
    if (ends.length !== 2) {
      const which = ends.map((end) => `${end.owner}:${end.interface?.name}`).slice(0, 4)
      const found = ends.length === 0 ? 'no interface' : which.join(', ') + (ends.length > 4 ? ', …' : '')
      findings.add(
        path,
        'LINK_ENDS',
        `a link has two ends, and ${found} is plugged into "${name}"; use a switch for more`,
      )
    } else if (ends[0]?.owner === ends[1]?.owner) {
      findings.add(path, 'SELF_LINK', `both ends of "${name}" are at ${ends[0]?.owner}`)
    }
  }
}

export function labHasAName({ spec, findings }: Survey): void {
  if (spec.name !== '' || findings.isDamaged('name')) return
  findings.add('name', 'MISSING_FIELD', 'this field is needed: a name for the lab')
}

export function labIsNotEmpty({ spec, findings }: Survey): void {
  if (spec.members.length + spec.switches.length > 0 || findings.isDamaged('')) return
  findings.add('', 'EMPTY_LAB', 'a lab needs at least one host, router or switch')
}
