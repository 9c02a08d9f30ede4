// Exits 0 when node_modules holds what package-lock.json asks for. npm writes node_modules/.package-lock.json last, so an
// installation that was cut off does not fit either.
import { readFileSync } from 'node:fs'
import process from 'node:process'

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch {
    return undefined
  }
}

const wanted = packagesOf('package-lock.json')
const installed = packagesOf('node_modules/.package-lock.json')
if (wanted === undefined) {
  console.error('setup: package-lock.json cannot be read')
  process.exit(1)
}
if (installed === undefined) process.exit(1)

// Optional packages are those of other platforms; `npm ci --omit=dev` leaves out the rest on purpose.
const differs = Object.entries(wanted).some(
  ([path, { version, optional, devOptional, dev }]) =>
    path !== '' &&
    !optional &&
    !devOptional &&
    !(dev && process.env.NODE_ENV === 'production') &&
    installed[path]?.version !== version,
)
process.exit(differs ? 1 : 0)
