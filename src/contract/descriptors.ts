import { readFileSync } from 'node:fs'
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf'
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { loadFileDescriptorSetFromBuffer, type PackageDefinition } from '@grpc/proto-loader'

/**
 * The contract as data: proto/descriptor.binpb, built by scripts/gen. Nothing here knows a message by name, so a method
 * added to the proto is served and translated without a line in this folder.
 */

// Two folders up from src/contract and from dist/contract alike.
const bytes = readFileSync(new URL('../../proto/descriptor.binpb', import.meta.url))

export const descriptorSet: FileDescriptorSet = fromBinary(FileDescriptorSetSchema, bytes)

/** For proto3 JSON (gateway) and error details: every message, enum, service and extension by full name. */
export const registry: FileRegistry = createFileRegistry(descriptorSet)

/** For grpc-js. scripts/gen gives the same options to the type generator, so that types and values agree. */
export const packageDefinition: PackageDefinition = loadFileDescriptorSetFromBuffer(bytes, {
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
})
