import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import type { Problem } from '../errors.ts'
import { joinPath, parsePath, type Segment } from './paths.ts'
import { MAX_DEPTH, MAX_VALUES } from './plain-data.ts'

export type ReadNodes = {
  readonly data: unknown
  readonly problems: readonly { readonly problem: Problem; readonly offset: number }[]
  /** Where in the text a problem lies: the value, for an unknown field its key, for a missing one what lacks it. */
  readonly offsetOf: (problem: Problem) => number
}

const MAX_ALIASES = 100

/**
 * Plain data out of YAML nodes; the first problem ends the reading. What an alias stands for is read again at each use,
 * with depth and number of values bounded: neither a bomb nor an alias to what it stands in gets far.
 */
export function readNodes(root: Node): ReadNodes {
  const reader = new Reader()
  const data = reader.read(root, '', 0)
  return {
    data,
    problems: reader.problems,
    offsetOf: ({ path, reason }) => offsetOf(root, reader.targets, parsePath(path), reason === 'UNKNOWN_FIELD'),
  }
}

class Reader {
  readonly problems: { problem: Problem; offset: number }[] = []
  /** Alias to what it stands for. */
  readonly targets = new Map<Node, Node>()
  readonly #anchors = new Map<string, Node>()
  #values = 0

  read(node: unknown, path: string, depth: number): unknown {
    if (!isNode(node) || this.problems.length > 0) return null
    this.#values += 1
    if (this.#values > MAX_VALUES)
      return this.#refuse(node, path, 'DOCUMENT_TOO_LARGE', `more than ${MAX_VALUES} values`)
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source)
      if (target === undefined)
        return this.#refuse(node, path, 'INVALID_YAML', 'there is no such anchor before this alias')
      this.targets.set(node, target)
      if (this.targets.size > MAX_ALIASES) {
        return this.#refuse(node, path, 'TOO_MANY_ALIASES', `at most ${MAX_ALIASES} aliases may be used`)
      }
      return this.read(target, path, depth)
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) return node.value
    if (depth >= MAX_DEPTH) return this.#refuse(node, path, 'TOO_DEEP', `nested more than ${MAX_DEPTH} levels deep`)
    if (isSeq(node)) return node.items.map((item, place) => this.read(item, `${path}[${place}]`, depth + 1))
    return isMap(node) ? this.#readMap(node, path, depth) : null
  }

  #readMap(node: YAMLMap, path: string, depth: number): unknown {
    const fields = new Map<string, unknown>()
    for (const { key, value } of node.items) {
      const name = nameOf(key)
      const place = joinPath(path, name)
      if (fields.has(name))
        this.#refuse(isNode(key) ? key : node, place, 'DUPLICATE_FIELD', 'this field stands here twice')
      fields.set(name, this.read(value, place, depth + 1))
    }
    return Object.fromEntries(fields)
  }

  #refuse(node: Node, path: string, reason: string, message: string): null {
    this.problems.push({ problem: { path, message, reason }, offset: startOf(node) })
    return null
  }
}

/** Keys are scalars (`stringKeys`) or aliases; an alias is taken as it is written, and then is an unknown field. */
function nameOf(key: unknown): string {
  if (isScalar(key)) return String(key.value)
  return isAlias(key) ? `*${key.source}` : ''
}

function offsetOf(root: Node, targets: ReadonlyMap<Node, Node>, path: readonly Segment[], wantsKey: boolean): number {
  let node = root
  for (const [place, segment] of path.entries()) {
    const { key, value } = partOf(targets.get(node) ?? node, segment)
    const isLast = place === path.length - 1
    if (key !== undefined && (value === undefined || (isLast && wantsKey))) return startOf(key)
    if (value === undefined) break
    node = value
  }
  return startOf(node)
}

function partOf(node: Node, segment: Segment): { readonly key?: Node; readonly value?: Node } {
  if (isSeq(node)) {
    const item = typeof segment === 'number' ? node.items[segment] : undefined
    return isNode(item) ? { value: item } : {}
  }
  const pair = isMap(node) ? node.items.find(({ key }) => nameOf(key) === segment) : undefined
  return {
    ...(isNode(pair?.key) ? { key: pair.key } : {}),
    ...(isNode(pair?.value) ? { value: pair.value } : {}),
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0
}
