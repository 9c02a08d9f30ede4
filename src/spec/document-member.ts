import { z } from 'zod'
import {
  destinationField,
  deviceField,
  interfaceAddressField,
  macField,
  mapping,
  mtuField,
  nameField,
  nextHopField,
} from './document-fields.ts'
import { FirewallShape, NatShape } from './document-filters.ts'
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
