import { readFileSync } from 'node:fs'

/** Top folder of the installation: where package.json, examples/ and proto/ stand. */
export const ROOT = new URL('../../', import.meta.url)

export function readVersion(): string {
  const data: unknown = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}
