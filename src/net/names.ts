/** Names that are safe everywhere they go: kernel, file names, URLs, YAML keys, command lines, drawings. */

/** Labs, members, switches, links and uplinks: a letter, then letters, digits and hyphens, not ending with one; at most 31. */
export const NAME_PATTERN = /^[a-z](?:[a-z0-9-]{0,29}[a-z0-9])?$/

/** Interfaces: the kernel's IFNAMSIZ leaves 15 bytes; no `%`, `/`, `:` or blank, which the kernel or `ip` would read. */
export const DEVICE_PATTERN = /^[a-z][a-z0-9._-]{0,14}$/

/** `lo` is every namespace's own; `all` and `default` are no devices but folders under /proc/sys/net/ipv4/conf. */
export const RESERVED_DEVICES: ReadonlySet<string> = new Set(['lo', 'all', 'default'])

export function isName(text: string): boolean {
  return NAME_PATTERN.test(text)
}

export function isDeviceName(text: string): boolean {
  return DEVICE_PATTERN.test(text) && !RESERVED_DEVICES.has(text)
}
