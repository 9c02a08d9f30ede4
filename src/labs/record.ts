import { createHash } from 'node:crypto'
import { z } from 'zod'

/**
 * What is kept of a lab over restarts: the intent. What the kernel holds is the truth and is read from the kernel.
 * The file is the SHA-256 of the rest in hex, a newline, and the record as JSON, so that a person can read it and no
 * flipped bit goes unseen.
 */
const Shape = z.object({
  v: z.literal(1),
  name: z.string(),
  uid: z.string().regex(/^[0-9a-f]{8}$/),
  firstUid: z.int().min(0),
  /** How many ranges of 65,536 uids from `firstUid` on belong to the lab. */
  uidSlots: z.int().min(0),
  uplinkSubnets: z.array(z.string()),
  /** Networks of the host that its uplinks are kept from; as they were when it was created. */
  deniedSubnets: z.array(z.string()).optional(),
  /** `absent`: somebody was promised that the lab goes. */
  want: z.enum(['present', 'absent']),
  /** `creating`: the intent; an outcome was never saved. */
  phase: z.enum(['creating', 'ready', 'failed']),
  /** Boot during which it was built: namespaces do not outlive it. */
  bootId: z.string(),
  createdAtMs: z.number(),
  buildMs: z.number(),
  because: z.string(),
  requestId: z.string().optional(),
  requestHash: z.string().optional(),
  document: z.unknown(),
})

export type LabRecord = Readonly<z.infer<typeof Shape>>

/** `newer`: written by a later version of this program, and whole. `broken`: not what was once written. */
export type Decoded =
  | { readonly ok: true; readonly record: LabRecord }
  | { readonly ok: false; readonly because: string; readonly newer: boolean }

export function encodeRecord(record: LabRecord): string {
  const json = JSON.stringify(record)
  return `${checksum(json)}\n${json}\n`
}

export function decodeRecord(text: string): Decoded {
  const newline = text.indexOf('\n')
  const json = text.slice(newline + 1, -1)
  if (newline !== 64 || !text.endsWith('\n') || checksum(json) !== text.slice(0, newline)) {
    return broken('the checksum does not fit')
  }
  const data = parseJson(json)
  if (data === undefined) return broken('it is not JSON')
  const parsed = Shape.safeParse(data)
  if (parsed.success) return { ok: true, record: parsed.data }
  const version = versionOf(data)
  if (version > 1) return { ok: false, newer: true, because: `a later version wrote it (format ${version})` }
  return broken(parsed.error.issues.map((issue) => `${z.core.toDotPath(issue.path)}: ${issue.message}`).join('; '))
}

/**
 * What a broken record still says of its kernel names, so that they can be left alone. Not to be trusted further: at
 * worst something is spared that nobody owns.
 */
export function salvageIdentity(text: string): { readonly uid?: string; readonly firstUid?: number } {
  const uid = /"uid":"([0-9a-f]{8})"/.exec(text)?.[1]
  const firstUid = /"firstUid":(\d{1,10})[,}]/.exec(text)?.[1]
  return { ...(uid === undefined ? {} : { uid }), ...(firstUid === undefined ? {} : { firstUid: Number(firstUid) }) }
}

function broken(because: string): Decoded {
  return { ok: false, newer: false, because }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function versionOf(data: unknown): number {
  if (typeof data !== 'object' || data === null || !('v' in data)) return 0
  return typeof data.v === 'number' ? data.v : 0
}
