import { z } from 'zod'
import {
  blockField,
  endField,
  interfaceAddressField,
  mapping,
  mtuField,
  nameField,
  oneOrMany,
  quantityField,
  subnetField,
} from './document-fields.ts'
import { HostShape, RouterShape } from './document-member.ts'

/** The document as users write it, in YAML or as data. `parseSpec` turns it into a LabSpec. */

const subnet = () =>
  oneOrMany(subnetField({ description: 'A subnet.', examples: ['192.0.2.0/24'] }), 2, {
    description: 'Subnets from which interfaces without an address get one: at most one IPv4 and one IPv6.',
    examples: ['192.0.2.0/24', ['192.0.2.0/24', '2001:db8::/64']],
  }).optional()
const mtu = () => mtuField('Largest packet in bytes. Left out: `defaults.mtu`.').optional()

const SwitchShape = z
  .strictObject({
    name: nameField({ description: 'Unique in the lab.', examples: ['lan'] }),
    subnet: subnet(),
    mtu: mtu(),
    stp: z
      .boolean()
      .optional()
      .meta({ description: 'Spanning tree; ports then forward only after 30 seconds.', default: false }),
  })
  .meta({ id: 'Switch', description: 'An Ethernet switch: a Linux bridge of its own, with at most 1,023 ports.' })

const LinkShape = z
  .strictObject({
    name: nameField({ description: 'Unique in the lab.', examples: ['wan'] }),
    ends: z
      .array(endField({ description: 'An end, as member:interface.', examples: ['edge:wan0'] }))
      .length(2)
      .optional()
      .meta({
        description:
          'Its two ends; an interface that its member does not list is added. Left out: the two interfaces whose `link` names it.',
      }),
    subnet: subnet(),
    mtu: mtu(),
    delay: quantityField('delay', 'Added to every packet, each way (us, ms or s).').optional(),
    jitter: quantityField('jitter', 'How much the delay varies; needs `delay` and is not more.').optional(),
    loss: quantityField('loss', 'Packets lost at random, each way.').optional(),
    rate: quantityField('rate', 'Bandwidth, each way (kbit, mbit or gbit per second).').optional(),
  })
  .meta({ id: 'Link', description: 'A cable between two interfaces of two members.' })

const UplinkShape = z
  .strictObject({
    name: nameField({ description: 'Unique in the lab.', examples: ['internet'] }),
    link: nameField({ description: 'The switch it stands on.', examples: ['lan'] }),
    address: z
      .union([
        z.literal('auto'),
        interfaceAddressField({ description: 'An IPv4 address with prefix length.', examples: ['192.0.2.254/24'] }),
      ])
      .optional()
      .meta({
        description:
          "The gateway's IPv4 address on that switch. Left out or `auto`: one from the subnet of the switch.",
        default: 'auto',
        examples: ['192.0.2.254/24', 'auto'],
      }),
    allow: z
      .array(blockField({ description: 'An IPv4 address or block.', examples: ['198.51.100.0/24'] }))
      .max(64)
      .optional()
      .meta({ description: 'Destinations that may be reached. Empty: all but the addresses that are always denied.' }),
  })
  .meta({ id: 'Uplink', description: 'A guarded way to the outside, only where the operator allows it.' })

const LABEL_KEY = '^[a-z][a-z0-9._/-]{0,62}$'

export const DocumentShape = z
  .strictObject({
    name: nameField({
      description: 'Name of the lab; a request can give another one.',
      examples: ['two-nodes'],
    }).optional(),
    description: z
      .string()
      .max(2000)
      .optional()
      .meta({ description: 'For people.', examples: ['Two hosts on one cable.'] }),
    labels: mapping(
      z
        .string()
        .max(63)
        .regex(/^[A-Za-z0-9._@:/+-]*$/),
      { pattern: LABEL_KEY },
      {
        description: 'Words to find labs by.',
        examples: [{ course: 'net1' }],
      },
    ).optional(),
    defaults: z
      .strictObject({ mtu: mtuField('MTU of every switch and link that names none; 1500 where left out.').optional() })
      .optional()
      .meta({ description: 'What holds where nothing else is said.' }),
    switches: z.array(SwitchShape).optional().meta({ description: 'Ethernet switches.' }),
    hosts: z.array(HostShape).optional().meta({ description: 'Machines that do not forward.' }),
    routers: z.array(RouterShape).optional().meta({ description: 'Machines that forward.' }),
    links: z.array(LinkShape).optional().meta({ description: 'Cables between two interfaces.' }),
    uplinks: z.array(UplinkShape).optional().meta({ description: 'Ways to the outside.' }),
  })
  .meta({ title: 'netns-lab spec', description: 'A network lab: machines, switches and cables.' })

export type LabDocument = z.infer<typeof DocumentShape>
export type SwitchDocument = z.infer<typeof SwitchShape>
export type LinkDocument = z.infer<typeof LinkShape>

export const LABEL_KEY_PATTERN = new RegExp(LABEL_KEY)
