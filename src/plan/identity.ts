/** What a plan needs to know of a lab beyond its spec; all of it recorded before anything is built. */
export type LabIdentity = {
  /** 8 lower-case hex digits: namespaces are named `nl<uid>-<n>`, n from 0 in plan order. */
  readonly uid: string
  /** First uid of the lab's block of user-namespace ranges: the k-th host or router gets `firstUid + k * 65536`. */
  readonly firstUid: number
  /** Present when the lab has uplinks: the /30 of each, from the operator's pool, in order. */
  readonly uplinkSubnets: readonly string[]
  /** IPv4 prefixes that no uplink may reach besides the built-in deny-list: the host's own networks. CIDR text. */
  readonly deniedSubnets?: readonly string[]
}
