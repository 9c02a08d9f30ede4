import { describe, expect, test } from 'vitest'
import { complaints } from '../support/spec-facts.ts'

/** Documents of up to the allowed megabyte, made to cost as much as they can. Each took seconds to hours at first. */

const range = (length: number) => Array.from({ length }, (_, k) => k)
const ENOUGH_MS = 15_000

describe('a megabyte that wants to be slow', { timeout: 2 * ENOUGH_MS }, () => {
  test.each([
    {
      story: 'thousands of unknown links, each with a thousand names to choose a suggestion from',
      reason: 'UNKNOWN_LINK',
      document: {
        switches: range(540).map((k) => ({ name: `switch-with-a-long-name-${k}` })),
        hosts: range(540).map((k) => ({
          name: `h${k}`,
          interfaces: range(24).map((n) => ({ name: `e${n}`, link: `swatch-with-a-lung-name-${n}` })),
        })),
      },
    },
    {
      story: 'thousands of settings that may not be made',
      reason: 'SYSCTL_NOT_ALLOWED',
      document: {
        hosts: range(1000).map((k) => ({
          name: `h${k}`,
          sysctls: { set: Object.fromEntries(range(20).map((n) => [`net.ipv4.conf.default.arp_annonce${n}`, 1])) },
        })),
      },
    },
    {
      story: 'tens of thousands of fields that nobody knows',
      reason: 'UNKNOWN_FIELD',
      document: { hosts: [{ name: 'a', ...Object.fromEntries(range(30_000).map((k) => [`gatewax${k}`, 1])) }] },
    },
    {
      story: 'hundreds of equal subnets over tens of thousands of addresses in use',
      reason: 'OVERLAPPING_SUBNETS',
      document: {
        switches: range(500).map((k) => ({ name: `s${k}`, subnet: '10.0.0.0/8' })),
        hosts: range(500).map((k) => ({
          name: `h${k}`,
          interfaces: [
            { name: 'auto', link: `s${k}` },
            ...range(3).map((i) => ({
              name: `e${i}`,
              link: `s${k}`,
              addresses: range(14).map((n) => `10.0.${(k * 56 + i * 14 + n) >> 8}.${(k * 56 + i * 14 + n) & 255}/8`),
            })),
          ],
        })),
      },
    },
    {
      story: 'one host with more interfaces and ends than anybody has',
      reason: 'LIMIT_EXCEEDED',
      document: {
        hosts: [{ name: 'a', interfaces: range(10_000).map((k) => ({ name: `e${k}` })) }],
        links: range(10_000).map((k) => ({ name: `l${k}`, ends: [`a:e${k}`, `a:f${k}`] })),
      },
    },
    {
      story: 'routes by hundreds of next hops, each to be compared with hundreds of routes',
      reason: 'LIMIT_EXCEEDED',
      document: {
        switches: [{ name: 's', subnet: '10.0.0.0/8' }],
        hosts: range(26).map((k) => ({
          name: `h${k}`,
          link: 's',
          routes: range(490).map((n) => ({ to: `198.18.0.${n >> 4}/32`, via: `10.1.${n >> 8}.${n & 255}`, metric: n })),
        })),
      },
    },
    {
      story: 'problems by the ten thousand',
      reason: 'INVALID_TYPE',
      document: { hosts: range(60_000).map(() => 7) },
    },
  ])('$story', ({ document, reason }) => {
    const begin = performance.now()
    const says = complaints({ name: 't', ...document })
    expect(performance.now() - begin).toBeLessThan(ENOUGH_MS)
    expect([...new Set(says.map((complaint) => complaint.split(' ')[0]))]).toContain(reason)
    expect(says.length).toBeLessThanOrEqual(101)
  })
})
