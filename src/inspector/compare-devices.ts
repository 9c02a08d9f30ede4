import type { ObservedDevice, ObservedQdisc } from '../kernel/observed.ts'
import {
  type BridgeObject,
  keyOf,
  type LoopbackObject,
  type NetemObject,
  type VethEnd,
  type VethObject,
} from '../plan/objects.ts'
import type { Drift } from './drift.ts'
import { differs, type Sites, siteOf } from './observed-site.ts'

export function compareLoopback(object: LoopbackObject, origin: string, sites: Sites): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined || site.incomplete.has('devices')) return []
  return differs({ object: keyOf(object), origin, field: 'up' }, true, site.devices.get('lo')?.up ?? false)
}

/** A bridge's own operstate is not judged: it is down while it has no port that is up. */
export function compareBridge(object: BridgeObject, origin: string, sites: Sites): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined) return []
  const key = keyOf(object)
  const found = site.devices.get(object.device)
  if (found === undefined) return site.incomplete.has('devices') ? [] : [{ kind: 'missing', object: key, origin }]
  const field = (name: string) => ({ object: key, origin, field: name })
  return [
    ...differs(field('kind'), 'bridge', found.kind),
    ...differs(field('index'), object.index, found.index),
    ...differs(field('mac'), object.mac, found.mac),
    ...differs(field('mtuBytes'), object.mtuBytes, found.mtuBytes),
    ...differs(field('up'), true, found.up),
    ...differs(field('stp'), object.stp, found.stp),
  ]
}

/** Fields of an end are named `<namespace>:<device> <field>`. One end that is gone is the pair that is gone. */
export function compareVeth(object: VethObject, origin: string, sites: Sites): readonly Drift[] {
  const key = keyOf(object)
  const ends = object.ends.map((end) => {
    const site = siteOf(sites, end.namespace)
    return {
      end,
      seen: site !== undefined,
      found: site?.devices.get(end.device),
      whole: !site?.incomplete.has('devices'),
    }
  })
  if (ends.some(({ seen, found, whole }) => seen && found === undefined && whole)) {
    return [{ kind: 'missing', object: key, origin }]
  }
  const bothUp = ends.every(({ found }) => found?.up ?? true)
  return ends.flatMap(({ end, found }, place) => {
    if (found === undefined) return []
    const other = ends[1 - place]
    return [
      ...compareEnd({ key, origin, end, found, mtuBytes: end.mtuBytes ?? object.mtuBytes }),
      // With an end that was taken down, the other one's state says nothing new.
      ...(bothUp ? differs(endField(key, origin, end, 'operstate'), 'up', carrierState(found)) : []),
      ...(other?.found === undefined
        ? []
        : differs(endField(key, origin, end, 'peer'), other.found.index, found.peerIndex)),
    ]
  })
}

/** `unknown` is a device that works and whose state the kernel has not written down yet (linkwatch, up to a second). */
function carrierState({ operstate }: ObservedDevice): string {
  return operstate === 'unknown' ? 'up' : operstate
}

type EndFacts = {
  readonly key: string
  readonly origin: string
  readonly end: VethEnd
  readonly found: ObservedDevice
  readonly mtuBytes: number
}

function compareEnd({ key, origin, end, found, mtuBytes }: EndFacts): readonly Drift[] {
  const field = (name: string) => endField(key, origin, end, name)
  return [
    ...differs(field('kind'), 'veth', found.kind),
    ...(end.index === 0 ? [] : differs(field('index'), end.index, found.index)),
    ...differs(field('mac'), end.mac, found.mac),
    ...differs(field('mtuBytes'), mtuBytes, found.mtuBytes),
    ...differs(field('bridge'), end.bridge ?? '', found.bridge),
    ...differs(field('up'), true, found.up),
  ]
}

function endField(object: string, origin: string, end: VethEnd, field: string) {
  return { object, origin, field: `${end.namespace}:${end.device} ${field}` }
}

export function compareNetem(object: NetemObject, origin: string, sites: Sites): readonly Drift[] {
  const site = siteOf(sites, object.namespace)
  if (site === undefined) return []
  const key = keyOf(object)
  const found = site.observed.qdiscs.find((qdisc) => qdisc.device === object.device && qdisc.kind === 'netem')
  if (found === undefined) return site.incomplete.has('qdiscs') ? [] : [{ kind: 'missing', object: key, origin }]
  return (['delayMs', 'jitterMs', 'lossPercent', 'rateKbit'] as const).flatMap((field) =>
    differs({ object: key, origin, field }, rounded(object[field]), rounded(found.options[field] ?? 0)),
  )
}

/** The kernel keeps times, shares and rates in units of its own. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** Put there by somebody: what the kernel itself attaches has the handle 0. */
export function isForeignQdisc(qdisc: ObservedQdisc): boolean {
  return qdisc.handle !== '0:'
}
