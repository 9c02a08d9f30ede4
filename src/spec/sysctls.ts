/**
 * Settings that a member may have by `sysctls.set`: only keys that belong to the network namespace (a kernel test
 * writes each of them in a namespace and sees the host's own unchanged), exist on every kernel from 5.10 on without
 * special options and in namespaces of a user namespace (net.core.* does not everywhere), are read back as they were
 * written, and cannot make the host log, load modules or hold memory without bound.
 * Meaning of each: Documentation/networking/ip-sysctl.rst of the kernel.
 */
export type SysctlForm =
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly step: number }
  /** Two numbers, the first below the second. */
  | { readonly kind: 'range'; readonly min: number; readonly max: number }
  /** Three numbers, none below the one before it. */
  | { readonly kind: 'triple'; readonly min: number; readonly max: number }

const number = (min: number, max: number, step = 1): SysctlForm => ({ kind: 'number', min, max, step })
const FLAG = number(0, 1)
/** The kernel keeps jiffies; of a tenth of a second it has a whole number whatever its HZ (100, 250, 300, 1000). */
const ICMP_RATE_LIMIT_MS = number(0, 10_000, 100)

/**
 * `forwarding` is missing here: `conf.all.forwarding` is `ip_forward` by another name, and two names for one value
 * could ask for both 0 and 1.
 * Under both `net.ipv4.conf.all.` and `net.ipv4.conf.default.`; `default` is what devices made later begin with. */
const IPV4_DEVICE: Readonly<Record<string, SysctlForm>> = {
  accept_local: FLAG,
  accept_redirects: FLAG,
  accept_source_route: FLAG,
  arp_accept: FLAG,
  arp_announce: number(0, 2),
  arp_filter: FLAG,
  arp_ignore: number(0, 2),
  arp_notify: FLAG,
  disable_policy: FLAG,
  drop_gratuitous_arp: FLAG,
  drop_unicast_in_l2_multicast: FLAG,
  ignore_routes_with_linkdown: FLAG,
  promote_secondaries: FLAG,
  proxy_arp: FLAG,
  proxy_arp_pvlan: FLAG,
  route_localnet: FLAG,
  rp_filter: number(0, 2),
  secure_redirects: FLAG,
  send_redirects: FLAG,
  shared_media: FLAG,
  src_valid_mark: FLAG,
}

/** Under both `net.ipv6.conf.all.` and `net.ipv6.conf.default.`. */
const IPV6_DEVICE: Readonly<Record<string, SysctlForm>> = {
  accept_ra: number(0, 2),
  accept_redirects: FLAG,
  accept_source_route: number(-1, 0),
  autoconf: FLAG,
  dad_transmits: number(0, 5),
  disable_ipv6: FLAG,
  drop_unicast_in_l2_multicast: FLAG,
  drop_unsolicited_na: FLAG,
  forwarding: FLAG,
  hop_limit: number(1, 255),
  ignore_routes_with_linkdown: FLAG,
  keep_addr_on_down: number(-1, 1),
  ndisc_notify: FLAG,
  proxy_ndp: FLAG,
  router_solicitations: number(0, 10),
  use_tempaddr: number(0, 2),
}

