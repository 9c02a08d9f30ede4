import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { release } from 'node:os'
import type { NftAction, NftChain, NftMatch, NftTableObject } from '../plan/objects.ts'
import * as sys from './ffi.ts'
import type { KernelFeature } from './kernel.ts'
import { KernelError, Refused, refusalOf } from './kernel-error.ts'
import { reapSleepers, tryUserNamespace } from './make-namespace.ts'
import { inFreshNamespace } from './namespace.ts'
import { DumpSocket, dumpRequest } from './netlink/dump.ts'
import { eachAttribute, NLM_F_CREATE, NLM_F_EXCL } from './netlink/message.ts'
import {
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  linkHeader,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_NEWQDISC,
} from './netlink/rtnetlink.ts'
import { NETLINK_NETFILTER, NetlinkSocket } from './netlink/socket.ts'
import { loadNftTable } from './nft.ts'

const IFLA_LINK = 5
const IFLA_BR_VLAN_PROTOCOL = 8
const TCA_KIND = 1
const TC_H_ROOT = 0xffffffff
const CTNETLINK_GET = (1 << 8) | 1
const EOPNOTSUPP = 95
const SCRATCH_UID = 4_294_836_224

/** What a probe stands in: a scratch namespace that holds the veth pair `a` and `veth0` and is dropped afterwards. */
type Scratch = { readonly socket: NetlinkSocket }
const A_INDEX = 16

type Probe = { readonly name: string; readonly module?: string; readonly run: (scratch: Scratch) => void }

/**
 * Where a `module` is named and not loaded yet, that it lies on the disk is answer enough. Trying would load it, for labs that
 * may never ask; and some put devices into every namespace, the host's too (fallback tunnels, `dummy0`, `ifb0`).
 */
const PROBES: readonly Probe[] = [
  { name: 'user-namespaces', run: () => tryUserNamespace(SCRATCH_UID) },
  { name: 'bridge', run: (scratch) => addDevice(scratch, 'bridge') },
  { name: 'veth', run: (scratch) => addDevice(scratch, 'veth') },
  { name: 'bridge-vlan-filtering', run: (scratch) => findVlanFiltering(scratch) },
  { name: 'br-netfilter', run: () => needFile('/proc/sys/net/bridge/bridge-nf-call-iptables') },
  { name: 'ipv6', run: () => needFile('/proc/sys/net/ipv6/conf/all/disable_ipv6') },
  { name: 'vlan', module: '8021q', run: (scratch) => addDevice(scratch, 'vlan', A_INDEX) },
  { name: 'vxlan', module: 'vxlan', run: (scratch) => addDevice(scratch, 'vxlan') },
  { name: 'macvlan', module: 'macvlan', run: (scratch) => addDevice(scratch, 'macvlan', A_INDEX) },
  { name: 'ipvlan', module: 'ipvlan', run: (scratch) => addDevice(scratch, 'ipvlan', A_INDEX) },
  { name: 'vrf', module: 'vrf', run: (scratch) => addDevice(scratch, 'vrf') },
  { name: 'wireguard', module: 'wireguard', run: (scratch) => addDevice(scratch, 'wireguard') },
  { name: 'geneve', module: 'geneve', run: (scratch) => addDevice(scratch, 'geneve') },
  { name: 'dummy', module: 'dummy', run: (scratch) => addDevice(scratch, 'dummy') },
  { name: 'ifb', module: 'ifb', run: (scratch) => addDevice(scratch, 'ifb') },
  { name: 'gre', module: 'ip_gre', run: (scratch) => addDevice(scratch, 'gre') },
  { name: 'ipip', module: 'ipip', run: (scratch) => addDevice(scratch, 'ipip') },
  { name: 'sit', module: 'sit', run: (scratch) => addDevice(scratch, 'sit') },
  { name: 'tun', run: () => needFile('/dev/net/tun') },
  { name: 'netem', run: (scratch) => addQdisc(scratch, 'netem') },
  { name: 'tbf', module: 'sch_tbf', run: (scratch) => addQdisc(scratch, 'tbf') },
  { name: 'htb', module: 'sch_htb', run: (scratch) => addQdisc(scratch, 'htb') },
  { name: 'fq-codel', module: 'sch_fq_codel', run: (scratch) => addQdisc(scratch, 'fq_codel') },
  {
    name: 'nft-filter',
    run: () => loadRules('inet', FILTER, [{ kind: 'protocol', protocol: 'tcp' }], { kind: 'drop' }),
  },
  { name: 'nft-nat', run: () => loadRules('ip', NAT, [], { kind: 'masquerade' }) },
  { name: 'nft-nat6', run: () => loadRules('ip6', NAT, [], { kind: 'masquerade' }) },
  { name: 'nft-reject', run: () => loadRules('inet', FILTER, [], { kind: 'reject' }) },
  {
    name: 'nft-conntrack',
    run: () => loadRules('inet', FILTER, [{ kind: 'state', states: ['established'] }], { kind: 'accept' }),
  },
  { name: 'nft-netdev-ingress', run: () => loadRules('netdev', INGRESS, [], { kind: 'accept' }) },
  { name: 'conntrack', run: listConntrack },
]

