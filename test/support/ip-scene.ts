import { execFileSync } from 'node:child_process'

/** Namespaces built with plain `ip` and `nft`, for comparing what we read with what those tools say. */
export const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })

/** One command line of words; no quoting. */
export const ip = (line: string): string => run('ip', ...line.split(' '))

/** `ip` inside a namespace. */
export const ipIn = (namespace: string, line: string): string => run('ip', '-n', namespace, ...line.split(' '))

/** Many lines of `ip` in one process. */
export const ipBatch = (namespace: string, lines: readonly string[]): string =>
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n`, encoding: 'utf8' })

export const nftIn = (namespace: string, text: string | Uint8Array): string =>
  execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: text, encoding: 'utf8' })

// biome-ignore lint/suspicious/noExplicitAny: the JSON of ip is read by the tests that know its shape
export const ipJson = (namespace: string, line: string): any => {
  const text = run('ip', '-n', namespace, '-j', ...line.split(' ')).trim()
  return text === '' ? [] : JSON.parse(text)
}

/** A run's namespaces are gone with it; a test's are gone after the test. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    try {
      ip(`netns del ${name}`)
    } catch {
      // It was never made, or the test has removed it.
    }
  }
}

/** Two hosts `a` and `b` on a switch with bridge br0; everything up, addresses of both families, duplicate detection off. */
export function buildStar(names: { readonly a: string; readonly b: string; readonly hub: string }): void {
  const { a, b, hub } = names
  for (const name of [a, b, hub]) {
    ip(`netns add ${name}`)
    run(
      'ip',
      'netns',
      'exec',
      name,
      'sysctl',
      '-q',
      '-w',
      'net.ipv6.conf.all.accept_dad=0',
      'net.ipv6.conf.default.accept_dad=0',
    )
    ipIn(name, 'link set lo up')
  }
  ipIn(hub, 'link add br0 address 02:00:00:00:00:01 type bridge stp_state 0 mcast_snooping 0')
  ipIn(hub, 'link set br0 up')
  for (const [place, name] of [a, b].entries()) {
    const mac = `0a:58:c0:00:02:0${place + 1}`
    ipIn(
      hub,
      `link add p${place} index 1${place} mtu 1450 type veth peer name eth0 index 5 address ${mac} mtu 1450 netns ${name}`,
    )
    ipIn(hub, `link set p${place} master br0 up`)
    ipIn(name, 'link set eth0 up')
    ipIn(name, `addr add 192.0.2.${place + 1}/24 dev eth0`)
    ipIn(name, `addr add 2001:db8::${place + 1}/64 dev eth0 nodad`)
  }
}
