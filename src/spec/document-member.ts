import { z } from 'zod'
import {
  addressField,
  blockField,
  destinationField,
  deviceField,
  forwardTargetField,
  interfaceAddressField,
  macField,
  mapping,
  mtuField,
  nameField,
  nextHopField,
  oneOrMany,
  portsField,
} from './document-fields.ts'
import { ALLOWED_SYSCTLS } from './sysctls.ts'

/** Shapes of hosts and routers as users write them. What fields mean together is checked by the rules. */

export const InterfaceShape = z
  .strictObject({
    name: deviceField({ description: 'Name of the device, unique in its member.', examples: ['eth0', 'wan0'] }),
    link: nameField({
      description: 'The switch or link it is plugged into. May be left out where an end of a link names it.',
      examples: ['lan'],
    }).optional(),
    address: interfaceAddressField({
      description: 'Its one address with prefix length. Left out: one from each subnet of the switch or link.',
      examples: ['192.0.2.10/24', '2001:db8::a/64'],
    }).optional(),
    addresses: z
      .array(interfaceAddressField({ description: 'An address with prefix length.', examples: ['192.0.2.10/24'] }))
      .optional()
      .meta({ description: 'Several addresses, instead of `address`; an empty list means none at all.' }),
    mac: macField({
      description: 'Hardware address. Left out: made from the first IPv4 address, else from the name.',
      examples: ['02:00:00:00:00:0a'],
    }).optional(),
    mtu: mtuField('Largest packet in bytes. Left out: that of the switch or link.').optional(),
    dad: z.boolean().optional().meta({
      description: 'Duplicate address detection of IPv6 (RFC 4862); an address then works only after 1 to 2 seconds.',
      default: false,
    }),
  })
  .meta({ id: 'Interface', description: 'A network interface of a host or router.' })

export const RouteShape = z
  .strictObject({
    to: destinationField({
      description: 'Destination; 0.0.0.0/0 and ::/0 are default routes.',
      examples: ['10.0.0.0/8', '::/0'],
    }),
    via: nextHopField({
      description: 'Next hop: an address, or the name of a member on a shared link.',
      examples: ['edge', '192.0.2.1'],
    }).optional(),
    interface: deviceField({
      description: "One of the member's own interfaces: the destination is on its link.",
      examples: ['eth1'],
    }).optional(),
    type: z
      .enum(['blackhole', 'unreachable', 'prohibit'])
      .optional()
      .meta({ description: 'Packets are dropped in silence, or refused with an ICMP error.' }),
    metric: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .optional()
      .meta({ description: 'The lower wins among routes to one destination.', examples: [5] }),
  })
  .meta({ id: 'Route', description: 'A static route: exactly one of via, interface and type.' })

export const SysctlsShape = z
  .strictObject({
    profile: z
      .enum(['host', 'router', 'strict'])
      .optional()
      .meta({ description: 'What is set as a whole. Left out: host for hosts, router for routers.' }),
    set: mapping(
      z.union([z.string(), z.int()]),
      { enum: [...ALLOWED_SYSCTLS.keys()] },
      { description: 'Single settings on top of the profile.', examples: [{ 'net.ipv4.ip_default_ttl': 32 }] },
    ).optional(),
  })
  .meta({ id: 'Sysctls', description: 'Kernel settings of the member.' })

const verdict = (description: string) => z.enum(['allow', 'deny']).optional().meta({ description, default: 'allow' })
const blocks = (description: string) =>
  oneOrMany(blockField({ description: 'An address or block.', examples: ['192.0.2.0/24'] }), 64, {
    description,
  }).optional()
const ports = (description: string) =>
  z
    .union([
      portsField({ description: 'A port or range.' }),
      z.array(portsField({ description: 'A port or range.' })).max(32),
    ])
    .optional()
    .meta({ description, examples: [[80, '8000-8010']] })
const STATES = ['new', 'established', 'related', 'invalid'] as const

export const FirewallRuleShape = z
  .strictObject({
    action: z
      .enum(['allow', 'deny', 'reject'])
      .meta({ description: '`deny` drops in silence, `reject` answers with a TCP reset or an ICMP error.' }),
    direction: z
      .enum(['in', 'out', 'forward'])
      .meta({ description: 'Packets to this member, from this member, or through it.' }),
    protocol: z.enum(['tcp', 'udp', 'icmp', 'icmpv6']).optional().meta({ description: 'Left out: any.' }),
    ports: ports('Destination ports; needs protocol tcp or udp.'),
    sourcePorts: ports('Source ports; needs protocol tcp or udp.'),
    from: blocks('Source addresses. Left out: any.'),
    to: blocks('Destination addresses. Left out: any.'),
    state: oneOrMany(z.enum(STATES), STATES.length, {
      description: 'Connection state. Left out: any.',
      examples: ['new', ['established', 'related']],
    }).optional(),
    inInterface: deviceField({
      description: 'Interface the packet came in by; for `in` and `forward`.',
      examples: ['lan0'],
    }).optional(),
    outInterface: deviceField({
      description: 'Interface the packet leaves by; for `out` and `forward`.',
      examples: ['wan0'],
    }).optional(),
  })
  .meta({ id: 'FirewallRule', description: 'One rule; every condition it names must fit.' })

