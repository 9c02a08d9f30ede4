import { createFileRegistry, type DescMessage, type FileRegistry, fromJson, type JsonValue } from '@bufbuild/protobuf'
import {
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'

const one = 'LABEL_OPTIONAL'
const many = 'LABEL_REPEATED'

const SCALARS =
  'DOUBLE FLOAT INT64 UINT64 INT32 FIXED64 FIXED32 BOOL STRING BYTES UINT32 SFIXED32 SFIXED64 SINT32 SINT64'.split(' ')
const WELL_KNOWN = [
  'Struct',
  'Value',
  'ListValue',
  'Timestamp',
  'Duration',
  'FieldMask',
  'BoolValue',
  'Int64Value',
  'StringValue',
]

/**
 * A message with a field of every type there is, so that what reads messages in general is tested with types that the
 * contract does not use (yet): `doubleOne`, `doubleMany` … `stringOne`; `timestampOne` …; `shade`, `shades`, `inner`,
 * `inners`, `texts` (map), `switches` (map<bool, int32>), and `left` or `right` of a oneof.
 */
const file = {
  name: 'sample.proto',
  package: 'sample',
  syntax: 'proto3',
  dependency: ['struct', 'timestamp', 'duration', 'field_mask', 'wrappers'].map(
    (name) => `google/protobuf/${name}.proto`,
  ),
  enumType: [
    {
      name: 'Shade',
      value: [
        { name: 'SHADE_NONE', number: 0 },
        { name: 'SHADE_DARK', number: 1 },
      ],
    },
  ],
  messageType: [
    { name: 'Inner', field: [{ name: 'deep_name', number: 1, label: one, type: 'TYPE_STRING' }] },
    {
      name: 'Sample',
      oneofDecl: [{ name: 'side' }],
      nestedType: [
        mapEntry('TextsEntry', 'TYPE_STRING', 'TYPE_STRING'),
        mapEntry('SwitchesEntry', 'TYPE_BOOL', 'TYPE_INT32'),
      ],
      field: [
        ...SCALARS.flatMap((type, index) => [
          { name: `${type.toLowerCase()}_one`, number: 100 + index, label: one, type: `TYPE_${type}` },
          { name: `${type.toLowerCase()}_many`, number: 200 + index, label: many, type: `TYPE_${type}` },
        ]),
        ...WELL_KNOWN.map((type, index) => {
          const name = `${type.charAt(0).toLowerCase()}${type.slice(1)}_one`.replaceAll(
            /([A-Z])/g,
            (c) => `_${c.toLowerCase()}`,
          )
          return { name, number: 300 + index, label: one, type: 'TYPE_MESSAGE', typeName: `.google.protobuf.${type}` }
        }),
        { name: 'shade', number: 1, label: one, type: 'TYPE_ENUM', typeName: '.sample.Shade' },
        { name: 'shades', number: 2, label: many, type: 'TYPE_ENUM', typeName: '.sample.Shade' },
        { name: 'inner', number: 3, label: one, type: 'TYPE_MESSAGE', typeName: '.sample.Inner' },
        { name: 'inners', number: 4, label: many, type: 'TYPE_MESSAGE', typeName: '.sample.Inner' },
        { name: 'texts', number: 5, label: many, type: 'TYPE_MESSAGE', typeName: '.sample.Sample.TextsEntry' },
        { name: 'switches', number: 6, label: many, type: 'TYPE_MESSAGE', typeName: '.sample.Sample.SwitchesEntry' },
        { name: 'left', number: 7, label: one, type: 'TYPE_STRING', oneofIndex: 0 },
        { name: 'right', number: 8, label: one, type: 'TYPE_INT32', oneofIndex: 0 },
      ],
    },
  ],
}

function mapEntry(name: string, key: string, value: string) {
  const field = [
    { name: 'key', number: 1, label: one, type: key },
    { name: 'value', number: 2, label: one, type: value },
  ]
  return { name, field, options: { mapEntry: true } }
}

const wellKnown = [
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_wrappers,
]

/** Compilers write the JSON name of each field beside its name. */
const named = {
  ...file,
  messageType: file.messageType.map((message) => ({
    ...message,
    field: message.field.map((field) => ({
      ...field,
      jsonName: field.name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    })),
  })),
}

export const sampleRegistry: FileRegistry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, { file: [named] } as unknown as JsonValue).file[0] ?? fail(),
  (name) => wellKnown.find((known) => `${known.name}.proto` === name),
)

export const sampleMessage: DescMessage = sampleRegistry.getMessage('sample.Sample') ?? fail()

function fail(): never {
  throw new Error('the sample message is not what it should be')
}
