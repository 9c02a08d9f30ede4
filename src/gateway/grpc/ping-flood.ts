import type { Server } from '@grpc/grpc-js'

/** gRPC clients ping once in tens of seconds; a flood of PING frames costs a reply each and is never refused by Node. */
const MAX_PINGS = 100
const WINDOW_MS = 10_000

type Pinged = {
  on(event: 'ping', listener: () => void): unknown
  destroy(): void
}

/**
 * Closes connections that send more than 100 PING frames in 10 s. grpc-js hands out its HTTP/2 servers to nobody, so
 * they are taken from the property it keeps them in; a test floods a door and would see this fail.
 */
export function refusePingFloods(server: Server): void {
  const held: unknown = Reflect.get(server, 'http2Servers')
  if (!(held instanceof Map)) throw new Error('this version of grpc-js keeps its HTTP/2 servers elsewhere')
  for (const http2Server of held.keys()) http2Server.on('session', watch)
}

function watch(session: Pinged): void {
  let count = 0
  let windowStartMs = 0
  session.on('ping', () => {
    const nowMs = Date.now()
    if (nowMs - windowStartMs > WINDOW_MS) {
      windowStartMs = nowMs
      count = 0
    }
    count += 1
    if (count > MAX_PINGS) session.destroy()
  })
}