const FILTER: NftChain['hook'] = { type: 'filter', hook: 'input', priority: 0, policy: 'accept' }
const NAT: NftChain['hook'] = { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' }
const INGRESS: NftChain['hook'] = { type: 'filter', hook: 'ingress', priority: 0, policy: 'accept', device: 'a' }

/** See Kernel.features. Each probe has a scratch namespace of its own, so that none sees what another left: 2 ms each. */
export function probeFeatures(): readonly KernelFeature[] {
  const features = PROBES.map(probeFeature)
  reapSleepers()
  return [libnftables(), ...features]
}

function probeFeature({ name, module, run }: Probe): KernelFeature {
  if (module !== undefined && !existsSync(`/sys/module/${module}`) && isOnDisk(module)) {
    return { name, available: true, detail: `module ${module}, not loaded` }
  }
  try {
    inScratch(run)
    return { name, available: true, detail: '' }
  } catch (error) {
    if (!(error instanceof KernelError || error instanceof Refused)) throw error
    return { name, available: false, detail: error.message }
  }
}

function inScratch(run: Probe['run']): void {
  inFreshNamespace(() => {
    const socket = new NetlinkSocket()
    try {
      socket.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 'scratch veth', (message) => {
        linkHeader(message, { index: A_INDEX }).text(IFLA_IFNAME, 'a')
        message.nest(IFLA_LINKINFO, () => message.text(IFLA_INFO_KIND, 'veth'))
      })
      run({ socket })
    } finally {
      socket.close()
    }
  })
}

/** Without the parameters that some kinds need: a kind that asks for them is there. */
function addDevice({ socket }: Scratch, kind: string, link?: number): void {
  unlessMerelyIncomplete(() =>
    socket.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, `device of kind ${kind}`, (message) => {
      linkHeader(message, {}).text(IFLA_IFNAME, 'probe')
      if (link !== undefined) message.u32(IFLA_LINK, link)
      message.nest(IFLA_LINKINFO, () => message.text(IFLA_INFO_KIND, kind))
    }),
  )
}

function addQdisc({ socket }: Scratch, kind: string): void {
  unlessMerelyIncomplete(() =>
    socket.request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, `qdisc ${kind}`, (message) => {
      message.header([4, 0], [4, A_INDEX], [4, 0], [4, TC_H_ROOT], [4, 0]).text(TCA_KIND, kind)
    }),
  )
}

function unlessMerelyIncomplete(attempt: () => void): void {
  try {
    attempt()
  } catch (error) {
    const absent = refusalOf(error) === 'unsupported' || (error instanceof KernelError && error.code === 'ENOENT')
    if (absent || !(error instanceof KernelError)) throw error
  }
}

/** The kernel ignores the setting where it was built without; but then it does not tell which VLAN protocol it filters. */
function findVlanFiltering(scratch: Scratch): void {
  addDevice(scratch, 'bridge')
  let told = false
  scratch.socket.request(
    RTM_GETLINK,
    0,
    'RTM_GETLINK',
    (message) => linkHeader(message, {}).text(IFLA_IFNAME, 'probe'),
    ({ bytes, start, end }) =>
      eachAttribute(bytes, start + 16, end, (outer, from, to) => {
        if (outer !== IFLA_LINKINFO) return
        eachAttribute(bytes, from, to, (info, at, until) => {
          if (info !== IFLA_INFO_DATA) return
          eachAttribute(bytes, at, until, (type) => {
            if (type === IFLA_BR_VLAN_PROTOCOL) told = true
          })
        })
      }),
  )
  if (!told) throw new KernelError(EOPNOTSUPP, 'bridge vlan_filtering')
}

function loadRules(
  family: NftTableObject['family'],
  hook: NftChain['hook'],
  match: NftMatch[],
  action: NftAction,
): void {
  const chain = { name: 'probe', ...(hook !== undefined && { hook }), rules: [{ origin: 'probe', match, action }] }
  const table: NftTableObject = { kind: 'nft-table', namespace: 'probe', family, name: 'probe', chains: [chain] }
  const outcome = loadNftTable(table)
  if (!outcome.ok) throw new Refused(outcome.refusal, outcome.detail)
}

function listConntrack(): void {
  const socket = new DumpSocket(NETLINK_NETFILTER)
  try {
    const request = dumpRequest(CTNETLINK_GET, (message) => message.header([4, 0]))
    socket.dump(
      request,
      1,
      () => {},
      () => {},
    )
  } finally {
    socket.close()
  }
}

function needFile(path: string): void {
  if (!existsSync(path)) throw new KernelError(EOPNOTSUPP, path, 'no such file')
}

/** `detail` is the library's file, whose name ends in its version. */
function libnftables(): KernelFeature {
  try {
    sys.loadNftables()
  } catch (error) {
    return { name: 'libnftables', available: false, detail: error instanceof Error ? error.message : String(error) }
  }
  const path = / (\/\S*libnftables\.so\S*)$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[1]
  return {
    name: 'libnftables',
    available: true,
    detail: path === undefined ? '' : (realpathSync(path).split('/').pop() ?? ''),
  }
}

/** Modules may be listed with - or _, and be compressed. */
function isOnDisk(module: string): boolean {
  const file = new RegExp(`/${module.replaceAll('_', '[-_]')}\\.ko(\\.[a-z0-9]+)?:`)
  try {
    return file.test(readFileSync(`/lib/modules/${release()}/modules.dep`, 'utf8'))
  } catch {
    return false
  }
}
