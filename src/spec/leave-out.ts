import { isBranch, type Segment } from './paths.ts'

/**
 * Documents with parts left out. Lists close up where an entry is missing, and remember which place each entry had, so
 * that paths go on naming the document as it was given.
 */
export class Remainder {
  readonly data: unknown
  readonly #places: WeakMap<readonly unknown[], readonly number[]>

  constructor(data: unknown, places = new WeakMap<readonly unknown[], readonly number[]>()) {
    this.data = data
    this.#places = places
  }

  /** The entries of a list of this document, each with the place it had at first. */
  entries<T>(list: readonly T[] | undefined): readonly (readonly [place: number, entry: T])[] {
    const places = list === undefined ? undefined : this.#places.get(list)
    return (list ?? []).map((entry, now) => [places?.[now] ?? now, entry])
  }

  /** A path as it is now, as it was at first. */
  originalPath(path: readonly Segment[]): readonly Segment[] {
    let part: unknown = this.data
    return path.map((segment) => {
      const places = Array.isArray(part) ? this.#places.get(part) : undefined
      part = isBranch(part) && Object.hasOwn(part, segment) ? part[segment] : undefined
      return typeof segment === 'number' ? (places?.[segment] ?? segment) : segment
    })
  }

  /** This document without the parts at `paths` (as they are now). Nothing is changed; what stays the same is shared. */
  without(paths: readonly (readonly Segment[])[]): Remainder {
    const cuts: Cuts = new Map()
    for (const path of paths) mark(cuts, path)
    return new Remainder(this.#cut(this.data, cuts), this.#places)
  }

  #cut(part: unknown, cuts: Cuts): unknown {
    if (Array.isArray(part)) {
      const kept = this.entries<unknown>(part)
        .map(([place, entry], now) => ({ place, entry, cut: cuts.get(now) }))
        .filter(({ cut }) => cut !== 'whole')
      const list = kept.map(({ entry, cut }) => (cut instanceof Map ? this.#cut(entry, cut) : entry))
      this.#places.set(
        list,
        kept.map(({ place }) => place),
      )
      return list
    }
    if (!isBranch(part)) return part
    const fields = Object.entries(part).flatMap(([key, value]): [string, unknown][] => {
      const cut = cuts.get(key)
      if (cut === 'whole') return []
      return [[key, cut === undefined ? value : this.#cut(value, cut)]]
    })
    return Object.fromEntries(fields)
  }
}

type Cuts = Map<Segment, Cuts | 'whole'>

function mark(cuts: Cuts, [first, ...rest]: readonly Segment[]): void {
  if (first === undefined) return
  const inner = cuts.get(first)
  if (inner === 'whole') return
  if (rest.length === 0) {
    cuts.set(first, 'whole')
    return
  }
  const deeper: Cuts = inner ?? new Map()
  cuts.set(first, deeper)
  mark(deeper, rest)
}
