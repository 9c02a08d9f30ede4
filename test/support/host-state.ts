import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel counts there changes by itself. */
const COUNTED = /nf_conntrack_count$|nf_conntrack_max$/

/** Everything of a host's own network that a server must not touch, in a form that two readings can be compared in. */
export function readHostState(): Record<string, unknown> {
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { encoding: 'utf8' })
  return {
    links: ip('-d', 'link'),
    addresses: ip('address'),
    routes4: ip('route', 'show', 'table', 'all'),
    routes6: ip('-6', 'route', 'show', 'table', 'all'),
    rules4: ip('rule'),
    rules6: ip('-6', 'rule'),
    rules: execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }),
    sysctls: Object.fromEntries(readSysctls('/proc/sys/net')),
  }
}

/** Every file below, with its text; some can only be written. */
function* readSysctls(folder: string): Generator<readonly [string, string]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* readSysctls(path)
    else if (!COUNTED.test(path)) yield [path, readText(path)]
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
  }
}
