import { type Logger, pino } from 'pino'
import type { Config } from '../config.ts'

/** JSON lines on stderr. Written at once, so that the last words of a process that dies are not lost. */
export function makeLog(role: 'engine' | 'gateway' | 'serve', config: Pick<Config, 'logLevel'>): Logger {
  return pino(
    {
      name: role,
      level: config.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Nothing logs these on purpose; this is for the day when somebody logs a whole request.
      redact: ['token', 'authorization', '*.token', '*.authorization', '*.headers.authorization'],
    },
    pino.destination({ fd: 2, sync: true }),
  )
}
