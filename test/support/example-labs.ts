import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

export type Example = {
  /** `nat.yaml`, or `netem/slow-link.yaml`. */
  readonly file: string
  readonly text: string
  readonly name: string
  /** Features of the kernel without which it is refused. */
  readonly needs: readonly string[]
}

/** All of examples/ that can be built; what needs a feature that not every kernel has lies in a folder of its name. */
export const EXAMPLES: readonly Example[] = readdirSync('examples', { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('broken/'))
  .sort()
  .map((file) => {
    const text = readFileSync(`examples/${file}`, 'utf8')
    return { file, text, name: String(parse(text).name), needs: file.split('/').slice(0, -1) }
  })
