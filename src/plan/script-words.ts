import type { Plan, SysctlsObject } from './objects.ts'

/** One word for the shell, whatever is in it. */
export function word(text: string): string {
  return /^[A-Za-z0-9_.:/@+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Text behind `#`; a line break in it would end the comment. */
export function comment(text: string): string {
  return `# ${text.replace(/[^ -~]/g, '?')}`
}

/** Settings that many namespaces share stand in the program once, as bash arrays. */
export type SysctlLists = {
  readonly nameOf: (values: SysctlsObject['values']) => string
  readonly lines: readonly string[]
}

export function listSysctls({ steps }: Plan): SysctlLists {
  const names = new Map<string, string>()
  const lines: string[] = []
  for (const { object } of steps) {
    if (object.kind !== 'sysctls') continue
    const key = JSON.stringify(object.values)
    if (names.has(key)) continue
    const name = `sysctls_${names.size + 1}`
    names.set(key, name)
    const wishes = Object.entries(object.values).map(([setting, value]) => `  ${word(`${setting}=${value}`)}`)
    lines.push(`${name}=(`, ...wishes, ')')
  }
  return { nameOf: (values) => names.get(JSON.stringify(values)) ?? 'sysctls_0', lines }
}
