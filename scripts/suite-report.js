// Reads vitest's JSON report. `count`: how many tests passed; `skipped`: one line per test that did not run.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import process from 'node:process'

const [what, path] = process.argv.slice(2)

function read() {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults ?? []
  } catch {
    return []
  }
}

const tests = read().flatMap((file) =>
  file.assertionResults.map((test) => ({ ...test, file: relative(process.cwd(), file.name) })),
)
if (what === 'count') {
  console.log(`${tests.filter((test) => test.status === 'passed').length} tests`)
} else {
  for (const test of tests) {
    if (test.status !== 'passed' && test.status !== 'failed') console.log(`${test.file}: ${test.fullName}`)
  }
}
