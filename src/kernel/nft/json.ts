/** What JSON.parse answers. nft's own JSON is described in libnftables-json(5). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** The only key of a statement or expression such as `{"match": {...}}`, with what stands behind it. */
export function single(value: Json | undefined): readonly [key: string, body: Json] | undefined {
  if (!isObject(value)) return undefined
  const [key, another] = Object.keys(value)
  const body = key === undefined || another !== undefined ? undefined : value[key]
  return key === undefined || body === undefined ? undefined : [key, body]
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}

/** JSON text in which the keys of every object are sorted, so that equal data is equal text. */
export function sortedText(value: Json): string {
  if (isList(value)) return `[${value.map(sortedText).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value)
  if (keys.length > 1) keys.sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedText(value[key] ?? null)}`).join(',')}}`
}
