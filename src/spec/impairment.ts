import type { Impairment } from './lab-spec.ts'

/** How a link may be worsened: each field's unit, range and text form, in one table. */
type Quantity = {
  readonly field: keyof Impairment
  /** Unit suffix to how many of our own unit it is. */
  readonly units: Readonly<Record<string, number>>
  readonly min: number
  readonly max: number
  /** Digits after the point that are kept. */
  readonly decimals: number
  readonly example: string
  /** The range in words for people. */
  readonly range: string
}

const TIME = { us: 0.001, ms: 1, s: 1000 } as const

export const IMPAIRMENTS = {
  delay: { field: 'delayMs', units: TIME, min: 0, max: 10_000, decimals: 3, example: '20ms', range: '0us to 10s' },
  jitter: { field: 'jitterMs', units: TIME, min: 0, max: 10_000, decimals: 3, example: '2ms', range: '0us to 10s' },
  loss: { field: 'lossPercent', units: { '%': 1 }, min: 0, max: 100, decimals: 3, example: '1%', range: '0% to 100%' },
  rate: {
    field: 'rateKbit',
    units: { kbit: 1, mbit: 1_000, gbit: 1_000_000 },
    min: 1,
    max: 100_000_000,
    decimals: 0,
    example: '20mbit',
    range: '1kbit to 100gbit',
  },
} as const satisfies Record<string, Quantity>

export type ImpairmentName = keyof typeof IMPAIRMENTS
export const IMPAIRMENT_NAMES = Object.keys(IMPAIRMENTS) as ImpairmentName[] // the table's own keys

export function quantityPattern(name: ImpairmentName): RegExp {
  return new RegExp(`^[0-9]{1,9}(\\.[0-9]{1,3})?(${Object.keys(IMPAIRMENTS[name].units).join('|')})$`)
}

/** In the unit of the LabSpec field; undefined when it cannot be read or is out of range. */
export function parseQuantity(name: ImpairmentName, text: string): number | undefined {
  const { units, min, max, decimals }: Quantity = IMPAIRMENTS[name]
  const parts = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)([a-z%]+)$/.exec(text)
  const unit = parts?.[2]
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined
  if (factor === undefined) return undefined
  const value = Number((Number(parts?.[1]) * factor).toFixed(decimals))
  return value < min || value > max ? undefined : value
}

export function quantityFault(name: ImpairmentName, text: string): string | undefined {
  const { example, range }: Quantity = IMPAIRMENTS[name]
  return parseQuantity(name, text) === undefined
    ? `is not a ${name}: write for example ${example}; ${range} may be used`
    : undefined
}
