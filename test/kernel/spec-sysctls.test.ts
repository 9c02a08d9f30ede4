import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ALLOWED_SYSCTLS, type SysctlForm } from '../../src/spec/sysctls.ts'

const fileOf = (key: string) => `/proc/sys/${key.replaceAll('.', '/')}`

/** The value furthest down and the one furthest up that the form lets through. */
function extremes({ kind, min, max }: SysctlForm): readonly [string, string] {
  if (kind === 'number') return [`${min}`, `${max}`]
  if (kind === 'range') return [`${min} ${min + 1}`, `${max - 1} ${max}`]
  return [`${min} ${min} ${min}`, `${max} ${max} ${max}`]
}

/** Writes every key at one extreme in the network namespace of a process and tells what then stands there. */
function writeAll(pid: number | undefined, side: 0 | 1): ReadonlyMap<string, string> {
  const lines = [...ALLOWED_SYSCTLS].map(([key, form]) => {
    const file = fileOf(key)
    return `[ -e ${file} ] && echo '${extremes(form)[side]}' > ${file}; echo "${key}=$(cat ${file})"`
  })
  const output = execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'bash', '-s'], {
    input: lines.join('\n'),
    encoding: 'utf8',
  })
  return new Map(
    output.split('\n').map((line): [string, string] => [line.split('=')[0] ?? '', line.split('=')[1] ?? '']),
  )
}

test.each([0, 1] as const)(
  'every allowed setting can be written at either end of its range, and stays in its namespace (%s)',
  async (side) => {
    const keys = [...ALLOWED_SYSCTLS]
    const own = () => keys.map(([key]) => readFileSync(fileOf(key), 'utf8'))
    const before = own()
    // Owned by a user namespace, as those of a lab's members are: the kernel hides some settings in such a one.
    const holder = spawn('unshare', ['--user', '--map-root-user', '--net', 'bash', '-c', 'echo ready; read'])
    await once(holder.stdout, 'data')

    const written = writeAll(holder.pid, side)

    holder.stdin.end()
    await once(holder, 'exit')
    const wrong = keys.filter(([key, form]) => written.get(key)?.replaceAll('\t', ' ') !== extremes(form)[side])
    expect(wrong.map(([key]) => `${key}: ${written.get(key)}`)).toEqual([])
    expect(own()).toEqual(before)
  },
)

test('this kernel knows every allowed setting', () => {
  const unknown = [...ALLOWED_SYSCTLS.keys()].filter((key) => !existsSync(fileOf(key)))
  expect(unknown).toEqual([])
})
