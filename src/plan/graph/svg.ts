import { deviceLines, type Graph, type GraphEdge, type GraphNode, impairmentText, type NodeKind } from './graph.ts'
import { layOut, type PlacedNode } from './layout.ts'

const MAX_LINE = 34
const MAX_LINES = 6

/** A drawing of our own, without script, style sheet or anything to load: safe to show as it is. */
export function svg(graph: Graph): string {
  const layout = layOut(graph, linesOf)
  const placed = new Map(layout.nodes.map((it) => [it.node.id, it]))
  const { width, height } = layout
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(graph.name)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    '<g fill="none" stroke="#555555">',
    ...drawEdges(graph, placed),
    '</g>',
    ...layout.nodes.map(drawNode),
    '<g fill="#333333" stroke="#ffffff" stroke-width="3" paint-order="stroke" font-size="10" text-anchor="middle">',
    ...graph.edges.flatMap((edge) => drawLabels(edge, placed, graph)),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function linesOf(node: GraphNode): readonly string[] {
  const devices = deviceLines(node)
  const shown =
    devices.length > MAX_LINES
      ? [...devices.slice(0, MAX_LINES - 1), `+ ${devices.length - MAX_LINES + 1} more`]
      : devices
  return [node.name, ...shown].map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line))
}

function drawNode({ node, lines, x, y, width, height }: PlacedNode): string {
  const { fill, stroke, radius } = LOOKS[node.kind]
  const text = lines.map(
    (line, k) =>
      `<text x="${x + width / 2}" y="${y + 20 + 16 * k}" text-anchor="middle"${k === 0 ? ' font-weight="bold"' : ' font-size="11"'}>${escaped(line)}</text>`,
  )
  const about = [`${node.kind} ${node.name}`, node.namespace, ...deviceLines(node)].join('\n')
  const box = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`
  return `<g><title>${escaped(about)}</title>${box}${text.join('')}</g>`
}

const LOOKS = {
  host: { fill: '#eef4fb', stroke: '#35618f', radius: 3 },
  router: { fill: '#fdf3e4', stroke: '#a4651a', radius: 3 },
  switch: { fill: '#edf7ee', stroke: '#3a7d44', radius: 14 },
  uplink: { fill: '#f7eaf4', stroke: '#8a3f7a', radius: 3 },
  outside: { fill: '#f4f4f4', stroke: '#666666', radius: 14 },
} as const satisfies Record<NodeKind, { fill: string; stroke: string; radius: number }>

type Point = { readonly x: number; readonly y: number }

/** Straight between rows; bent inside a row, to pass between boxes, and beside each other where cables run in parallel. */
function drawEdges({ edges }: Graph, placed: ReadonlyMap<string, PlacedNode>): readonly string[] {
  const seen = new Map<string, number>()
  return edges.flatMap((edge) => {
    const [from, to] = edge.ends.map(({ node }) => placed.get(node))
    if (from === undefined || to === undefined) return []
    const pair = edge.ends
      .map(({ node }) => node)
      .sort()
      .join(' ')
    const turn = seen.get(pair) ?? 0
    seen.set(pair, turn + 1)
    const [a, b] = [middle(from), middle(to)]
    const bend = bendOf(from, to, turn)
    const about = `<title>${escaped([edge.path, edge.link, `MTU ${edge.mtuBytes}`, impairmentText(edge)].filter(Boolean).join('\n'))}</title>`
    const path = `M ${a.x} ${a.y} Q ${Math.round((a.x + b.x) / 2) + bend.x} ${Math.round((a.y + b.y) / 2) + bend.y} ${b.x} ${b.y}`
    return [`<path d="${path}"${edge.impairment === undefined ? '' : ' stroke-dasharray="6 3"'}>${about}</path>`]
  })
}

function bendOf(from: PlacedNode, to: PlacedNode, turn: number): Point {
  const aside = Math.ceil(turn / 2) * (turn % 2 === 0 ? 1 : -1) * 36
  if (from.y !== to.y) return { x: aside, y: 0 }
  return { x: 0, y: Math.round(Math.max(from.height, to.height) / 2) + 40 + Math.abs(aside) }
}

/** What the cable does to packets, half way along it. Device names stand in the boxes. */
function drawLabels(edge: GraphEdge, placed: ReadonlyMap<string, PlacedNode>, graph: Graph): readonly string[] {
  const [from, to] = edge.ends.map(({ node }) => placed.get(node))
  const text = impairmentText(edge)
  if (from === undefined || to === undefined || text === '' || graph.edges.length > MOST_LABELS) return []
  const [a, b] = [middle(from), middle(to)]
  return [`<text x="${Math.round((a.x + b.x) / 2)}" y="${Math.round((a.y + b.y) / 2) - 4}">${escaped(text)}</text>`]
}

/** Beyond this a label on every cable hides the drawing; each still has its title. */
const MOST_LABELS = 200

function middle({ x, y, width, height }: PlacedNode): Point {
  return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) }
}

/** XML 1.0 allows no other control characters, not even escaped. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n -~\u00a0-\ud7ff\ue000-\ufffd]/g, '?')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
