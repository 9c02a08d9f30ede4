const MAX_DEVICE_BYTES = 15

/**
 * Names a switch's ports after the members behind them: `web`, the second cable to it `web-2`, a long name cut with a
 * number at its end. Unique among themselves and the `reserved`; linear in the number of ports.
 */
export function portNamer(reserved: readonly string[]): (member: string) => string {
  const used = new Set(['lo', 'all', 'default', ...reserved])
  const following = new Map<string, number>()
  return (member) => {
    if (member.length <= MAX_DEVICE_BYTES && !used.has(member)) {
      used.add(member)
      return member
    }
    // Cut for the longest number that may follow, so that members with a common beginning share one count.
    const stem = member.slice(0, MAX_DEVICE_BYTES - 5).replace(/-+$/, '')
    let number = following.get(stem) ?? (stem === member ? 2 : 1)
    while (used.has(`${stem}-${number}`)) number += 1
    following.set(stem, number + 1)
    used.add(`${stem}-${number}`)
    return `${stem}-${number}`
  }
}
