import { Mismatch } from './story.ts'

/** A JSON value whose shape the caller knows from the contract. */
export type Json = Readonly<Record<string, unknown>>

/** The REST door as a client sees it. */
export class Rest {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  get(path: string): Promise<Json> {
    return this.#ask('GET', path)
  }

  delete(path: string): Promise<Json> {
    return this.#ask('DELETE', path)
  }

  post(path: string, body: object): Promise<Json> {
    return this.#ask('POST', path, { type: 'application/json', text: JSON.stringify(body) })
  }

  postYaml(path: string, text: string): Promise<Json> {
    return this.#ask('POST', path, { type: 'application/yaml', text })
  }

  /** Messages of a stream, one for each line. */
  async postStream(path: string, body: object): Promise<readonly Json[]> {
    const response = await this.#send(
      'POST',
      path,
      { type: 'application/json', text: JSON.stringify(body) },
      'application/x-ndjson',
    )
    const text = await response.text()
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(parse)
  }

  async #ask(method: string, path: string, body?: Body): Promise<Json> {
    return parse(await (await this.#send(method, path, body, 'application/json')).text())
  }

  async #send(method: string, path: string, body: Body | undefined, accept: string): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept,
        ...(body === undefined ? {} : { 'content-type': body.type }),
      },
      ...(body === undefined ? {} : { body: body.text }),
    })
    if (response.ok) return response
    throw new Refused(method, path, response.status, parse(await response.text()))
  }
}

/** An answer that is a refusal, with the problem document. */
export class Refused extends Mismatch {
  readonly status: number
  readonly problem: Json
  constructor(method: string, path: string, status: number, problem: Json) {
    super(`${method} ${path} answered ${status}: ${JSON.stringify(problem)}`)
    this.status = status
    this.problem = problem
  }
}

type Body = { readonly type: string; readonly text: string }

function parse(text: string): Json {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) throw new Mismatch(`not an object: ${text.slice(0, 200)}`)
  return { ...value }
}
