// Remembers in dist/.sources what dist was built from, by content. With --check: exits 0 when dist is still that.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const STAMP = 'dist/.sources'
const FURTHER = ['tsconfig.json', 'package-lock.json']

function sources() {
  const files = readdirSync('src', { recursive: true, withFileTypes: true })
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath ?? file.path, file.name))
  return [...paths, ...FURTHER].sort()
}

function hash() {
  const sum = createHash('sha256')
  for (const path of sources()) {
    const content = readFileSync(path)
    sum.update(`${path} ${content.length}\n`).update(content)
  }
  return sum.digest('hex')
}

function stamped() {
  try {
    return readFileSync(STAMP, 'utf8').trim()
  } catch {
    return ''
  }
}

if (process.argv.includes('--check')) process.exit(stamped() === hash() ? 0 : 1)
writeFileSync(STAMP, `${hash()}\n`)
