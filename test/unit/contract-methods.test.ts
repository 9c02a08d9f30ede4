import { expect, test } from 'vitest'
import { methods, methodsByPath } from '../../src/contract/methods.ts'
import { packageDefinition } from '../../src/contract/package-definition.ts'

test('a method is listed with its REST route and what the doors must know of it', () => {
  expect(methodsByPath.get('/netnslab.v1.LabService/CreateLab')).toEqual({
    path: '/netnslab.v1.LabService/CreateLab',
    service: 'netnslab.v1.LabService',
    name: 'CreateLab',
    requestName: 'netnslab.v1.CreateLabRequest',
    responseName: 'netnslab.v1.Lab',
    clientStreaming: false,
    serverStreaming: false,
    bindings: [{ verb: 'post', template: '/v1/labs', body: '*', responseBody: '' }],
    yamlField: 'spec_yaml',
    textField: '',
    textMediaType: '',
    textMediaTypeField: '',
    open: false,
  })
  expect(methodsByPath.get('/netnslab.v1.HostService/GetSchema')).toMatchObject({
    bindings: [{ verb: 'get', template: '/v1/schema', body: '', responseBody: 'schema' }],
    open: true,
  })
  expect(methodsByPath.get('/netnslab.v1.LabService/GetScript')).toMatchObject({
    textField: 'script',
    textMediaType: 'text/x-shellscript',
  })
  expect(methodsByPath.get('/netnslab.v1.HostService/GetMetrics')).toMatchObject({ textMediaType: 'text/plain' })
  expect(methodsByPath.get('/netnslab.v1.LabService/Ping')).toMatchObject({ serverStreaming: true })
})

test('every method of the contract is one that the gRPC loader knows too, under the same path', () => {
  const loaded = Object.entries(packageDefinition).flatMap(([name, definition]) =>
    'format' in definition ? [] : Object.values(definition).map((method) => ({ service: name, path: method.path })),
  )

  expect(loaded.map(({ path }) => path).sort()).toEqual(methods.map(({ path }) => path).sort())
})

test('every method of ours has a REST route, and no route stands twice', () => {
  const ours = methods.filter(({ service }) => service.startsWith('netnslab.'))
  const routes = ours.flatMap(({ bindings }) => bindings.map(({ verb, template }) => `${verb} ${template}`))

  expect(ours.filter(({ bindings }) => bindings.length === 0)).toEqual([])
  expect(new Set(routes).size).toBe(routes.length)
})
