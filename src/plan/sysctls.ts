import type { Member } from '../spec/lab-spec.ts'

type Values = Readonly<Record<string, string>>

/**
 * What a namespace of each kind is told. Explicit wherever a lab depends on it: a new namespace takes its IPv4
 * `conf` values over from the host (Docker: forwarding on, systemd: rp_filter 2), its IPv6 ones from the kernel
 * (Documentation/networking/ip-sysctl.rst, `devconf_inherit_init_net`). As few keys as will do: each is a write when
 * building and a read at every look.
 *
 * Left out on purpose:
 * - `net.ipv6.conf.default.disable_ipv6` and `….default.forwarding`: writing `all` writes `default` too;
 * - `net.ipv4.ip_forward` of switches: a bridge without an address routes nothing;
 * - `net.bridge.bridge-nf-call-*` of switches: the keys exist only where br_netfilter is loaded, and without nft rules
 *   in the switch's namespace they decide nothing.
 */
export function sysctlsOf(member: Member, ipv6: boolean, dad: boolean, cache: Map<string, Values>): Values {
  const { profile, set } = member.sysctls
  const forwards = profile === 'router' || (profile === 'strict' && member.role === 'router')
  const wish = JSON.stringify([profile, forwards, ipv6, dad, set])
  // Hosts with the same wish share one object: a thousand hosts are copied to the kernel's thread as one.
  const known = cache.get(wish)
  if (known !== undefined) return known
  const strict = profile === 'strict'
  const values = inWritingOrder({
    ...ipv4(forwards, strict),
    ...(ipv6 ? ipv6On(forwards, dad) : IPV6_OFF),
    ...PROGRAMS,
    ...(strict ? STRICT : {}),
    ...set,
  })
  cache.set(wish, values)
  return values
}

function ipv4(forwards: boolean, strict: boolean): Values {
  const filter = strict ? '1' : '0'
  return {
    'net.ipv4.ip_forward': forwards ? '1' : '0',
    // Reverse path filter (RFC 3704): the larger of `all` and the device's counts, and the device starts as `default`.
    'net.ipv4.conf.all.rp_filter': filter,
    'net.ipv4.conf.default.rp_filter': filter,
    // A host listens to redirects when `all` or the device says so, a router when both do.
    'net.ipv4.conf.all.accept_redirects': '0',
    ...(forwards
      ? { 'net.ipv4.conf.all.send_redirects': '0', 'net.ipv4.conf.default.send_redirects': '0' }
      : { 'net.ipv4.conf.default.accept_redirects': '0' }),
    // 1,000 ms between two ICMP errors to one address would make a rejected connection look like a slow one.
    'net.ipv4.icmp_ratelimit': '0',
  }
}

/**
 * Forwarding and IPv6 itself first, `default` last: writing `all.forwarding` rewrites `all.accept_redirects` and
 * `default.forwarding`, writing `all.disable_ipv6` rewrites `default.disable_ipv6` (devinet.c, addrconf.c).
 * `ip_forward` is another name of `conf.all.forwarding`; where a spec sets the latter, ours steps back.
 */
function inWritingOrder(values: Values): Values {
  const rank = (key: string) => (SWITCHES.has(key) ? 0 : key.includes('.default.') ? 2 : 1)
  const entries = Object.entries(values)
    .filter(([key]) => key !== 'net.ipv4.ip_forward' || values['net.ipv4.conf.all.forwarding'] === undefined)
    .sort(([a], [b]) => rank(a) - rank(b))
  return Object.freeze(Object.fromEntries(entries))
}

const SWITCHES: ReadonlySet<string> = new Set([
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.forwarding',
  'net.ipv6.conf.all.disable_ipv6',
  'net.ipv6.conf.all.forwarding',
])

/** No IPv6 at all spares link-local addresses, their duplicate detection and the multicast reports to every port. */
const IPV6_OFF: Values = Object.freeze({ 'net.ipv6.conf.all.disable_ipv6': '1' })

function ipv6On(forwards: boolean, dad: boolean): Values {
  return {
    // Off on a host that was started with ipv6.disable_ipv6=1; labs are the same everywhere.
    'net.ipv6.conf.all.disable_ipv6': '0',
    'net.ipv6.conf.all.forwarding': forwards ? '1' : '0',
    // Only the device's own value counts for these two.
    'net.ipv6.conf.default.accept_ra': '0',
    'net.ipv6.conf.default.accept_redirects': '0',
    // Duplicate address detection (RFC 4862 5.4) runs when either says so; it keeps an address from working for 1-2 s.
    'net.ipv6.conf.all.accept_dad': '0',
    'net.ipv6.conf.default.accept_dad': dad ? '1' : '0',
    'net.ipv6.icmp.ratelimit': '0',
  }
}

/** For programs without capabilities inside the namespace. */
const PROGRAMS: Values = Object.freeze({
  // Who may ping without CAP_NET_RAW. The kernel reads the numbers as groups of the writer's user namespace: that is
  // the server's, where a lab's own groups lie anywhere above `firstUid`. So: every group there is.
  'net.ipv4.ping_group_range': '0 2147483647',
  'net.ipv4.ip_unprivileged_port_start': '0',
})

/** As a hardened machine: answers ARP for the asked device's own addresses only, limits ICMP errors, keeps low ports. */
const STRICT: Values = Object.freeze({
  'net.ipv4.conf.all.arp_ignore': '1',
  'net.ipv4.conf.all.arp_announce': '2',
  'net.ipv4.icmp_ratelimit': '1000',
  'net.ipv4.ip_unprivileged_port_start': '1024',
})

export const SWITCH_SYSCTLS: Values = IPV6_OFF

/** The guarded gateway to the outside: strict on where packets come from, nothing of the host's own reachable. */
export const UPLINK_SYSCTLS: Values = Object.freeze({
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.rp_filter': '1',
  'net.ipv4.conf.default.rp_filter': '1',
  'net.ipv4.conf.all.accept_redirects': '0',
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
  // Packets to 127.0.0.0/8 from a wire; either of the two would do to let them in (CVE-2020-8558).
  'net.ipv4.conf.all.route_localnet': '0',
  'net.ipv4.conf.default.route_localnet': '0',
  ...IPV6_OFF,
})

/** Whether a member speaks IPv6: it has such an address, a route that needs no next hop, or turns IPv6 on by hand. */
export function speaksIpv6({ routes, sysctls }: Member, hasAddress: boolean): boolean {
  const byHand = ['all', 'default'].some((scope) => sysctls.set[`net.ipv6.conf.${scope}.disable_ipv6`] === '0')
  return hasAddress || byHand || routes.some(({ to, target }) => target.kind !== 'via' && to.includes(':'))
}