export const FirewallShape = z
  .strictObject({
    defaults: z
      .strictObject({
        in: verdict('For packets to this member.'),
        out: verdict('For packets from this member.'),
        forward: verdict('For packets through this member.'),
      })
      .optional()
      .meta({ description: 'What happens to packets that no rule decides.' }),
    rules: z.array(FirewallRuleShape).optional().meta({ description: 'In order: the first rule that fits decides.' }),
  })
  .meta({ id: 'Firewall', description: 'Packet filter of a member.' })

const source = () =>
  blockField({
    description: 'Only packets from here. Left out: all that leave by `out`.',
    examples: ['192.0.2.0/24'],
  }).optional()
const ownInterface = (description: string) => deviceField({ description, examples: ['wan0'] })

export const NatShape = z
  .strictObject({
    masquerade: z
      .array(
        z
          .strictObject({ out: ownInterface('Interface the packets leave by.'), source: source() })
          .meta({ id: 'Masquerade' }),
      )
      .optional()
      .meta({ description: "Leaving packets get the interface's own address as their source." }),
    snat: z
      .array(
        z
          .strictObject({
            out: ownInterface('Interface the packets leave by.'),
            source: source(),
            to: addressField({ description: 'The source address they get.', examples: ['203.0.113.7'] }),
          })
          .meta({ id: 'Snat' }),
      )
      .optional()
      .meta({ description: 'Leaving packets get this address as their source.' }),
    forward: z
      .array(
        z
          .strictObject({
            in: ownInterface('Interface the packets come in by.'),
            protocol: z.enum(['tcp', 'udp']).optional().meta({ description: 'Protocol.', default: 'tcp' }),
            destination: addressField({
              description: 'Only packets to this address. Left out: to any address of the router.',
              examples: ['203.0.113.2'],
            }).optional(),
            port: portsField({ description: 'The port or range that is forwarded.', examples: [8080, '8000-8010'] }),
            to: forwardTargetField({
              description: 'Where to: an address or member, with a port or without (then the port stays as it is).',
              examples: ['192.0.2.10:80', '[2001:db8::a]:80', 'web:80', 'web'],
            }),
          })
          .meta({ id: 'Forward' }),
      )
      .optional()
      .meta({ description: 'Port forwarding (DNAT) to somebody behind the router.' }),
    oneToOne: z
      .array(
        z
          .strictObject({
            on: ownInterface('Interface on which `outside` is answered for.'),
            outside: addressField({ description: 'The address the world sees.', examples: ['203.0.113.20'] }),
            inside: addressField({ description: 'The address behind the router.', examples: ['192.0.2.20'] }),
          })
          .meta({ id: 'OneToOne' }),
      )
      .optional()
      .meta({ description: 'One outside address stands for one inside address, both ways.' }),
  })
  .meta({ id: 'Nat', description: 'Address translation of a router (RFC 3022).' })

const memberFields = {
  name: nameField({ description: 'Unique in the lab.', examples: ['web'] }),
  link: nameField({
    description: 'Short form: one interface eth0 on this switch or link. Instead of `interfaces`.',
    examples: ['lan'],
  }).optional(),
  address: interfaceAddressField({
    description: 'With `link`: the address of eth0. Left out: one from each subnet of the switch or link.',
    examples: ['192.0.2.10/24'],
  }).optional(),
  interfaces: z.array(InterfaceShape).optional().meta({ description: 'Its interfaces, in order.' }),
  gateway: nextHopField({
    description: 'Default route: an address, or a member on a shared link (then for each family that both have).',
    examples: ['edge', '192.0.2.1'],
  }).optional(),
  gateways: z
    .array(nextHopField({ description: 'A next hop.', examples: ['2001:db8::1'] }))
    .max(4)
    .optional()
    .meta({ description: 'Default routes, instead of `gateway`: at most one for each family.' }),
  routes: z.array(RouteShape).optional().meta({ description: 'Static routes.' }),
  sysctls: SysctlsShape.optional(),
  firewall: FirewallShape.optional(),
}

export const HostShape = z
  .strictObject(memberFields)
  .meta({ id: 'Host', description: 'A machine that does not forward.' })

export const RouterShape = z
  .strictObject({ ...memberFields, nat: NatShape.optional() })
  .meta({ id: 'Router', description: 'A machine that forwards.' })

export type MemberDocument = z.infer<typeof RouterShape>
export type InterfaceDocument = z.infer<typeof InterfaceShape>
export type RouteDocument = z.infer<typeof RouteShape>
export type NatDocument = z.infer<typeof NatShape>
export type FirewallDocument = z.infer<typeof FirewallShape>
