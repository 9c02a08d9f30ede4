import type { Problem } from '../errors.ts'
import type { Lab, LabState } from './lab.ts'

/** Which labs to list: every condition must hold. An empty list fits all. */
export type LabFilter = readonly LabCondition[]

/** `*` in a name or label pattern stands for any characters, also none. */
export type LabCondition =
  | { readonly kind: 'state'; readonly state: LabState }
  | { readonly kind: 'name'; readonly pattern: string }
  | { readonly kind: 'label'; readonly label: string; readonly pattern: string }

const STATES: Readonly<Record<string, LabState>> = {
  CREATING: 'creating',
  READY: 'ready',
  DELETING: 'deleting',
  FAILED: 'failed',
  LOST: 'lost',
  QUARANTINED: 'quarantined',
}
const MAX_TEXT = 512
const MAX_CONDITIONS = 10

/**
 * Reads `state=READY AND labels.course=net1 AND name=web-*`. Blanks around words do not matter; AND is upper case.
 * @param path where the text stands in the request, for the problems
 */
export function parseLabFilter(
  text: string,
  path: string,
): { readonly ok: true; readonly filter: LabFilter } | { readonly ok: false; readonly problems: readonly Problem[] } {
  if (text.trim() === '') return { ok: true, filter: [] }
  const refuse = (message: string) => ({ ok: false, problems: [{ path, message, reason: 'INVALID_FILTER' }] }) as const
  if (text.length > MAX_TEXT) return refuse(`a filter has at most ${MAX_TEXT} characters`)
  const terms = text.trim().split(/\s+AND\s+/)
  if (terms.length > MAX_CONDITIONS) return refuse(`a filter has at most ${MAX_CONDITIONS} conditions`)
  const filter: LabCondition[] = []
  for (const term of terms) {
    const condition = parseCondition(term)
    if (typeof condition === 'string') return refuse(condition)
    filter.push(condition)
  }
  return { ok: true, filter }
}

/** The one way to write a filter: two texts that mean the same conditions in the same order have one. */
export function formatLabFilter(filter: LabFilter): string {
  return filter.map(formatCondition).join(' AND ')
}

type Filterable = Pick<Lab, 'name' | 'state' | 'labels'>

export function fitsFilter(filter: LabFilter, lab: Filterable): boolean {
  return filter.every((condition) => fitsCondition(condition, lab))
}

function formatCondition(condition: LabCondition): string {
  switch (condition.kind) {
    case 'state':
      return `state=${condition.state.toUpperCase()}`
    case 'name':
      return `name=${condition.pattern}`
    case 'label':
      return `labels.${condition.label}=${condition.pattern}`
  }
}

function fitsCondition(condition: LabCondition, lab: Filterable): boolean {
  switch (condition.kind) {
    case 'state':
      return lab.state === condition.state
    case 'name':
      return fitsPattern(condition.pattern, lab.name)
    case 'label': {
      const value = Object.hasOwn(lab.labels, condition.label) ? lab.labels[condition.label] : undefined
      return value !== undefined && fitsPattern(condition.pattern, value)
    }
  }
}

function parseCondition(term: string): LabCondition | string {
  const equals = term.indexOf('=')
  if (equals === -1) return `"${term}" is not a condition; write state=READY, name=web-* or labels.course=net1`
  const field = term.slice(0, equals).trim()
  const value = term.slice(equals + 1).trim()
  if (value === '' || /\s/.test(value)) return `"${term}": one word must follow the equals sign; join conditions by AND`
  if (field === 'name') return { kind: 'name', pattern: value }
  if (field.startsWith('labels.') && field.length > 'labels.'.length && !/\s/.test(field)) {
    return { kind: 'label', label: field.slice('labels.'.length), pattern: value }
  }
  if (field !== 'state') return `"${field}" cannot be filtered by; use state, name or labels.<label>`
  const state = Object.hasOwn(STATES, value) ? STATES[value] : undefined
  if (state === undefined) return `"${value}" is not a state; use ${Object.keys(STATES).join(', ')}`
  return { kind: 'state', state }
}

/** Without regular expressions: a pattern comes from a caller, and this takes time linear in both lengths. */
function fitsPattern(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return text === pattern
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false
  const end = text.length - tail.length
  let at = head.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
