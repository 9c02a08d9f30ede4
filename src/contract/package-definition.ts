import { fileURLToPath } from 'node:url'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'
import { descriptorSet, protoFolder } from './descriptors.ts'

/**
 * Every service of the descriptor set, for grpc-js. Read from the proto files, because the loader makes of a descriptor
 * set other values than of the same files: maps become lists of entries and names stay `snake_case` (protobufjs 7.6). A
 * test holds both against each other. scripts/gen gives the same options to the type generator, so that types and values
 * agree.
 */
export const packageDefinition: PackageDefinition = loadSync(
  descriptorSet.file.filter(({ service }) => service.length > 0).map(({ name }) => name),
  {
    includeDirs: [fileURLToPath(protoFolder)],
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
    oneofs: true,
  },
)
