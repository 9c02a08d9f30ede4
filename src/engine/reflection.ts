import { toBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
} from '@bufbuild/protobuf/wkt'
import type { ServerReflectionDefinition } from '../contract/gen/grpc/reflection/v1/ServerReflection.ts'
import type { ServerReflectionRequest__Output } from '../contract/gen/grpc/reflection/v1/ServerReflectionRequest.ts'
import type { ServerReflectionResponse } from '../contract/gen/grpc/reflection/v1/ServerReflectionResponse.ts'
import { GRPC_CODE } from '../errors.ts'
import { HOUR, type MethodsOf } from './method.ts'

/**
 * Server reflection over the descriptor set as it was built: options and imports are whole, so that clients can resolve
 * every type. v1alpha has the same messages under another name; one value serves both.
 */
export function reflectionMethods(
  set: FileDescriptorSet,
  services: readonly string[],
): MethodsOf<ServerReflectionDefinition> {
  const index = indexFiles(set)
  return {
    ServerReflectionInfo: {
      kind: 'dialogue',
      maxMs: HOUR,
      whenStopping: 'end',
      async handle(request) {
        return { validHost: request.host, originalRequest: request, ...answer(index, services, request) }
      },
    },
  }
}

type Index = {
  readonly byName: ReadonlyMap<string, FileDescriptorProto>
  /** Full name of anything that has one -> its file. */
  readonly bySymbol: ReadonlyMap<string, FileDescriptorProto>
  /** Full name of the extended message -> field number -> file. */
  readonly byExtension: ReadonlyMap<string, ReadonlyMap<number, FileDescriptorProto>>
}

function answer(
  index: Index,
  services: readonly string[],
  request: ServerReflectionRequest__Output,
): ServerReflectionResponse {
  switch (request.messageRequest) {
    case 'fileByFilename':
      return files(index, index.byName.get(request.fileByFilename ?? ''))
    case 'fileContainingSymbol':
      return files(index, index.bySymbol.get(request.fileContainingSymbol ?? ''))
    case 'fileContainingExtension': {
      const { containingType = '', extensionNumber = 0 } = request.fileContainingExtension ?? {}
      return files(index, index.byExtension.get(containingType)?.get(extensionNumber))
    }
    case 'allExtensionNumbersOfType': {
      const baseTypeName = request.allExtensionNumbersOfType ?? ''
      if (!index.bySymbol.has(baseTypeName)) return notFound()
      const extensionNumber = [...(index.byExtension.get(baseTypeName)?.keys() ?? [])]
      return { allExtensionNumbersResponse: { baseTypeName, extensionNumber } }
    }
    case 'listServices':
      return { listServicesResponse: { service: services.map((name) => ({ name })) } }
    case undefined:
      break
  }
  return { errorResponse: { errorCode: GRPC_CODE.INVALID_ARGUMENT, errorMessage: 'no question was asked' } }
}

function files(index: Index, file: FileDescriptorProto | undefined): ServerReflectionResponse {
  if (file === undefined) return notFound()
  const found = [...withImports(index, file)]
  return { fileDescriptorResponse: { fileDescriptorProto: found.map((one) => encode(one)) } }
}

/** The file itself first, then everything it imports, each once: no client has to come back for it. */
function withImports(index: Index, file: FileDescriptorProto, seen = new Set<FileDescriptorProto>()) {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const name of file.dependency) {
    const dependency = index.byName.get(name)
    if (dependency !== undefined) withImports(index, dependency, seen)
  }
  return seen
}

function notFound(): ServerReflectionResponse {
  return { errorResponse: { errorCode: GRPC_CODE.NOT_FOUND, errorMessage: 'not in this contract' } }
}

function encode(file: FileDescriptorProto): Buffer {
  return Buffer.from(toBinary(FileDescriptorProtoSchema, file))
}

function indexFiles(set: FileDescriptorSet): Index {
  const bySymbol = new Map<string, FileDescriptorProto>()
  const byExtension = new Map<string, Map<number, FileDescriptorProto>>()
  for (const file of set.file) {
    const scope = file.package === '' ? '' : `${file.package}.`
    for (const name of symbolsOf(scope, file)) bySymbol.set(name, file)
    for (const extension of extensionsOf(file)) {
      const extended = extension.extendee.replace(/^\./, '')
      const numbers = byExtension.get(extended) ?? new Map<number, FileDescriptorProto>()
      byExtension.set(extended, numbers.set(extension.number, file))
    }
  }
  return { byName: new Map(set.file.map((file) => [file.name, file])), bySymbol, byExtension }
}

function* symbolsOf(scope: string, file: FileDescriptorProto): Generator<string> {
  for (const message of file.messageType) yield* symbolsOfMessage(scope, message)
  for (const type of file.enumType) yield* symbolsOfEnum(scope, type)
  for (const extension of file.extension) yield scope + extension.name
  for (const service of file.service) {
    yield scope + service.name
    for (const method of service.method) yield `${scope}${service.name}.${method.name}`
  }
}

function* symbolsOfMessage(scope: string, message: DescriptorProto): Generator<string> {
  const name = scope + message.name
  yield name
  for (const part of [...message.field, ...message.oneofDecl, ...message.extension]) yield `${name}.${part.name}`
  for (const nested of message.nestedType) yield* symbolsOfMessage(`${name}.`, nested)
  for (const type of message.enumType) yield* symbolsOfEnum(`${name}.`, type)
}

/** Values of an enum stand in the scope around it, as in C++. */
function* symbolsOfEnum(scope: string, type: EnumDescriptorProto): Generator<string> {
  yield scope + type.name
  for (const value of type.value) yield scope + value.name
}

function extensionsOf(of: FileDescriptorProto | DescriptorProto): FieldDescriptorProto[] {
  const nested = of.$typeName === 'google.protobuf.FileDescriptorProto' ? of.messageType : of.nestedType
  return [...of.extension, ...nested.flatMap(extensionsOf)]
}
