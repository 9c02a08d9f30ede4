import { Attributes } from './attributes.ts'
import { type DumpOutcome, type DumpSocket, dumpRequest } from './dump.ts'

/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE and NFT_MSG_GETRULE. */
const GETTABLE = (10 << 8) | 1
const GETRULE = (10 << 8) | 7
const NFTA_TABLE_NAME = 1
const NFGENMSG_BYTES = 4

/** NFPROTO_* of linux/netfilter.h, as nft names them. */
const FAMILIES: Readonly<Record<number, string>> = { 1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6' }

const TABLES = dumpRequest(GETTABLE, (message) => message.header([1, 0], [1, 0], [2, 0]))
const RULES = dumpRequest(GETRULE, (message) => message.header([1, 0], [1, 0], [2, 0]))

const attributes = new Attributes(NFTA_TABLE_NAME)

export type TableName = { readonly family: string; readonly name: string }

/** Names of the nft tables; asked first, since most namespaces have none and nft itself takes ten times as long to say so. */
export function dumpTableNames(
  socket: DumpSocket,
  limit: number,
): { readonly tables: readonly TableName[]; readonly outcome: DumpOutcome } {
  const tables: TableName[] = []
  const outcome = socket.dump(
    TABLES,
    limit,
    (bytes, start, end) => {
      attributes.scan(bytes, start + NFGENMSG_BYTES, end)
      const family = bytes[start] ?? 0
      tables.push({ family: FAMILIES[family] ?? String(family), name: attributes.text(bytes, NFTA_TABLE_NAME) })
    },
    () => {
      tables.length = 0
    },
  )
  return { tables, outcome }
}

/** Whether all tables together hold no more than `limit` rules. */
export function hasFewRules(socket: DumpSocket, limit: number): boolean {
  return (
    socket.dump(
      RULES,
      limit,
      () => {},
      () => {},
    ) !== 'capped'
  )
}
