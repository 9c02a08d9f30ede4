import type { LabSpec } from '../spec/lab-spec.ts'
import { dot } from './graph/dot.ts'
import { type Graph, graphOf } from './graph/graph.ts'
import { mermaid } from './graph/mermaid.ts'
import { svg } from './graph/svg.ts'
import type { Plan } from './objects.ts'

const FORMATS = {
  mermaid: { mediaType: 'text/vnd.mermaid', render: mermaid },
  dot: { mediaType: 'text/vnd.graphviz', render: dot },
  svg: { mediaType: 'image/svg+xml', render: svg },
  json: { mediaType: 'application/json', render: (graph: Graph) => `${JSON.stringify(graph, null, 2)}\n` },
} as const

export type GraphFormat = keyof typeof FORMATS

/** The lab as a drawing: text for documents (`mermaid`, `dot`), a picture (`svg`) or nodes and edges (`json`). */
export function renderGraph(
  spec: LabSpec,
  plan: Plan,
  format: GraphFormat,
): { readonly content: string; readonly mediaType: string } {
  const { mediaType, render } = FORMATS[format]
  return { content: render(graphOf(spec, plan)), mediaType }
}
