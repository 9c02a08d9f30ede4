import type { Graph, GraphNode, NodeKind } from './graph.ts'

export type PlacedNode = {
  readonly node: GraphNode
  readonly lines: readonly string[]
  /** Upper left corner and size, in pixels. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export type Layout = { readonly nodes: readonly PlacedNode[]; readonly width: number; readonly height: number }

/** From the outside inward: what leads out stands above, hosts below. */
const ROWS: readonly (readonly NodeKind[])[] = [['outside'], ['uplink'], ['router'], ['switch'], ['host']]

const CHARACTER = 7
const LINE = 16
const PADDING = 10
const GAP_X = 36
const GAP_Y = 64
const MARGIN = 24
const MIN_WIDTH = 90
/** Rows are as long as a page is wide; large labs get longer ones, so that they stay about as wide as high. */
const LEAST_PER_ROW = 8

/**
 * Nodes in rows by kind, each row in the order of its neighbours in the row above (one barycentre sweep down, one up:
 * Sugiyama's method without dummies). Long rows are broken. Good for some thirty members, correct for any number.
 */
export function layOut(graph: Graph, linesOf: (node: GraphNode) => readonly string[]): Layout {
  const perRow = Math.max(LEAST_PER_ROW, Math.ceil(Math.sqrt(graph.nodes.length) * 1.5))
  const layers = sweep(
    ROWS.map((kinds) => graph.nodes.filter(({ kind }) => kinds.includes(kind))).filter((row) => row.length > 0),
    neighboursIn(graph),
  )
  const rows = layers.flatMap((layer) => chunks(layer, perRow))
  const sized = rows.map((row) => row.map((node) => ({ node, ...sizeOf(linesOf(node)) })))
  const widths = sized.map((row) => row.reduce((sum, { width }) => sum + width + GAP_X, -GAP_X))
  const width = Math.max(MIN_WIDTH, ...widths)
  const placed: PlacedNode[] = []
  let y = MARGIN
  for (const [place, row] of sized.entries()) {
    let x = MARGIN + Math.round((width - (widths[place] ?? 0)) / 2)
    for (const box of row) {
      placed.push({ ...box, x, y })
      x += box.width + GAP_X
    }
    y += Math.max(...row.map(({ height }) => height)) + GAP_Y
  }
  return { nodes: placed, width: width + 2 * MARGIN, height: Math.max(y - GAP_Y, MARGIN) + MARGIN }
}

function sizeOf(lines: readonly string[]) {
  const longest = Math.max(...lines.map((line) => line.length))
  return {
    lines,
    width: Math.max(MIN_WIDTH, longest * CHARACTER + 2 * PADDING),
    height: lines.length * LINE + 2 * PADDING - 4,
  }
}

type Neighbours = ReadonlyMap<string, readonly string[]>

function neighboursIn({ edges }: Graph): Neighbours {
  const found = new Map<string, string[]>()
  const add = (node: string, other: string) => {
    const there = found.get(node)
    if (there === undefined) found.set(node, [other])
    else there.push(other)
  }
  for (const { ends } of edges) {
    add(ends[0].node, ends[1].node)
    add(ends[1].node, ends[0].node)
  }
  return found
}

function sweep(layers: readonly GraphNode[][], neighbours: Neighbours): readonly (readonly GraphNode[])[] {
  const ordered = layers.map((layer) => [...layer])
  const down = ordered.map((_, place) => place)
  for (const place of [...down.slice(1), ...down.toReversed().slice(1)]) {
    const positions = new Map(
      ordered.flatMap((layer, other) =>
        other === place ? [] : layer.map(({ id }, k) => [id, k / layer.length] as const),
      ),
    )
    ordered[place]?.sort((a, b) => middleOf(a, neighbours, positions) - middleOf(b, neighbours, positions))
  }
  return ordered
}

/** Mean place of its neighbours in other rows; without any it stays where it is put, at the end. */
function middleOf({ id }: GraphNode, neighbours: Neighbours, positions: ReadonlyMap<string, number>): number {
  const places = (neighbours.get(id) ?? []).map((other) => positions.get(other)).filter((at) => at !== undefined)
  return places.length === 0 ? 1 : places.reduce((sum, at) => sum + at, 0) / places.length
}

/** As few parts as the size allows, all of about one length. */
function chunks<T>(list: readonly T[], most: number): readonly (readonly T[])[] {
  const parts = Math.ceil(list.length / most)
  const size = Math.ceil(list.length / Math.max(parts, 1))
  return Array.from({ length: parts }, (_, part) => list.slice(part * size, (part + 1) * size))
}
