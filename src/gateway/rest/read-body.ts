import type { IncomingMessage } from 'node:http'
import { type Failure, LabError } from '../../errors.ts'
import { readJson } from './scan-json.ts'

/** A body as text, and whether its media type says YAML. `text` is empty when nothing was sent. */
export type Body = { readonly text: string; readonly isYaml: boolean }

const JSON_TYPE = 'application/json'
/** RFC 9512, and what was in use before it. */
const YAML_TYPES: readonly string[] = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']

export type BodyRules = {
  /** Whether the method has a place for a body at all. */
  readonly taken: boolean
  /** Whether it may be YAML as well as JSON. */
  readonly yaml: boolean
  readonly limitBytes: number
}

/** @throws LabError `body-too-large`, `unsupported-media-type`, `invalid-request` (unexpected, not UTF-8), `cancelled` */
export async function readBody(request: IncomingMessage, { taken, yaml, limitBytes }: BodyRules): Promise<Body> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0)
  if (!taken) {
    // Whatever a client says of a body's type does not matter where there is none.
    if (declaredBytes === 0 && request.headers['transfer-encoding'] === undefined) return { text: '', isYaml: false }
    throw invalid('this method takes no body; give its fields in the query', 'UNEXPECTED_BODY')
  }
  if (declaredBytes > limitBytes) throw new LabError({ kind: 'body-too-large', limitBytes })
  const isYaml = isYamlType(request, yaml)
  const bytes = await readBytes(request, limitBytes)
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), isYaml }
  } catch {
    throw invalid('the body is not valid UTF-8', 'WRONG_FORMAT')
  }
}

/** @throws LabError `invalid-request` with line and column */
export function parseJsonBody(text: string): unknown {
  const read = readJson(text)
  if ('value' in read) return read.value
  const { message, reason, line, column } = read.fault
  throw new LabError({ kind: 'invalid-request', problems: [{ path: '', reason, message, line, column }] })
}

function isYamlType(request: IncomingMessage, takesYaml: boolean): boolean {
  const offered = takesYaml ? [JSON_TYPE, 'application/yaml'] : [JSON_TYPE]
  const encoding = request.headers['content-encoding']
  // Nothing is unpacked here: a few bytes can unpack to gigabytes.
  if (encoding !== undefined && encoding !== 'identity') throw new LabError({ kind: 'unsupported-media-type', offered })
  const header = request.headers['content-type']
  if (header === undefined) return false
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  if (isUtf8 && type === JSON_TYPE) return false
  if (isUtf8 && takesYaml && YAML_TYPES.includes(type)) return true
  throw new LabError({ kind: 'unsupported-media-type', offered })
}

function readBytes(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const fail = (failure: Failure) => reject(new LabError(failure))
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limitBytes) chunks.push(chunk)
      else fail({ kind: 'body-too-large', limitBytes })
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', () => fail({ kind: 'cancelled' }))
    request.once('close', () => fail({ kind: 'cancelled' }))
  })
}

function invalid(message: string, reason: string): LabError {
  return new LabError({ kind: 'invalid-request', problems: [{ path: '', message, reason }] })
}
