import { nftText } from './nft-text.ts'
import type { KernelObject, NftTableObject, ObjectKind, ObjectOf, RouteObject, VethEnd } from './objects.ts'
import { HOST_NAMESPACE } from './objects.ts'
import { type SysctlLists, word } from './script-words.ts'

/** Shell lines that create one object, with the options that the server's own messages carry. */
export function commandsOf(object: KernelObject, lists: SysctlLists): readonly string[] {
  // Each kind is paired with its own function; the compiler cannot follow that through one index.
  const write = COMMANDS[object.kind] as (object: KernelObject, lists: SysctlLists) => readonly string[]
  return write(object, lists)
}

type Writer<K extends ObjectKind> = (object: ObjectOf<K>, lists: SysctlLists) => readonly string[]

const COMMANDS: { readonly [K in ObjectKind]: Writer<K> } = {
  namespace: ({ name }) => [`ip netns add ${word(name)}`],
  sysctls: ({ namespace, values }, lists) => [`${run(namespace)}sysctl -q -w "\${${lists.nameOf(values)}[@]}"`],
  loopback: ({ namespace }) => [`${ip(namespace)} link set lo up`],
  bridge: ({ namespace, device, index, mac, mtuBytes, stp }) => [
    `${ip(namespace)} link add ${word(device)} index ${index} address ${word(mac)} mtu ${mtuBytes} up type bridge ` +
      `${stp ? 'stp_state 1' : 'stp_state 0 forward_delay 0'} mcast_snooping 0`,
  ],
  // The host's own namespace has no name; that of the running shell ($$) is it.
  veth: ({ ends: [near, far], mtuBytes }) => [
    `${ip(near.namespace)} link add ${endText(near, mtuBytes)}${near.bridge === undefined ? '' : ` master ${word(near.bridge)}`} up ` +
      `type veth peer ${endText(far, mtuBytes)} netns ${far.namespace === HOST_NAMESPACE ? '$$' : word(far.namespace)}`,
    // The far end cannot be made up: raised at once, it finds its own half not there yet.
    `${ip(far.namespace)} link set ${word(far.device)}${far.bridge === undefined ? '' : ` master ${word(far.bridge)}`} up`,
  ],
  address: ({ namespace, device, address, dad }) => {
    const nodad = address.includes(':') && !dad ? ' nodad' : ''
    return [`${ip(namespace)} address add ${word(address)} dev ${word(device)}${nodad}`]
  },
  route: (route) => [`${ip(route.namespace)}${route.to.includes(':') ? ' -6' : ''} route add ${routeText(route)}`],
  netem: ({ namespace, device, delayMs, jitterMs, lossPercent, rateKbit }) => {
    const delay = delayMs + jitterMs === 0 ? '' : ` delay ${delayMs}ms${jitterMs === 0 ? '' : ` ${jitterMs}ms`}`
    const loss = lossPercent === 0 ? '' : ` loss ${lossPercent}%`
    const rate = rateKbit === 0 ? '' : ` rate ${rateKbit}kbit`
    const tc = namespace === HOST_NAMESPACE ? 'tc' : `tc -n ${word(namespace)}`
    return [`${tc} qdisc add dev ${word(device)} root netem${delay}${loss}${rate}`]
  },
  'nft-table': (table) => nftCommand(table),
}

/** Read from a quoted here-document: the shell looks at nothing in it. */
function nftCommand(table: NftTableObject): readonly string[] {
  return [`${run(table.namespace)}nft -f - <<'NFT'`, ...nftText(table).trimEnd().split('\n'), 'NFT']
}

/** In an end of the host the kernel chooses the index. */
function endText({ device, index, mac, mtuBytes }: VethEnd, common: number): string {
  const at = index === 0 ? '' : ` index ${index}`
  return `name ${word(device)}${at} address ${word(mac)} mtu ${mtuBytes ?? common}`
}

function routeText({ to, target, metric }: RouteObject): string {
  const cost = metric === 0 ? '' : ` metric ${metric}`
  switch (target.kind) {
    case 'via': {
      // RFC 8950: an IPv4 route over an IPv6 next hop.
      const family = !to.includes(':') && target.address.includes(':') ? 'inet6 ' : ''
      return `${word(to)} via ${family}${word(target.address)} dev ${word(target.device)}${cost}`
    }
    case 'device':
      return `${word(to)} dev ${word(target.device)}${cost}`
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return `${target.kind} ${word(to)}${cost}`
  }
}

function ip(namespace: string): string {
  return namespace === HOST_NAMESPACE ? 'ip' : `ip -n ${word(namespace)}`
}

function run(namespace: string): string {
  return namespace === HOST_NAMESPACE ? '' : `ip netns exec ${word(namespace)} `
}
