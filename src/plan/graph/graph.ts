import type { Impairment, LabSpec } from '../../spec/lab-spec.ts'
import { HOST_NAMESPACE, type Plan, type PlannedMember, type VethEnd } from '../objects.ts'

export type NodeKind = PlannedMember['role'] | 'outside'

export type GraphNode = {
  /** Unique in the graph, e.g. `host/web`; for programs. */
  readonly id: string
  readonly kind: NodeKind
  readonly name: string
  readonly namespace: string
  readonly path: string
  /** Its devices with their addresses; for switches and the outside none. */
  readonly devices: readonly { readonly device: string; readonly addresses: readonly string[] }[]
}

export type GraphEnd = { readonly node: string; readonly device: string }

/** One cable: a veth. */
export type GraphEdge = {
  readonly ends: readonly [GraphEnd, GraphEnd]
  /** Name of the switch or link. */
  readonly link: string
  readonly path: string
  readonly mtuBytes: number
  readonly impairment?: Impairment
}

export type Graph = {
  readonly name: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** What is drawn: every namespace a node, every veth an edge. From the plan, so that a drawing cannot promise more. */
export function graphOf(spec: LabSpec, plan: Plan): Graph {
  const nodes = plan.members.map(nodeOf)
  const idOf = new Map(nodes.map(({ namespace, id }) => [namespace, id]))
  const linkOf = new Map(plan.members.flatMap(linksOf))
  const impairmentOf = new Map(spec.links.map(({ name, impairment }) => [name, impairment]))
  const edges = plan.steps.flatMap(({ object, origin }): readonly GraphEdge[] => {
    if (object.kind !== 'veth') return []
    const link = object.ends.map((end) => linkOf.get(placeOf(end))).find((name) => name !== undefined) ?? ''
    const impairment = impairmentOf.get(link)
    const endOf = (end: VethEnd) => ({ node: idOf.get(end.namespace) ?? OUTSIDE.id, device: end.device })
    const ends = [endOf(object.ends[0]), endOf(object.ends[1])] as const
    return [
      { ends, link, path: origin, mtuBytes: object.mtuBytes, ...(impairment === undefined ? {} : { impairment }) },
    ]
  })
  const reachesOut = edges.some(({ ends }) => ends.some(({ node }) => node === OUTSIDE.id))
  return { name: spec.name, nodes: reachesOut ? [...nodes, OUTSIDE] : nodes, edges }
}

const OUTSIDE: GraphNode = {
  id: 'outside',
  kind: 'outside',
  name: 'outside',
  namespace: HOST_NAMESPACE,
  path: 'uplinks',
  devices: [],
}

function nodeOf({ role, name, namespace, path, devices }: PlannedMember): GraphNode {
  const shown = role === 'switch' ? [] : devices.map(({ device, addresses }) => ({ device, addresses }))
  return { id: `${role}/${name}`, kind: role, name, namespace, path, devices: shown }
}

function linksOf({ namespace, devices }: PlannedMember): readonly (readonly [string, string])[] {
  return devices.map(({ device, link }) => [placeOf({ namespace, device }), link] as const)
}

function placeOf({ namespace, device }: Pick<VethEnd, 'namespace' | 'device'>): string {
  return `${namespace}:${device}`
}

/** `20 ms, 1% loss, 20 Mbit/s`; '' for a cable without impairment. */
export function impairmentText({ impairment }: GraphEdge): string {
  if (impairment === undefined) return ''
  const { delayMs, jitterMs, lossPercent, rateKbit } = impairment
  return [
    delayMs === undefined ? [] : [`${delayMs} ms${jitterMs === undefined ? '' : ` ± ${jitterMs} ms`}`],
    lossPercent === undefined ? [] : [`${lossPercent}% loss`],
    rateKbit === undefined ? [] : [rateKbit < 1000 ? `${rateKbit} kbit/s` : `${rateKbit / 1000} Mbit/s`],
  ]
    .flat()
    .join(', ')
}

/** `eth0 192.0.2.10/24`, one line for each address: what is written into a node below its name. */
export function deviceLines({ devices }: GraphNode): readonly string[] {
  return devices.flatMap(({ device, addresses }) =>
    addresses.length === 0 ? [device] : addresses.map((address) => `${device} ${address}`),
  )
}

/** What stands on a cable: its device names, without those of switches' ports, which repeat the member's name. */
export function edgeText(edge: GraphEdge, kindOf: (node: string) => NodeKind | undefined): string {
  const devices = edge.ends.filter(({ node }) => !UNNAMED.has(kindOf(node) ?? 'switch')).map(({ device }) => device)
  return [devices.join(' - '), impairmentText(edge)].filter((part) => part !== '').join('; ')
}

const UNNAMED: ReadonlySet<NodeKind> = new Set(['switch', 'outside'])
