/** Ways to change one place of a document. */
export const MUTATIONS = ['remove', 'junk', 'swap', 'same', 'repeat', 'rename', 'add', 'letter', 'nest'] as const
export type Mutation = { readonly kind: (typeof MUTATIONS)[number]; readonly place: number; readonly other: number }

const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  '',
  ' ',
  'eth0',
  'LAN',
  '$(id)',
  '../../etc',
  'x'.repeat(300),
  '0.0.0.0/0',
  '255.255.255.255/32',
  '::/0',
  'fe80::1',
  '192.0.2.1',
  'a\u0000b',
  [],
  {},
  [[[]]],
  { name: 'a' },
  ['a', 1],
]
const KEYS = ['name', 'link', 'cluster', '__proto__', 'constructor', 'toString', 'ends', 'x', 'nat', '']

type Slot = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string | number }

/** A changed copy; the place is reduced by how many places there are. */
export function mutate(document: unknown, { kind, place, other }: Mutation): unknown {
  const copy: unknown = structuredClone(document)
  const slots = slotsOf(copy)
  const slot = slots[place % Math.max(slots.length, 1)]
  if (slot === undefined) return JUNK[other % JUNK.length]
  const value = get(slot)
  switch (kind) {
    case 'remove':
      if (Array.isArray(slot.holder)) slot.holder.splice(Number(slot.key), 1)
      else delete slot.holder[slot.key]
      break
    case 'junk':
      set(slot, JUNK[other % JUNK.length])
      break
    case 'swap':
      set(slot, structuredClone(get(slots[other % slots.length] ?? slot)))
      break
    case 'same': {
      // From another place of the same name: of the right shape, and mostly against a rule.
      const alike = slots.filter(({ key }) => key === slot.key)
      set(slot, structuredClone(get(alike[other % alike.length] ?? slot)))
      break
    }
    case 'repeat':
      if (Array.isArray(slot.holder)) slot.holder.push(structuredClone(value))
      else set(slot, [value, structuredClone(value)])
      break
    case 'rename':
      if (Array.isArray(slot.holder)) break
      delete slot.holder[slot.key]
      define(slot.holder, `${slot.key}${'xs-'[other % 3]}`, value)
      break
    case 'add':
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        define(value, KEYS[other % KEYS.length] ?? 'x', JUNK[place % JUNK.length])
      }
      break
    case 'letter':
      if (typeof value === 'string') set(slot, changeLetter(value, other))
      else if (typeof value === 'number') set(slot, value + ((other % 7) - 3) * 10 ** (other % 6))
      break
    case 'nest':
      set(slot, other % 2 === 0 ? [value] : { value })
  }
  return copy
}

function slotsOf(part: unknown): readonly Slot[] {
  if (typeof part !== 'object' || part === null) return []
  const holder = part as Slot['holder']
  const keys = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder)
  return keys.flatMap((key): readonly Slot[] => [{ holder, key }, ...slotsOf(get({ holder, key }))])
}

function get({ holder, key }: Slot): unknown {
  return Array.isArray(holder) ? holder[Number(key)] : holder[key]
}

function set({ holder, key }: Slot, value: unknown): void {
  if (Array.isArray(holder)) holder[Number(key)] = value
  else define(holder, String(key), value)
}

/** As JSON.parse does it: `__proto__` becomes a field like any other. */
function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

function changeLetter(text: string, seed: number): string {
  const at = seed % (text.length + 1)
  const letter = 'a0:./-Z\n'[seed % 8] ?? 'a'
  return seed % 3 === 0 ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at) + letter + text.slice(at)
}
