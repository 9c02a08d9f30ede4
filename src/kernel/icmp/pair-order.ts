/**
 * The order in which pairs are asked. Sources take turns, and each begins its list at another place, so that at any
 * moment the pairs under way have different sources and different destinations: no neighbour's queue, link or buffer
 * gets all of them at once. For a full matrix this is (i, i+1), then (i, i+2), and so on.
 *
 * @param groups the pairs of each source, as their places in the request
 */
export function interleave(groups: readonly (readonly number[])[]): Int32Array {
  const order = new Int32Array(groups.reduce((total, group) => total + group.length, 0))
  const rounds = groups.reduce((most, group) => Math.max(most, group.length), 0)
  let at = 0
  for (let round = 0; round < rounds; round++) {
    for (const [source, group] of groups.entries()) {
      if (round < group.length) order[at++] = group[(round + source) % group.length] ?? 0
    }
  }
  return order
}
