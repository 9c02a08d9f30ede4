import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { reportFailure } from '../../contract/failure-report.ts'
import type { Failure } from '../../errors.ts'
import { addressOf, limitConnections, listen } from '../connections.ts'
import type { Assets } from '../docs/assets.ts'
import type { Doors } from '../doors.ts'
import { problemJson } from './problem-json.ts'
import { restListener } from './rest-app.ts'

/** How long a caller may take to send a request; an answer may take as long as it takes. */
const RECEIVE_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000
const MAX_HEADER_BYTES = 16 * 1024

export type RestDoor = {
  readonly address: string
  /** Takes no more connections, waits for open calls for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

/** @param receiveTimeoutMs for a whole request, headers and body */
export async function openRestDoor(
  doors: Doors,
  assets: Assets,
  receiveTimeoutMs = RECEIVE_TIMEOUT_MS,
): Promise<RestDoor> {
  const listener = restListener(doors, assets)
  const limits = {
    requestTimeout: receiveTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, receiveTimeoutMs),
    connectionsCheckingInterval: Math.min(1_000, receiveTimeoutMs),
    keepAliveTimeout: 30_000,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  const server =
    doors.tls === undefined
      ? createServer(limits, listener)
      : createTlsServer({ ...limits, ...doors.tls, minVersion: 'TLSv1.2' }, listener)
  server.maxRequestsPerSocket = 1000
  server.on('clientError', refuseUnreadable)
  server.on('request', (_request, response) => {
    response.once('close', () => {
      // While stopping: a connection whose last call has ended would be kept alive, and the door open with it.
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  })
  limitConnections(server)
  await listen(server, doors.config.rest)
  return { address: addressOf(server), close: (graceMs) => close(server, graceMs) }
}

/** What Node's HTTP parser refuses never becomes a request, so it is answered here, in the same form as all else. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // Bytes of ours in the midst of an answer under way would be taken for a part of it (as Node's own handler has it).
  const answering: unknown = Reflect.get(socket, '_httpMessage')
  const isHeadSent =
    typeof answering === 'object' && answering !== null && Reflect.get(answering, 'headersSent') === true
  if (!socket.writable || socket.destroyed || isHeadSent) {
    socket.destroy()
    return
  }
  const { status, failure } = unreadable(error.code)
  const report = { ...reportFailure(failure, ''), http: status }
  const body = JSON.stringify(problemJson(report, ''))
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function unreadable(code = ''): { status: number; failure: Failure } {
  const problem = (reason: string, message: string): Failure => {
    return { kind: 'invalid-request', problems: [{ path: '', reason, message }] }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, failure: { kind: 'deadline-exceeded' } }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, failure: problem('TOO_LARGE', `the headers are larger than ${MAX_HEADER_BYTES} bytes`) }
  }
  return { status: 400, failure: problem('WRONG_FORMAT', 'this is not a valid HTTP/1.1 request') }
}

async function close(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