const SINGLE: Readonly<Record<string, SysctlForm>> = {
  'net.ipv4.fib_multipath_hash_policy': FLAG,
  'net.ipv4.icmp_echo_ignore_all': FLAG,
  'net.ipv4.icmp_echo_ignore_broadcasts': FLAG,
  'net.ipv4.icmp_errors_use_inbound_ifaddr': FLAG,
  'net.ipv4.icmp_ratelimit': ICMP_RATE_LIMIT_MS,
  'net.ipv4.icmp_ratemask': number(0, 524_287),
  'net.ipv4.igmp_max_memberships': number(1, 1_000),
  'net.ipv4.ip_default_ttl': number(1, 255),
  'net.ipv4.ip_forward': FLAG,
  'net.ipv4.ip_forward_use_pmtu': FLAG,
  'net.ipv4.ip_local_port_range': { kind: 'range', min: 1_024, max: 65_535 },
  'net.ipv4.ip_no_pmtu_disc': number(0, 3),
  'net.ipv4.ip_nonlocal_bind': FLAG,
  'net.ipv4.tcp_abort_on_overflow': FLAG,
  'net.ipv4.tcp_base_mss': number(48, 8_948),
  'net.ipv4.tcp_ecn': number(0, 2),
  'net.ipv4.tcp_early_retrans': number(0, 4),
  'net.ipv4.tcp_fastopen': number(0, 3),
  'net.ipv4.tcp_fin_timeout': number(1, 600),
  'net.ipv4.tcp_keepalive_intvl': number(1, 32_767),
  'net.ipv4.tcp_keepalive_probes': number(1, 127),
  'net.ipv4.tcp_keepalive_time': number(1, 32_767),
  'net.ipv4.tcp_max_syn_backlog': number(1, 65_535),
  'net.ipv4.tcp_moderate_rcvbuf': FLAG,
  'net.ipv4.tcp_mtu_probing': number(0, 2),
  'net.ipv4.tcp_no_metrics_save': FLAG,
  'net.ipv4.tcp_orphan_retries': number(0, 15),
  'net.ipv4.tcp_recovery': number(0, 7),
  'net.ipv4.tcp_reordering': number(1, 300),
  'net.ipv4.tcp_retries1': number(1, 15),
  'net.ipv4.tcp_retries2': number(1, 15),
  'net.ipv4.tcp_rfc1337': FLAG,
  'net.ipv4.tcp_rmem': { kind: 'triple', min: 4_096, max: 16_777_216 },
  'net.ipv4.tcp_sack': FLAG,
  'net.ipv4.tcp_slow_start_after_idle': FLAG,
  'net.ipv4.tcp_syn_retries': number(1, 15),
  'net.ipv4.tcp_synack_retries': number(0, 15),
  'net.ipv4.tcp_syncookies': number(0, 2),
  'net.ipv4.tcp_timestamps': number(0, 2),
  'net.ipv4.tcp_tw_reuse': number(0, 2),
  'net.ipv4.tcp_window_scaling': FLAG,
  'net.ipv4.tcp_wmem': { kind: 'triple', min: 4_096, max: 16_777_216 },
  'net.ipv6.bindv6only': FLAG,
  'net.ipv6.fib_multipath_hash_policy': FLAG,
  'net.ipv6.flowlabel_consistency': FLAG,
  'net.ipv6.icmp.echo_ignore_all': FLAG,
  'net.ipv6.icmp.ratelimit': ICMP_RATE_LIMIT_MS,
  'net.ipv6.ip_nonlocal_bind': FLAG,
}

/** Dotted key to the form of its value, in order of the keys. */
export const ALLOWED_SYSCTLS: ReadonlyMap<string, SysctlForm> = new Map(
  [
    ...Object.entries(SINGLE),
    ...under(IPV4_DEVICE, ['net.ipv4.conf.all', 'net.ipv4.conf.default']),
    ...under(IPV6_DEVICE, ['net.ipv6.conf.all', 'net.ipv6.conf.default']),
  ].sort(([a], [b]) => (a < b ? -1 : 1)),
)

/** The value as the kernel shows it (numbers of a row with single blanks), or undefined when it does not fit `form`. */
export function readSysctl(form: SysctlForm, value: string | number): string | undefined {
  const texts = String(value)
    .trim()
    .split(/[ \t]+/)
  if (texts.length !== COUNT[form.kind] || !texts.every((text) => /^(0|-?[1-9][0-9]{0,9})$/.test(text)))
    return undefined
  const numbers = texts.map(Number)
  if (!numbers.every((one) => one >= form.min && one <= form.max)) return undefined
  const [first = 0, second = 0, third = 0] = numbers
  if (form.kind === 'number' && first % form.step !== 0) return undefined
  if (form.kind === 'range' && first >= second) return undefined
  if (form.kind === 'triple' && (first > second || second > third)) return undefined
  return texts.join(' ')
}

const COUNT = { number: 1, range: 2, triple: 3 } as const satisfies Record<SysctlForm['kind'], number>

/** The form in words. */
export function describeSysctl(form: SysctlForm): string {
  const { kind, min, max } = form
  if (kind === 'number')
    return `a whole number from ${min} to ${max}${form.step === 1 ? '' : `, in steps of ${form.step}`}`
  if (kind === 'range') return `two whole numbers from ${min} to ${max}, the first below the second`
  return `three whole numbers from ${min} to ${max}, none below the one before it`
}

function under(forms: Readonly<Record<string, SysctlForm>>, prefixes: readonly string[]): [string, SysctlForm][] {
  return prefixes.flatMap((prefix) =>
    Object.entries(forms).map(([key, form]): [string, SysctlForm] => [`${prefix}.${key}`, form]),
  )
}
