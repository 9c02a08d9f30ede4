import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'

/**
 * A host with a way out, inside scripts/in-private-run: the run's own network namespace plays the host, and `outside` the
 * world behind it, which knows no way to any lab and answers whoever speaks from the host's address. It also has every
 * address that an uplink must not reach, and the host has routes there: what does not arrive was dropped, not lost.
 */
export const HOST = '198.51.100.1'
export const NEIGHBOUR_OF_HOST = '198.51.100.2'
export const SECOND_OF_HOST = '203.0.113.129'
export const OUTSIDE = '203.0.113.10'
export const OUTSIDE_TOO = '203.0.113.20'
export const FORBIDDEN = ['10.77.0.5', '172.16.9.9', '192.168.9.9', '100.64.1.1', '169.254.169.254'] as const

const WORLD = 'outside'

export const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' })
export const nft = (text: string): string => execFileSync('nft', ['-f', '-'], { input: text, encoding: 'utf8' })

/** The host forwards, or does not: this namespace alone. */
export function setForwarding(on: boolean): void {
  for (const key of ['conf/default/forwarding', 'ip_forward'])
    writeFileSync(`/proc/sys/net/ipv4/${key}`, on ? '1' : '0')
}

export function buildWorld(): void {
  setForwarding(true)
  ip('netns', 'add', WORLD)
  ip('link', 'add', 'world0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', WORLD)
  ip('address', 'add', `${HOST}/24`, 'dev', 'world0')
  ip('address', 'add', `${SECOND_OF_HOST}/32`, 'dev', 'lo')
  ip('link', 'set', 'world0', 'up')
  ip('-n', WORLD, 'link', 'set', 'lo', 'up')
  ip('-n', WORLD, 'address', 'add', `${NEIGHBOUR_OF_HOST}/24`, 'dev', 'eth0')
  for (const address of [OUTSIDE, OUTSIDE_TOO, ...FORBIDDEN])
    ip('-n', WORLD, 'address', 'add', `${address}/32`, 'dev', 'lo')
  ip('-n', WORLD, 'link', 'set', 'eth0', 'up')
  ip('route', 'add', 'default', 'via', NEIGHBOUR_OF_HOST)
}

export function removeWorld(): void {
  ip('netns', 'delete', WORLD)
  ip('address', 'delete', `${SECOND_OF_HOST}/32`, 'dev', 'lo')
}

/** Work with an fd of the world's namespace; its name is not of our form, so the product would not open it. */
export function withWorld<T>(work: (fd: number) => T): T {
  const fd = openSync(`/run/netns/${WORLD}`, 'r')
  try {
    return work(fd)
  } finally {
    closeSync(fd)
  }
}

/** Two hosts and an uplink on one switch. */
export function aLabOutside(name: string, subnet = '192.0.2.0/24', uplink: object = {}): object {
  const host = (member: string) => ({ name: member, link: 'lan', gateway: 'out' })
  return {
    name,
    switches: [{ name: 'lan', subnet }],
    hosts: [host('web'), host('other')],
    uplinks: [{ name: 'out', link: 'lan', ...uplink }],
  }
}

export const UPLINKS = { allowed: true, maxPerLab: 1, pool: '100.127.0.0/16', deny: [] }
