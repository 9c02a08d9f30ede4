import type { RefusalKind } from '../errors.ts'
import type { NftTableObject } from '../plan/objects.ts'
import { loadNftables, type Nftables, type Pointer } from './ffi.ts'
import { DumpSocket } from './netlink/dump.ts'
import { NETLINK_NETFILTER } from './netlink/socket.ts'
import type { JsonObject } from './nft/json.ts'
import { observeTables } from './nft/observe-tables.ts'
import { deleteCommands, loadCommands } from './nft/translate.ts'
import type { ObservedTable } from './observed.ts'

/** Constants of nftables/libnftables.h. */
const NFT_CTX_DEFAULT = 0
/** Of input as well: with it, what is run is taken for JSON and never for nft's own language. */
const OUTPUT_JSON = 1 << 4

export type NftOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly refusal: RefusalKind
      /** nft's own words, for the log. */
      readonly detail: string
    }

/**
 * Loads a table whole, in one transaction, into the namespace that the thread is in. A table of this name that is there
 * already is a refusal (`exists`) and is left alone. First loads are cheap (0.1 ms); replacing is not (an RCU grace period).
 */
export function loadNftTable(table: NftTableObject): NftOutcome {
  let commands: JsonObject
  try {
    commands = loadCommands(table)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { ok: false, refusal: 'unsupported', detail: error.message }
  }
  const answer = runNft(commands)
  if (answer.ok) return answer
  // Table and chains are made in the same transaction, so what is not found is the kernel's own part for it. Only a netdev
  // chain can miss something else: its device.
  const missing = answer.refusal === 'not-found' && table.family !== 'netdev'
  return missing ? { ...answer, refusal: 'unsupported' } : answer
}

/** Takes away one table of the namespace that the thread is in, by its exact name; one that is absent counts as gone. */
export function deleteNftTable(family: string, name: string): NftOutcome {
  const answer = runNft(deleteCommands(family, name))
  return !answer.ok && answer.refusal === 'not-found' ? { ok: true } : answer
}

const HOST_TABLE = /^nl[0-9a-f]{8}(-[a-z0-9-]{1,20})?$/

/** Whether a table of the host's namespace has a name of the form that uplinks give: `nl<uid>`, with or without more. */
export function isHostTable(name: string): boolean {
  return HOST_TABLE.test(name)
}

/** Takes away an uplink's table in the host's namespace. Any name that is not of our form is refused without a look. */
export function deleteHostTable(family: string, name: string): NftOutcome {
  if (!isHostTable(name))
    return { ok: false, refusal: 'denied', detail: `not a table of ours: ${JSON.stringify(name)}` }
  return deleteNftTable(family, name)
}

/** All tables of the namespace that the thread is in. */
export function listNftTables(): readonly ObservedTable[] {
  const socket = new DumpSocket(NETLINK_NETFILTER)
  try {
    return observeTables(socket).tables
  } finally {
    socket.close()
  }
}

/** A context opens its netlink socket when it is made, in the namespace of that moment: so each run has its own. */
function runNft(commands: JsonObject): NftOutcome {
  let nft: Nftables
  try {
    nft = loadNftables()
  } catch (error) {
    return { ok: false, refusal: 'unsupported', detail: error instanceof Error ? error.message : String(error) }
  }
  const context: Pointer = nft.contextNew(NFT_CTX_DEFAULT)
  if (!context) return { ok: false, refusal: 'exhausted', detail: 'nft_ctx_new answered NULL' }
  try {
    nft.setOutputFlags(context, OUTPUT_JSON)
    if (nft.bufferOutput(context) !== 0 || nft.bufferError(context) !== 0) {
      return { ok: false, refusal: 'exhausted', detail: 'nft could not allocate its buffers' }
    }
    if (nft.run(context, JSON.stringify(commands)) === 0) return { ok: true }
    const detail = nft.errorBuffer(context).trim().slice(0, 1000)
    return { ok: false, refusal: nftRefusal(detail), detail }
  } finally {
    nft.contextFree(context)
  }
}

/** libnftables hands on no errno, only the C library's words for it (in English: this process never sets a locale). */
const WORDS: readonly (readonly [words: string, refusal: RefusalKind])[] = [
  ['File exists', 'exists'],
  ['No such file or directory', 'not-found'],
  ['Operation not permitted', 'denied'],
  ['Permission denied', 'denied'],
  ['Operation not supported', 'unsupported'],
  ['Protocol error', 'unsupported'],
  ['Protocol not supported', 'unsupported'],
  ['Invalid argument', 'unsupported'],
  ['No space left on device', 'exhausted'],
  ['No buffer space available', 'exhausted'],
  ['Cannot allocate memory', 'exhausted'],
  ['Too many open files', 'exhausted'],
  ['Message too long', 'exhausted'],
]

function nftRefusal(detail: string): RefusalKind {
  return WORDS.find(([words]) => detail.includes(words))?.[1] ?? 'failed'
}
