import { create, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { registry } from '../../src/contract/descriptors.ts'
import { type ContractMethod, messageType, methods } from '../../src/contract/methods.ts'

export type Json = { readonly [key: string]: JsonValue }

/** By its short name, e.g. `LabService/GetLab`. */
export function methodNamed(name: string): ContractMethod {
  const found = methods.find(({ path }) => path === `/netnslab.v1.${name}`)
  if (found === undefined) throw new Error(`the contract has no method ${name}`)
  return found
}

/** The request in bytes; `undefined` fields of a table row count as left out. */
export function requestBytes(method: ContractMethod, request: Json): Buffer {
  const type = messageType(method.requestName)
  const message = Object.keys(request).length === 0 ? create(type) : fromJson(type, request, { registry })
  return Buffer.from(toBinary(type, message))
}

export type RestRequest = { readonly line: string; readonly body?: unknown }

/** The same request as its google.api.http annotation puts it: fields into path, then query or body. */
export function restRequest(method: ContractMethod, request: Json): RestRequest {
  const [binding] = method.bindings
  if (binding === undefined) throw new Error(`${method.path} has no REST route`)
  const left: Record<string, JsonValue> = { ...request }
  const path = binding.template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = textOf(left[name] ?? '')
    delete left[name]
    return encodeURIComponent(value)
  })
  const verb = binding.verb.toUpperCase()
  if (binding.body === '*') return { line: `${verb} ${path}`, body: left }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(left)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, textOf(one))
  }
  return { line: `${verb} ${path}${query.size === 0 ? '' : `?${query}`}` }
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
