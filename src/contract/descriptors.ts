import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf'
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'

/**
 * The contract as data: proto/descriptor.binpb, built by scripts/gen. Nothing here knows a message by name, so a method
 * added to the proto is served and translated without a line in this folder.
 */

// Two folders up from src/contract and from dist/contract alike.
const folder = new URL('../../proto/', import.meta.url)

export const descriptorSet: FileDescriptorSet = fromBinary(
  FileDescriptorSetSchema,
  readFileSync(new URL('descriptor.binpb', folder)),
)

/** For proto3 JSON (gateway) and error details: every message, enum, service and extension by full name. */
export const registry: FileRegistry = createFileRegistry(descriptorSet)

/**
 * For grpc-js: every service of the set. Read from the proto files, because the loader makes of a descriptor set other
 * values than of the same files: maps become lists of entries and names stay `snake_case` (protobufjs 7.6). A test holds
 * both against each other. scripts/gen gives the same options to the type generator, so that types and values agree.
 */
export const packageDefinition: PackageDefinition = loadSync(
  descriptorSet.file.filter(({ service }) => service.length > 0).map(({ name }) => name),
  {
    includeDirs: [fileURLToPath(folder)],
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
    oneofs: true,
  },
)
