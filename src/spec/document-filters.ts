import { z } from 'zod'
import { addressField, blockField, deviceField, forwardTargetField, oneOrMany, portsField } from './document-fields.ts'

/** Shapes of packet filters and address translation as users write them. */

const verdict = (description: string) => z.enum(['allow', 'deny']).optional().meta({ description, default: 'allow' })
const blocks = (description: string) =>
  oneOrMany(blockField({ description: 'An address or block.', examples: ['192.0.2.0/24'] }), 64, {
    description,
    examples: ['192.0.2.0/24', ['10.0.0.0/8', '2001:db8::/32']],
  }).optional()
const ports = (description: string) =>
  oneOrMany(portsField({ description: 'A port or range.', examples: [80, '8000-8010'] }), 32, {
    description,
    examples: [22, [80, '8000-8010']],
  }).optional()
const STATES = ['new', 'established', 'related', 'invalid'] as const

const FirewallRuleShape = z
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

export type NatDocument = z.infer<typeof NatShape>
export type FirewallDocument = z.infer<typeof FirewallShape>
