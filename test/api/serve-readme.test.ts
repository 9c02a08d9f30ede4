import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Served } from '../support/served.ts'

/** The README promises commands; they are taken out of it and run against a server, with its places in theirs. */
const readme = readFileSync('README.md', 'utf8')
let served: Served
let cwd: string

beforeAll(async () => {
  served = await Served.serve().ready()
  cwd = mkdtempSync(join(tmpdir(), 'nl-readme-'))
  cpSync('examples', join(cwd, 'examples'), { recursive: true })
})
afterAll(async () => {
  await served.dispose()
  rmSync(cwd, { recursive: true, force: true })
})

test('the first lab of the README is the example of that name', () => {
  const [shown = ''] = blocks('yaml')

  expect(shown.split('\n').slice(1).join('\n')).toBe(
    readFileSync('examples/two-hosts.yaml', 'utf8').split('\n').slice(1).join('\n'),
  )
})

test('the curl commands of the README build, show, ping, export and remove that lab', () => {
  const script = blocks('sh').find((block) => block.includes('curl')) ?? ''
  const lines = runHere(`${script.replaceAll('curl -sS', 'curl -sS --fail -w "\\n"')}`).split('\n')

  expect(lines[0]).toContain('"LAB_STATE_READY"')
  expect(lines[1]).toContain('192.0.2.1/24')
  expect(lines.some((line) => line.startsWith('{"statistics"') && line.includes('"received":4'))).toBe(true)
  expect(lines.at(-2)).toContain('"removed":2')
  execFileSync('bash', ['-n', join(cwd, 'lab.sh')])
  expect(readFileSync(join(cwd, 'lab.sh'), 'utf8')).toContain('192.0.2.2/24')
})

const hasGrpcurl = spawnSync('grpcurl', ['-version']).status === 0

test.runIf(hasGrpcurl)('the grpcurl commands of the README work', () => {
  const out = runHere(blocks('sh').find((block) => block.includes('grpcurl')) ?? '')

  expect(out).toContain('netnslab.v1.LabService')
  expect(out).toContain('LAB_STATE_READY')
  expect(out).toContain('"received": 4')
})

test('every file that the README names is there', () => {
  const named = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '')

  expect(named.length).toBeGreaterThan(8)
  for (const path of named) expect(() => readFileSync(path), path).not.toThrow('ENOENT')
})

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n?\`\`\``, 'gs'))].map((match) => `${match[1]}\n`)
}

function runHere(script: string): string {
  const grpc = /gRPC\s+(\S+)/.exec(served.stdout)?.[1] ?? ''
  const here = script
    .replaceAll('sudo cat /var/lib/netns-lab/token', `cat ${join(served.folder, 'state', 'token')}`)
    .replaceAll('http://127.0.0.1:7380', served.rest)
    .replaceAll('127.0.0.1:7381', grpc)
  const auth = `auth="Authorization: Bearer $(cat ${join(served.folder, 'state', 'token')})"\n`
  return execFileSync('bash', ['-eu', '-c', auth + here], { cwd, encoding: 'utf8' })
}
