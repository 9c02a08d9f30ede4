import { deviceLines, type Graph, type GraphNode, impairmentText, type NodeKind } from './graph.ts'

/** Graphviz text (graphviz.org/doc/info/lang.html): `dot -Tsvg`. */
export function dot({ name, nodes, edges }: Graph): string {
  const short = new Map(nodes.map(({ id }, place) => [id, `n${place}`]))
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]))
  const deviceAt = (node: string, device: string) => (isNamed(kinds.get(node)) ? device : '')
  return [
    `graph ${quoted(name)} {`,
    '  node [fontname="sans-serif", fontsize=11, style=filled, fillcolor=white];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...nodes.map((node, place) => `  n${place} [label=${labelOf(node)}, ${STYLES[node.kind]}];`),
    ...edges.map((edge) => {
      const [from, to] = edge.ends
      const labels = [
        ['taillabel', deviceAt(from.node, from.device)],
        ['headlabel', deviceAt(to.node, to.device)],
        ['label', impairmentText(edge)],
      ] as const
      const shown = labels.filter(([, text]) => text !== '').map(([key, text]) => `${key}=${quoted(text)}`)
      return `  ${short.get(from.node) ?? 'n0'} -- ${short.get(to.node) ?? 'n0'} [${shown.join(', ')}];`
    }),
    '}',
    '',
  ].join('\n')
}

function isNamed(kind: NodeKind | undefined): boolean {
  return kind === 'host' || kind === 'router' || kind === 'uplink'
}

function labelOf(node: GraphNode): string {
  return quoted([node.name, ...deviceLines(node)].join('\n'))
}

const STYLES = {
  host: 'shape=box, fillcolor="#eef4fb"',
  router: 'shape=hexagon, fillcolor="#fdf3e4"',
  switch: 'shape=box, style="filled,rounded", fillcolor="#edf7ee"',
  uplink: 'shape=trapezium, fillcolor="#f7eaf4"',
  outside: 'shape=ellipse, fillcolor="#f4f4f4"',
} as const satisfies Record<NodeKind, string>

/** In a quoted string only the quote and the backslash mean anything, and other controls are no text. */
function quoted(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[^ -~\u00a0-\uffff]/g, '?').replace(/["\\]/g, '\\$&'))
  return `"${lines.join('\\n')}"`
}
