import { isList, isObject, type Json, type JsonObject, numberOf, single, textOf } from './json.ts'

/**
 * A rule as people read it, close to what `nft list` prints, without counter and comment. It is for eyes only: nothing
 * reads it back. Statements it does not know are shown as nft's own JSON.
 */
export function ruleText(statements: readonly Json[]): string {
  return statements
    .map(statementText)
    .filter((text) => text !== '')
    .join(' ')
}

function statementText(statement: Json): string {
  const [key, body] = single(statement) ?? ['', null]
  switch (key) {
    case 'counter':
      return ''
    case 'match':
      return isObject(body) ? matchText(body) : JSON.stringify(statement)
    case 'limit':
      return isObject(body) ? limitText(body) : JSON.stringify(statement)
    case 'accept':
    case 'drop':
    case 'continue':
    case 'return':
      return key
    case 'jump':
    case 'goto':
      return isObject(body) ? `${key} ${textOf(body.target)}` : key
    case 'reject':
      return isObject(body) ? rejectText(body) : 'reject'
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return natText(key, isObject(body) ? body : {})
    case 'vmap':
      return isObject(body) ? `${leftText(body.key ?? null)} vmap ${valueText(body.data ?? null)}` : key
    case 'mangle':
      return isObject(body) ? `${leftText(body.key ?? null)} set ${valueText(body.value ?? null)}` : key
    case 'log':
      return isObject(body) && typeof body.prefix === 'string' ? `log prefix ${JSON.stringify(body.prefix)}` : 'log'
    default:
      // An expression that is shown as it is.
      return typeof body === 'string' ? `${key} ${body}` : JSON.stringify(statement)
  }
}

function matchText({ op, left, right }: JsonObject): string {
  const operator = op === '==' || op === 'in' ? '' : `${textOf(op)} `
  const value = right ?? null
  const quoted = typeof value === 'string' && isDeviceKey(left) ? JSON.stringify(value) : valueText(value)
  return `${leftText(left ?? null)} ${operator}${quoted}`
}

function isDeviceKey(left: Json | undefined): boolean {
  const [kind, body] = single(left) ?? ['', null]
  return kind === 'meta' && isObject(body) && /^[io]ifname$/.test(textOf(body.key))
}

function leftText(left: Json): string {
  const [kind, body] = single(left) ?? ['', null]
  if ((kind === '&' || kind === '^') && isList(body)) return body.map(leftText).join(` ${kind} `)
  // What was loaded by an expression that is shown as it is.
  if (typeof body === 'string') return `${kind} ${body}`
  if (!isObject(body)) return valueText(left)
  const key = textOf(body.key)
  if (kind === 'meta') return /^[io]if(name|type|group)?$|^mark$|^sk[ug]id$/.test(key) ? key : `meta ${key}`
  if (kind === 'ct') return `ct ${'dir' in body ? `${textOf(body.dir)} ` : ''}${key}`
  if (kind === 'fib') {
    const flags = isList(body.flags) ? body.flags.map(textOf).join(' . ') : textOf(body.flags)
    return `fib ${flags} ${textOf(body.result)}`
  }
  if (kind === 'payload' && 'protocol' in body) return `${textOf(body.protocol)} ${textOf(body.field)}`
  if (kind === 'payload') return `@${textOf(body.base) || 'raw'},${numberOf(body.offset)},${numberOf(body.len)}`
  return valueText(left)
}

function valueText(value: Json): string {
  if (isList(value)) return value.map(valueText).join(',')
  if (!isObject(value)) return String(value)
  const [kind, body] = single(value) ?? ['', null]
  if (kind === 'set') return `{ ${isList(body) ? body.map(elementText).join(', ') : valueText(body)} }`
  if (kind === 'range' && isList(body)) return body.map(valueText).join('-')
  if (kind === 'concat' && isList(body)) return body.map(leftText).join(' . ')
  if (kind === 'prefix' && isObject(body)) return `${valueText(body.addr ?? null)}/${valueText(body.len ?? null)}`
  if (kind === 'meta' || kind === 'ct' || kind === 'fib') return leftText(value)
  if (kind === 'payload' && isObject(body) && 'protocol' in body) return leftText(value)
  return JSON.stringify(value)
}

/** An element of a map is a pair of its key and what becomes of the packet. */
function elementText(element: Json): string {
  const [key, verdict, more] = isList(element) ? element : []
  if (key === undefined || verdict === undefined || more !== undefined) return valueText(element)
  return `${valueText(key)} : ${isObject(verdict) ? statementText(verdict) : valueText(verdict)}`
}

function limitText(limit: JsonObject): string {
  const unit = textOf(limit.rate_unit)
  const amount =
    unit === '' || unit === 'packets' ? valueText(limit.rate ?? 0) : `${valueText(limit.rate ?? 0)} ${unit}`
  const burst = limit.burst === 5 || !limit.burst ? '' : ` burst ${valueText(limit.burst)} ${unit || 'packets'}`
  return `limit rate ${limit.inv === true ? 'over ' : ''}${amount}/${textOf(limit.per)}${burst}`
}

function rejectText(body: JsonObject): string {
  const type = textOf(body.type)
  return type === '' || type === 'tcp reset'
    ? `reject with ${type || textOf(body.expr)}`
    : `reject with ${type} ${textOf(body.expr)}`
}

function natText(key: string, body: JsonObject): string {
  const address = body.addr === undefined ? '' : valueText(body.addr)
  const port = body.port === undefined ? '' : `:${valueText(body.port)}`
  const target = address.includes(':') && port !== '' ? `[${address}]${port}` : `${address}${port}`
  const flags = body.flags === undefined ? '' : ` ${valueText(body.flags)}`
  const family = textOf(body.family)
  return `${key}${target === '' ? '' : `${family === '' ? '' : ` ${family}`} to ${target}`}${flags}`
}
