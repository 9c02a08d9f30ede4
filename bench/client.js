import { Agent, request } from 'node:http'

/** A REST client with one kept-alive connection for each caller, so that connecting is not what is measured. */
export class Client {
  constructor({ port, token }) {
    this.port = port
    this.token = token
    this.agent = new Agent({ keepAlive: true })
  }

  /** @returns the parsed answer; throws with the problem's text when the status is not `expected`. */
  async call(method, path, body) {
    const { status, text } = await this.raw(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 500)}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  raw(method, path, body) {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: this.agent,
          headers: {
            authorization: `Bearer ${this.token}`,
            ...(payload === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          },
        },
        (answer) => {
          const chunks = []
          answer.on('data', (chunk) => chunks.push(chunk))
          answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') }))
          answer.on('error', reject)
        },
      )
      call.on('error', reject)
      call.end(payload)
    })
  }

  close() {
    this.agent.destroy()
  }
}
