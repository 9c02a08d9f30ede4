import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { format } from './statistics.js'

/** One line of the result: what was measured, both sides, their ratio, and the goal it is held against. */
export function row(what, ours, theirs, goal, better = 'below') {
  const ratio = better === 'below' ? ours / theirs : theirs / ours
  const reached = goal === undefined ? '' : (better === 'below' ? ratio <= goal : ratio >= goal) ? 'yes' : '**no**'
  const sign = better === 'below' ? '≤' : '≥'
  return { what, ours, theirs, ratio, goal: goal === undefined ? '' : `${sign} ${goal}`, reached }
}

export function table(title, theirName, rows) {
  const lines = rows.map(
    (r) => `| ${r.what} | ${format(r.ours)} | ${format(r.theirs)} | ${r.ratio.toFixed(2)} | ${r.goal} | ${r.reached} |`,
  )
  return [
    `## ${title}`,
    '',
    `| | netns-lab | ${theirName} | ratio | goal | reached |`,
    '|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n')
}

export function machine() {
  const cpu = cpus()[0]?.model ?? 'unknown'
  const system = /PRETTY_NAME="([^"]*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown'
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  return `${cpus().length} × ${cpu}, ${memory} GiB, Linux ${release()}, ${system}, Node ${process.version}`
}

export function commit() {
  return execFileSync('git', ['log', '-1', '--format=%h %cs'], { encoding: 'utf8' }).trim()
}
