import { describe, expect, test } from 'vitest'
import { planLab } from '../../src/plan/plan-lab.ts'
import { renderGraph } from '../../src/plan/render-graph.ts'
import type { LabSpec } from '../../src/spec/lab-spec.ts'
import { aHost, aLink, anUplink, aRouter, aSpec, aStar, aSwitch, IDENTITY } from '../support/plan-specs.ts'

const spec = aSpec({
  name: 'campus',
  switches: [aSwitch('lan', '192.0.2.0/24', '2001:db8::/64')],
  links: [aLink('wan', { subnets: ['203.0.113.0/30'], impairment: { delayMs: 20, lossPercent: 1, rateKbit: 20_000 } })],
  members: [
    aHost('web', { at: ['eth0 on lan'] }),
    aHost('isp', { at: ['eth0 on wan'] }),
    aRouter('edge', { at: ['lan0 on lan', 'wan0 on wan'] }),
  ],
  uplinks: [anUplink('out', 'lan')],
})

function drawn(of: LabSpec, format: Parameters<typeof renderGraph>[2]) {
  return renderGraph(of, planLab(of, IDENTITY), format)
}

test('Mermaid shows members with their addresses and cables with what they do to packets', () => {
  const { content, mediaType } = drawn(spec, 'mermaid')

  expect(mediaType).toBe('text/vnd.mermaid')
  expect(content.split('\n')).toEqual(
    expect.arrayContaining([
      'flowchart TB',
      '  n0["web<br/>eth0 192.0.2.1/24<br/>eth0 2001:db8::1/64"]:::host',
      '  n3(["lan"]):::switch',
      '  n3 ---|"eth0"| n0',
      '  n1 ---|"eth0 - wan0; 20 ms, 1% loss, 20 Mbit/s"| n2',
      '  n4 ---|"ext0"| n5',
    ]),
  )
})

test('Graphviz shows the same', () => {
  const { content, mediaType } = drawn(spec, 'dot')

  expect(mediaType).toBe('text/vnd.graphviz')
  expect(content.split('\n')).toEqual(
    expect.arrayContaining([
      'graph "campus" {',
      '  n2 [label="edge\\nlan0 192.0.2.2/24\\nlan0 2001:db8::2/64\\nwan0 203.0.113.2/30", shape=hexagon, fillcolor="#fdf3e4"];',
      '  n1 -- n2 [taillabel="eth0", headlabel="wan0", label="20 ms, 1% loss, 20 Mbit/s"];',
    ]),
  )
})

test('JSON is nodes and edges for programs', () => {
  const { content, mediaType } = drawn(spec, 'json')
  const graph = JSON.parse(content)

  expect(mediaType).toBe('application/json')
  expect(graph.nodes.map(({ id }: { id: string }) => id)).toEqual([
    'host/web',
    'host/isp',
    'router/edge',
    'switch/lan',
    'uplink/out',
    'outside',
  ])
  expect(graph.edges[3]).toEqual({
    ends: [
      { node: 'host/isp', device: 'eth0' },
      { node: 'router/edge', device: 'wan0' },
    ],
    link: 'wan',
    path: 'links[0]',
    mtuBytes: 1500,
    impairment: { delayMs: 20, lossPercent: 1, rateKbit: 20_000 },
  })
})

describe('the SVG', () => {
  const boxesOf = (content: string) =>
    [...content.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx/g)].map(([, ...numbers]) => {
      const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number)
      return { x, y, width, height }
    })

  test('has a box for every member and a line for every cable', () => {
    const { content, mediaType } = drawn(spec, 'svg')

    expect(mediaType).toBe('image/svg+xml')
    expect(boxesOf(content)).toHaveLength(6)
    expect(content.match(/<path /g)).toHaveLength(5)
    expect(content).toContain('20 ms, 1% loss, 20 Mbit/s')
  })

  test.each([1, 30, 300])('of a star of %i hosts has no box on another and none outside', (hosts) => {
    const { content } = drawn(aStar(hosts), 'svg')
    const boxes = boxesOf(content)
    const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(content)?.map(Number) ?? []

    expect(boxes).toHaveLength(hosts + 1)
    for (const [place, a] of boxes.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0)
      expect(a.x + a.width).toBeLessThanOrEqual(width)
      expect(a.y + a.height).toBeLessThanOrEqual(height)
      for (const b of boxes.slice(place + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(apart, JSON.stringify([a, b])).toBe(true)
      }
    }
  })

  test('an empty lab is a drawing too', () => {
    expect(drawn(aSpec({}), 'svg').content).toMatch(/^<svg .*<\/svg>\n$/s)
  })
})

describe('names that no parser would let through', () => {
  const hostile = 'a"]; click n0 href "javascript:x"\n<script>alert(1)</script>\\ & \u0001'
  const forged = (format: Parameters<typeof renderGraph>[2]) => {
    const plan = planLab(spec, IDENTITY)
    const members = plan.members.map((member) => ({ ...member, name: hostile }))
    return renderGraph({ ...spec, name: hostile }, { ...plan, members }, format).content
  }

  test('stay text in SVG', () => {
    expect(forged('svg')).not.toContain('<script')
    expect(forged('svg')).not.toContain('\u0001')
    expect(forged('svg').match(/<g>/g)).toHaveLength(6)
  })

  test('stay text in Mermaid', () => {
    expect(forged('mermaid')).not.toContain('<script')
    expect(forged('mermaid').match(/^ {2}n\d+.*:::/gm)).toHaveLength(6)
    expect(forged('mermaid')).not.toMatch(/^\s*click/m)
  })

  test('stay text in Graphviz', () => {
    const labels = forged('dot').match(/label="(?:[^"\\]|\\.)*", shape/g)
    expect(labels).toHaveLength(6)
  })

  test('stay text in JSON', () => {
    expect(JSON.parse(forged('json')).nodes[0].name).toBe(hostile)
  })
})
