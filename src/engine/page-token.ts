import { createHash } from 'node:crypto'
import { z } from 'zod'
import { formatLabFilter, type LabFilter } from '../labs/lab-filter.ts'

/** Where the page before ended, bound to its filter. Opaque to callers; it gives no right and is not secret. */
const Token = z.strictObject({
  after: z.string().min(1).max(64),
  filter: z.string().length(16),
})

export function writePageToken(after: string, filter: LabFilter): string {
  return Buffer.from(JSON.stringify({ after, filter: digest(filter) })).toString('base64url')
}

/** @returns the name after which the page begins, or undefined for a token that is not ours or of another filter */
export function readPageToken(token: string, filter: LabFilter): string | undefined {
  if (token.length > 256) return undefined
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
  const parsed = Token.safeParse(json)
  return parsed.success && parsed.data.filter === digest(filter) ? parsed.data.after : undefined
}

function digest(filter: LabFilter): string {
  return createHash('sha256').update(formatLabFilter(filter)).digest('base64url').slice(0, 16)
}
