/** How the program ends, for scripts and service managers; docs/operations.md says the same. */
export const EXIT = {
  /** Stopped as asked. */
  stopped: 0,
  /** A fault of the program itself. The log names it. */
  fault: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Not root, or the host lacks what cannot be done without. */
  host: 3,
  /** Another engine runs on this host. */
  locked: 4,
  /** A door cannot be opened, e.g. its port is taken. */
  door: 5,
  /** Stopped by force: a second signal. */
  forced: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Why a process cannot start, in one sentence for the person who started it. */
export class StartError extends Error {
  readonly code: ExitCode
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
    this.code = code
  }
}
