import type { Server, Socket } from 'node:net'

const MAX_CONNECTIONS = 1000
const MAX_PER_ADDRESS = 50

/**
 * Bounds how many connections a door holds, in all and per address. Loopback is not bound per address: reverse proxies
 * and the operator's own programs come from there.
 */
export function limitConnections(server: Server): void {
  server.maxConnections = MAX_CONNECTIONS
  const perAddress = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (isLoopback(address)) return
    const open = perAddress.get(address) ?? 0
    if (open >= MAX_PER_ADDRESS) {
      socket.destroy()
      return
    }
    perAddress.set(address, open + 1)
    socket.once('close', () => {
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
  })
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

/** @returns `127.0.0.1:7380` or `[::1]:7380`, with the port that the kernel chose where 0 was asked for */
export function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the door is not bound to a port')
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}

/** @throws the bind error (EADDRINUSE, EACCES …) */
export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}
