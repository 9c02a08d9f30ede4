import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
/** Inside node_modules, so that packages are found from there. */
const out = join(root, 'node_modules/.cache/built-for-tests')

/** Compiles the project for tests of what runs from JavaScript alone: worker threads. Answers where it lies. */
export function buildForTests(): string {
  mkdirSync(out, { recursive: true })
  const compiler = join(root, 'node_modules/.bin/tsc')
  const { stdout } = spawnSync(compiler, ['-p', join(root, 'tsconfig.json'), '--outDir', out], { encoding: 'utf8' })
  if (!existsSync(join(out, 'kernel/thread.js'))) throw new Error(`cannot build: ${stdout}`)
  return out
}
