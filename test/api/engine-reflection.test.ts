import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { descriptorSet } from '../../src/contract/descriptors.ts'
import { fakeLabs } from '../support/fake-labs.ts'
import { definitionOf, metadataFrom, startTestEngine, type TestEngine } from '../support/test-engine.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await startTestEngine(fakeLabs())
})
afterAll(() => engine.stop())

type Answer = {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: Buffer[] }
  readonly allExtensionNumbersResponse?: object
  readonly listServicesResponse?: { readonly service: { readonly name: string }[] }
  readonly errorResponse?: { readonly errorCode: number }
}

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  /** Puts all questions on one stream and collects an answer to each. */
  async function ask(...questions: object[]): Promise<Answer[]> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(
      `grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    )
    const call = engine.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadataFrom(), {})
    for (const question of questions) call.write(question)
    call.end()
    const answers: Answer[] = []
    for await (const answer of call) answers.push(answer)
    return answers
  }
  const namesIn = (answer: Answer | undefined) =>
    answer?.fileDescriptorResponse?.fileDescriptorProto.map(
      (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
    )

  test('lists the services that are served', async () => {
    const [answer] = await ask({ listServices: '*' })

    expect(answer?.listServicesResponse?.service.map(({ name }) => name)).toEqual([
      'netnslab.v1.LabService',
      'netnslab.v1.HostService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ])
  })

  test.each([
    { story: 'a service', symbol: 'netnslab.v1.LabService', file: 'netnslab/v1/lab_service.proto' },
    { story: 'a method', symbol: 'netnslab.v1.LabService.Ping', file: 'netnslab/v1/lab_service.proto' },
    { story: 'a message', symbol: 'netnslab.v1.PingReply', file: 'netnslab/v1/ping.proto' },
    { story: 'a field', symbol: 'netnslab.v1.PingReply.ttl', file: 'netnslab/v1/ping.proto' },
    { story: 'an enum value', symbol: 'netnslab.v1.LAB_STATE_READY', file: 'netnslab/v1/lab.proto' },
    {
      story: 'a nested message',
      symbol: 'google.rpc.BadRequest.FieldViolation',
      file: 'google/rpc/error_details.proto',
    },
    { story: 'an extension', symbol: 'netnslab.v1.rest', file: 'netnslab/v1/rest.proto' },
  ])('finds $story', async ({ symbol, file }) => {
    const [answer] = await ask({ fileContainingSymbol: symbol })

    expect(namesIn(answer)?.[0]).toBe(file)
  })

  test('gives a file with everything it imports and with its options, byte for byte as it was built', async () => {
    const [answer] = await ask({ fileByFilename: 'netnslab/v1/lab_service.proto' })

    const names = namesIn(answer) ?? []
    const files = descriptorSet.file.filter(({ name }) => names.includes(name))
    expect(new Set(files.flatMap(({ dependency }) => dependency).filter((name) => !names.includes(name)))).toEqual(
      new Set(),
    )
    expect(names).toContain('google/protobuf/timestamp.proto')
    const [bytes] = answer?.fileDescriptorResponse?.fileDescriptorProto ?? []
    expect(fromBinary(FileDescriptorProtoSchema, bytes ?? Buffer.alloc(0))).toEqual(
      descriptorSet.file.find(({ name }) => name === 'netnslab/v1/lab_service.proto'),
    )
  })

  test('knows who extends an option message', async () => {
    const [numbers, file] = await ask(
      { allExtensionNumbersOfType: 'google.protobuf.MethodOptions' },
      { fileContainingExtension: { containingType: 'google.protobuf.MethodOptions', extensionNumber: 72295728 } },
    )

    expect(numbers?.allExtensionNumbersResponse).toEqual({
      baseTypeName: 'google.protobuf.MethodOptions',
      extensionNumber: expect.arrayContaining([72295728, 50321]),
    })
    expect(namesIn(file)?.[0]).toBe('google/api/annotations.proto')
  })

  test('says of what it does not know that it is not found, and goes on answering', async () => {
    const answers = await ask(
      { fileByFilename: '../../etc/passwd' },
      { fileContainingSymbol: 'constructor' },
      { fileContainingExtension: { containingType: 'no.Such', extensionNumber: 1 } },
      { allExtensionNumbersOfType: 'no.Such' },
      {},
      { listServices: '' },
    )

    expect(answers.map(({ errorResponse }) => errorResponse?.errorCode)).toEqual([5, 5, 5, 5, 3, undefined])
  })
})
