import { request as httpRequest, type IncomingMessage } from 'node:http'
import supertest from 'supertest'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { TOKEN } from './start-gateway.ts'
import { validateResponse } from './validate-response.ts'

export type Asked = {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is; an object becomes JSON. */
  readonly body?: unknown
  /** null: none. */
  readonly token?: string | null
  /** false: the answer is one that openapi.yaml does not promise for this operation. */
  readonly promised?: boolean
}

export type RestAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** The body where it is JSON, else undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads from it what it expects, and fails where it is not there.
  readonly json: any
}

const VERBS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const

/** One REST call as the token's holder: `askRest(gateway, 'GET /v1/labs')`. The answer is held against openapi.yaml. */
export async function askRest(
  gateway: Pick<Gateway, 'restAddress'>,
  line: string,
  asked: Asked = {},
): Promise<RestAnswer> {
  const [method = '', path = ''] = line.split(' ')
  const verb = VERBS.find((known) => known === method.toLowerCase())
  if (verb === undefined) throw new Error(`${method} is no method that a test asks with`)
  const call = supertest(`http://${gateway.restAddress}`)[verb](path).redirects(0).buffer(true).parse(asText)
  if (asked.token !== null) call.set('authorization', `Bearer ${asked.token ?? TOKEN}`)
  if (typeof asked.body === 'object') call.set('content-type', 'application/json')
  for (const [name, value] of Object.entries(asked.headers ?? {})) call.set(name, value)
  // As bytes, so that supertest neither guesses a type nor writes the JSON anew.
  if (asked.body !== undefined) {
    const body = typeof asked.body === 'string' || Buffer.isBuffer(asked.body) ? asked.body : JSON.stringify(asked.body)
    if (call.get('content-type') === undefined) call.set('content-type', 'application/json')
    call.serialize((value: unknown) => value as never)
    call.send(body)
  }
  const response = await call.ok(() => true)
  // For HEAD there is nothing to parse, and supertest puts an object there.
  const text = typeof response.body === 'string' ? response.body : ''
  const answer = { status: response.status, headers: response.headers, text }
  if (verb !== 'options' && asked.promised !== false) validateResponse({ method, path, ...answer })
  const isJson = /^application\/(?:problem\+)?json(?:;|$)/.test(response.headers['content-type'] ?? '')
  return { ...answer, json: isJson && text !== '' ? JSON.parse(text) : undefined }
}

/**
 * Starts a POST with the token and resolves as soon as the answer's head is there; what comes then is the caller's to
 * read. For answers that are streams.
 */
export function openRest(
  gateway: Gateway,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  const [host, port] = gateway.restAddress.split(':')
  const all = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers }
  return new Promise((resolve, reject) => {
    const sending = httpRequest({ host, port, path, method: 'POST', headers: all }, resolve)
    sending.on('error', reject)
    sending.end(JSON.stringify(body))
  })
}

export async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

function asText(response: unknown, done: (error: Error | null, body: unknown) => void): void {
  const stream = response as NodeJS.ReadableStream
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)))
  stream.on('end', () => done(null, Buffer.concat(chunks).toString('utf8')))
}
