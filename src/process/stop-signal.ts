import { EXIT } from './exit.ts'

/** What a process that `serve` started tells it when it is ready. */
export type Ready = { readonly ready: true; readonly rest?: string; readonly grpc?: string }

/** Only heard where `serve` started this process; elsewhere the log says it. */
export function announceReady(ready: Ready): void {
  process.send?.(ready)
}

/**
 * Resolves with the reason at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once. A process that `serve`
 * started leaves the last two to it, because the gateway is to end first, and ends when `serve` is gone.
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false
    const ask = (reason: string) => {
      if (asked && reason.startsWith('SIG')) process.exit(EXIT.forced)
      asked = true
      resolve(reason)
    }
    process.on('SIGTERM', ask)
    const managed = process.send !== undefined
    for (const fromTerminal of ['SIGINT', 'SIGHUP'] as const) process.on(fromTerminal, managed ? () => {} : ask)
    if (managed) process.once('disconnect', () => ask('serve is gone'))
  })
}
