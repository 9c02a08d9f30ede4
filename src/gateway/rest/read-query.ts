import type { DescField } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { joinKey } from './paths.ts'
import type { Problems } from './problems.ts'
import { didYouMean } from './suggest.ts'

/**
 * Turns a query string into proto3 JSON by JSON name. Numbers stay texts, which proto3 JSON allows; whether they fit is
 * for `checkMessage`. A list is a parameter given several times; everything else may be given once.
 */
export function readQuery(
  query: string,
  fields: ReadonlyMap<string, DescField>,
  into: Problems,
): Record<string, unknown> {
  const found = new Map<DescField, unknown[]>()
  for (const pair of query.split('&')) {
    if (pair === '' || into.cut) continue
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    const value = decode(equals === -1 ? '' : pair.slice(equals + 1))
    if (name === undefined || value === undefined) {
      into.add(
        name === undefined ? '' : joinKey('', name),
        'WRONG_FORMAT',
        'is not valid percent-encoded UTF-8 in the query',
      )
      continue
    }
    const field = fields.get(name)
    if (field === undefined) {
      const known = new Set([...fields.values()].map((candidate) => candidate.jsonName))
      into.add(joinKey('', name), 'UNKNOWN_FIELD', `there is no such query parameter${didYouMean(name, known)}`)
      continue
    }
    found.set(field, [...(found.get(field) ?? []), fromText(field, value)])
  }
  const json: Record<string, unknown> = {}
  for (const [field, values] of found) {
    if (field.fieldKind === 'list') json[field.jsonName] = values
    else if (values.length === 1) json[field.jsonName] = values[0]
    else into.add(field.jsonName, 'DUPLICATE_FIELD', `is given ${values.length} times in the query`)
  }
  return json
}

/** A path segment or query value as the field's JSON; a text that cannot be one stays a text, and is refused later. */
export function fromText(field: DescField, text: string): unknown {
  if (field.scalar === ScalarType.BOOL && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** @returns undefined for wrong percent-encoding or wrong UTF-8 */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
