import { z } from 'zod'
import { DEVICE_PATTERN, NAME_PATTERN } from '../net/names.ts'
import { IMPAIRMENTS, type ImpairmentName, quantityFault, quantityPattern } from './impairment.ts'
import * as texts from './texts.ts'

/** What stands in JSON Schema beside the type. */
type About = { readonly description: string; readonly examples?: readonly unknown[]; readonly default?: unknown }

type TextForm = {
  readonly reason: string
  readonly fault: (text: string) => string | undefined
  readonly maxLength: number
  /** For JSON Schema, where `fault` cannot go: never refuses what `fault` accepts. */
  readonly pattern?: RegExp
}

/** A text whose form is checked by `fault`; the issue carries `reason` for programs. */
function text({ reason, fault, maxLength, pattern }: TextForm) {
  return (about: About) =>
    z
      .string()
      .check((payload) => {
        const { value, issues } = payload
        const because = value.length > maxLength ? `has more than ${maxLength} characters` : fault(value)
        if (because !== undefined) {
          issues.push({ code: 'custom', input: value, params: { reason }, message: `${quote(value)} ${because}` })
        }
      })
      .meta({ ...plain(about), maxLength, ...(pattern === undefined ? {} : { pattern: pattern.source }) })
}

const IP = '[0-9a-fA-F:.]{2,45}'
const block = (prefixed: string) => new RegExp(`^${IP}${prefixed}$`)

export const nameField = text({ reason: 'INVALID_NAME', fault: texts.nameFault, maxLength: 31, pattern: NAME_PATTERN })
export const deviceField = text({
  reason: 'INVALID_INTERFACE_NAME',
  fault: texts.deviceFault,
  maxLength: 15,
  pattern: DEVICE_PATTERN,
})
export const endField = text({
  reason: 'INVALID_END',
  fault: texts.endFault,
  maxLength: 47,
  pattern: /^[a-z][a-z0-9-]*:[a-z][a-z0-9._-]*$/,
})
export const interfaceAddressField = text({
  reason: 'INVALID_ADDRESS',
  fault: texts.interfaceAddressFault,
  maxLength: 49,
  pattern: block('/[0-9]{1,3}'),
})
export const subnetField = text({
  reason: 'INVALID_SUBNET',
  fault: texts.subnetFault,
  maxLength: 49,
  pattern: block('/[0-9]{1,3}'),
})
export const destinationField = text({
  reason: 'INVALID_DESTINATION',
  fault: texts.destinationFault,
  maxLength: 49,
  pattern: block('/[0-9]{1,3}'),
})
export const addressField = text({
  reason: 'INVALID_ADDRESS',
  fault: texts.addressFault,
  maxLength: 45,
  pattern: block(''),
})
export const blockField = text({
  reason: 'INVALID_BLOCK',
  fault: texts.blockFault,
  maxLength: 49,
  pattern: block('(/[0-9]{1,3})?'),
})
export const nextHopField = text({ reason: 'INVALID_NEXT_HOP', fault: texts.nextHopFault, maxLength: 45 })
export const forwardTargetField = text({
  reason: 'INVALID_TARGET',
  fault: texts.forwardTargetFault,
  maxLength: 53,
})
export const macField = text({
  reason: 'INVALID_MAC',
  fault: texts.macFault,
  maxLength: 17,
  pattern: /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/,
})
const portsText = text({
  reason: 'INVALID_PORTS',
  fault: texts.portsFault,
  maxLength: 11,
  pattern: /^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$/,
})

/** A port as a number, or a port or range as text. */
export function portsField(about: About) {
  return z
    .union([z.int().min(1).max(65535), portsText({ description: 'A port or a range, for example 8000-8010.' })])
    .meta(plain(about))
}

export function quantityField(name: ImpairmentName, description: string) {
  return text({
    reason: `INVALID_${name.toUpperCase()}`,
    fault: (value) => quantityFault(name, value),
    maxLength: 20,
    pattern: quantityPattern(name),
  })({ description, examples: [IMPAIRMENTS[name].example] })
}

export function mtuField(description: string) {
  return z
    .int()
    .min(68)
    .max(65535)
    .meta({ description, examples: [1500, 9000] })
}

/** One text or a list of them. */
export function oneOrMany<T extends z.ZodType>(item: T, max: number, about: About) {
  return z.union([item, z.array(item).min(1).max(max)]).meta(plain(about))
}

/** A mapping with keys of the user's choice; what keys and values may be is checked by a rule. */
export function mapping<T extends z.ZodType>(value: T, keys: object, about: About) {
  return z.record(z.string(), value).meta({ ...plain(about), propertyNames: keys })
}

/** Values are shown to people in messages: never longer than a line, never with what a terminal would act on. */
export function quote(value: unknown): string {
  const whole = JSON.stringify(value) ?? 'nothing'
  return whole.length > 60 ? `${whole.slice(0, 59)}…` : whole
}

// zod's type for meta wants mutable lists.
function plain({ examples, ...rest }: About) {
  return { ...rest, ...(examples === undefined ? {} : { examples: [...examples] }) }
}
