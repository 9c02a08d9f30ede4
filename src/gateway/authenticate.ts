import { createHash, timingSafeEqual } from 'node:crypto'
import type { Failure } from '../errors.ts'
import { FailedAttempts } from './failed-attempts.ts'

export type Authenticated = { readonly principal: string } | { readonly failure: Failure }

/** Who calls when no token is asked for (open methods), and who holds the one token there is. */
export const ANYBODY = 'anybody'
const TOKEN_HOLDER = 'token'

const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i

/** Compares bearer tokens with the one whose SHA-256 the gateway was given; the token itself is never here. */
export class Authenticator {
  readonly #tokenHash: Buffer
  readonly #failed = new FailedAttempts()
  readonly #now: () => number

  /** @param tokenHash 32 bytes */
  constructor(tokenHash: Buffer, now: () => number = Date.now) {
    if (tokenHash.length !== 32) throw new Error('the hash of the token must have 32 bytes')
    this.#tokenHash = tokenHash
    this.#now = now
  }

  /** @param authorization the header's or metadata's value; @param address the peer's, without port */
  authenticate(authorization: string | undefined, address: string): Authenticated {
    const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
    if (token !== undefined && timingSafeEqual(createHash('sha256').update(token).digest(), this.#tokenHash)) {
      return { principal: TOKEN_HOLDER }
    }
    // A missing token is a forgotten one and guesses nothing.
    if (!authorization) return { failure: { kind: 'unauthenticated', because: 'missing' } }
    const retryAfterMs = this.#failed.record(address, this.#now())
    if (retryAfterMs > 0) return { failure: { kind: 'too-many-requests', retryAfterMs } }
    return { failure: { kind: 'unauthenticated', because: 'invalid' } }
  }
}
