import { getSystemErrorName } from 'node:util'
import type { RefusalKind } from '../errors.ts'

/** A system call or netlink request that the kernel refused. Stays inside this folder: the port answers with RefusalKind. */
export class KernelError extends Error {
  /** Positive errno. */
  readonly errno: number
  /** Its name, e.g. `EEXIST`. */
  readonly code: string
  /** The call, e.g. `setns` or `RTM_NEWLINK`. */
  readonly call: string
  /** The kernel's own words, where it gave some. */
  readonly words: string

  constructor(errno: number, call: string, words = '') {
    const code = errnoName(errno)
    super(`${call}: ${code}${words === '' ? '' : `: ${words}`}`)
    this.name = 'KernelError'
    this.errno = errno
    this.code = code
    this.call = call
    this.words = words
  }
}

/** A refusal that came without an errno, e.g. from libnftables. */
export class Refused extends Error {
  readonly refusal: RefusalKind
  constructor(refusal: RefusalKind, detail: string) {
    super(detail)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

/** Hands on a result of ffi.ts, or throws what its minus errno says. */
export function must(result: number, call: string): number {
  if (result < 0) throw new KernelError(-result, call)
  return result
}

export function errnoName(errno: number): string {
  return EXTRA_NAMES[errno] ?? getSystemErrorName(-errno)
}

/** errnos that libuv does not name, or names otherwise. */
const EXTRA_NAMES: Readonly<Record<number, string>> = { 54: 'EXFULL', 62: 'ETIME', 95: 'EOPNOTSUPP' }

const REFUSALS: Readonly<Record<string, RefusalKind>> = {
  EEXIST: 'exists',
  ENOENT: 'not-found',
  ENODEV: 'not-found',
  ENXIO: 'not-found',
  ESRCH: 'not-found',
  EPERM: 'denied',
  EACCES: 'denied',
  EROFS: 'denied',
  EOPNOTSUPP: 'unsupported',
  ENOTSUP: 'unsupported',
  EAFNOSUPPORT: 'unsupported',
  EPROTONOSUPPORT: 'unsupported',
  ENOSYS: 'unsupported',
  ENOSPC: 'exhausted',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOMEM: 'exhausted',
  ENOBUFS: 'exhausted',
  EAGAIN: 'exhausted',
  EUSERS: 'exhausted',
  EXFULL: 'exhausted',
  ETIMEDOUT: 'timeout',
  ETIME: 'timeout',
}

/** The few words in which other rooms hear of a refusal. */
export function refusalOf(error: unknown): RefusalKind {
  if (error instanceof Refused) return error.refusal
  if (!(error instanceof KernelError)) return 'failed'
  // An unknown device or qdisc type is EOPNOTSUPP or ENOENT by kernel version; the words are the same (rtnetlink.c, sch_api.c).
  if (/unknown device type|qdisc kind is unknown/i.test(error.message)) return 'unsupported'
  return REFUSALS[error.code] ?? 'failed'
}
