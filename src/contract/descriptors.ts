import { readFileSync } from 'node:fs'
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf'
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

/**
 * The contract as data: proto/descriptor.binpb, built by scripts/gen. Nothing here knows a message by name, so a method
 * added to the proto is served and translated without a line in this folder.
 */

// Two folders up from src/contract and from dist/contract alike.
/** Folder of the proto files, with a slash at its end. */
export const protoFolder = new URL('../../proto/', import.meta.url)

export const descriptorSet: FileDescriptorSet = fromBinary(
  FileDescriptorSetSchema,
  readFileSync(new URL('descriptor.binpb', protoFolder)),
)

/** For proto3 JSON (gateway) and error details: every message, enum, service and extension by full name. */
export const registry: FileRegistry = createFileRegistry(descriptorSet)
