import { expect, test } from 'vitest'
import { parseSpec } from '../../src/spec/parse-spec.ts'
import { FACTS } from '../support/spec-facts.ts'

/** N hosts on two switches, half of them with an address of their own, all with a gateway by name. */
function aStar(size: number): unknown {
  const host = (place: number) => ({
    name: `h${place}`,
    interfaces: [
      place % 2 === 0
        ? { name: 'eth0', link: 'a' }
        : { name: 'eth0', link: 'b', address: `10.1.${(place >> 8) + 1}.${place & 255}/16` },
    ],
    gateway: 'core',
  })
  return {
    name: 'star',
    switches: [
      { name: 'a', subnet: ['10.0.0.0/16', '2001:db8:1::/64'] },
      { name: 'b', subnet: '10.1.0.0/16' },
    ],
    hosts: Array.from({ length: size }, (_, place) => host(place)),
    routers: [
      {
        name: 'core',
        interfaces: [
          { name: 'e0', link: 'a' },
          { name: 'e1', link: 'b' },
        ],
      },
    ],
  }
}

/** Of several readings the fastest: what else the machine does only ever adds. */
function fastestMs(document: unknown): number {
  const times = Array.from({ length: 15 }, () => {
    const begin = performance.now()
    expect(parseSpec(document, FACTS).ok).toBe(true)
    return performance.now() - begin
  })
  return Math.min(...times)
}

test('a spec of 1,000 hosts is read well under 30 ms, and in proportion to its size', () => {
  const small = fastestMs(aStar(100))
  const large = fastestMs(aStar(1000))

  expect(large).toBeLessThan(30)
  // A rule that compares all pairs would make this a hundred.
  expect(large / Math.max(small, 0.3)).toBeLessThan(30)
})
