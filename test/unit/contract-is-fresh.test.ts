import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

test('what is derived from the proto is up to date, and the proto is formatted and lints', () => {
  expect(() => execFileSync('bash', ['scripts/gen', '--check'], { stdio: 'pipe' })).not.toThrow()
}, 30_000)
