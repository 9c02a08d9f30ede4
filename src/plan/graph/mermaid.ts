import { deviceLines, edgeText, type Graph, type GraphNode, type NodeKind } from './graph.ts'

/** Mermaid flowchart text (mermaid.js.org/syntax/flowchart); nodes are numbered, so no name can be taken for a keyword. */
export function mermaid({ nodes, edges, name }: Graph): string {
  const short = new Map(nodes.map(({ id }, place) => [id, `n${place}`]))
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]))
  const lines = edges.map((edge) => {
    const [from, to] = edge.ends.map(({ node }) => short.get(node) ?? 'n0')
    const text = edgeText(edge, (node) => kinds.get(node))
    return `  ${from} ---${text === '' ? '' : `|${quoted(text)}|`} ${to}`
  })
  const used = [...new Set(nodes.map(({ kind }) => kind))]
  return [
    '---',
    // YAML, and put into the page as it is: only what a lab's name can hold.
    `title: "${name.replace(/[^A-Za-z0-9 ._-]/g, '?')}"`,
    '---',
    'flowchart TB',
    ...nodes.map((node, place) => `  n${place}${shapeOf(node)}:::${node.kind}`),
    ...lines,
    ...used.map((kind) => `  classDef ${kind} ${COLOURS[kind]}`),
    '',
  ].join('\n')
}

function shapeOf(node: GraphNode): string {
  const [before, after] = SHAPES[node.kind]
  return `${before}${quoted([node.name, ...deviceLines(node)].join('\n'))}${after}`
}

const SHAPES = {
  host: ['[', ']'],
  router: ['{{', '}}'],
  switch: ['([', '])'],
  uplink: ['[/', '\\]'],
  outside: ['((', '))'],
} as const satisfies Record<NodeKind, readonly [string, string]>

const COLOURS = {
  host: 'fill:#eef4fb,stroke:#35618f',
  router: 'fill:#fdf3e4,stroke:#a4651a',
  switch: 'fill:#edf7ee,stroke:#3a7d44',
  uplink: 'fill:#f7eaf4,stroke:#8a3f7a',
  outside: 'fill:#f4f4f4,stroke:#666666',
} as const satisfies Record<NodeKind, string>

/** Entity codes for all that Markdown, HTML or Mermaid could read as more than text. */
function quoted(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9 .:,;/%±_\n-]/gu, (character) => `#${character.codePointAt(0)};`)
  return `"${safe.replaceAll('\n', '<br/>')}"`
}
