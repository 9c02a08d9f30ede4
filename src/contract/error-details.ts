import { fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf'
import { Metadata, type StatusObject } from '@grpc/grpc-js'
import { z } from 'zod'
import { GRPC_CODE, type GrpcCodeName } from '../errors.ts'
import { registry } from './descriptors.ts'
import { type FailureReport, httpStatusOf, reportForeignStatus, type Violation } from './failure-report.ts'
import { messageType } from './methods.ts'

/**
 * FailureReport <-> gRPC status with rich details (google.rpc.Status in the trailer `grpc-status-details-bin`):
 * ErrorInfo always, BadRequest and our SourcePositions for problems, ResourceInfo where a lab is named, RetryInfo where
 * waiting helps, RequestInfo where the call has an id.
 */
export function toGrpcStatus(report: FailureReport): StatusObject {
  const metadata = new Metadata()
  metadata.set(DETAILS_KEY, Buffer.from(encodeReport(report)))
  return { code: GRPC_CODE[report.code], details: report.message, metadata }
}

/**
 * Reads what `toGrpcStatus` wrote. A status without our details is reported by its code alone.
 * @param status what grpc-js hands to a client: a ServiceError or StatusObject
 */
export function fromGrpcStatus(
  status: { readonly code: number; readonly metadata?: Metadata | undefined },
  requestId: string,
): FailureReport {
  const [bytes] = status.metadata?.get(DETAILS_KEY) ?? []
  const report = bytes instanceof Buffer ? decodeReport(bytes, requestId) : undefined
  return report ?? reportForeignStatus(status.code, requestId)
}

const DETAILS_KEY = 'grpc-status-details-bin'
const TYPE_PREFIX = 'type.googleapis.com/'
const STATUS_TYPE = messageType('google.rpc.Status')

function encodeReport(report: FailureReport): Uint8Array {
  const positions = report.violations.flatMap(({ line, column }, violation) =>
    line === undefined ? [] : [{ violation, line, column: column ?? 0 }],
  )
  const details = [
    detail('google.rpc.ErrorInfo', { reason: report.reason, domain: report.domain, metadata: { ...report.metadata } }),
    report.violations.length > 0 &&
      detail('google.rpc.BadRequest', {
        fieldViolations: report.violations.map(({ field, description, reason }) => ({ field, description, reason })),
      }),
    positions.length > 0 && detail('netnslab.v1.SourcePositions', { positions }),
    report.resource &&
      detail('google.rpc.ResourceInfo', { resourceType: report.resource.type, resourceName: report.resource.name }),
    report.retryAfterMs !== undefined &&
      detail('google.rpc.RetryInfo', { retryDelay: `${(report.retryAfterMs / 1000).toFixed(3)}s` }),
    report.requestId !== '' && detail('google.rpc.RequestInfo', { requestId: report.requestId }),
  ].filter((made) => typeof made === 'object')
  const status = { code: GRPC_CODE[report.code], message: report.message, details }
  return toBinary(STATUS_TYPE, fromJson(STATUS_TYPE, status, { registry }))
}

function detail<T extends object>(type: string, fields: T): T & { '@type': string } {
  return { '@type': `${TYPE_PREFIX}${type}`, ...fields }
}

const Text = z.string().default('')
const Details = {
  ErrorInfo: z.object({ reason: Text, domain: Text, metadata: z.record(z.string(), z.string()).default({}) }),
  BadRequest: z.object({
    fieldViolations: z.array(z.object({ field: Text, description: Text, reason: Text })).default([]),
  }),
  SourcePositions: z.object({
    positions: z
      .array(z.object({ violation: z.int().default(0), line: z.int().default(0), column: z.int().default(0) }))
      .default([]),
  }),
  ResourceInfo: z.object({ resourceType: Text, resourceName: Text }),
  RetryInfo: z.object({ retryDelay: z.string() }),
  RequestInfo: z.object({ requestId: Text }),
} as const
const Status = z.object({
  code: z.int().default(0),
  message: Text,
  details: z.array(z.looseObject({ '@type': z.string() })).default([]),
})

/** @returns undefined when the bytes are not a google.rpc.Status with an ErrorInfo */
function decodeReport(bytes: Uint8Array, requestId: string): FailureReport | undefined {
  let json: unknown
  try {
    json = toJson(STATUS_TYPE, fromBinary(STATUS_TYPE, bytes), { registry })
  } catch {
    return undefined
  }
  const status = Status.safeParse(json)
  if (!status.success) return undefined
  const find = <K extends keyof typeof Details>(name: K): z.infer<(typeof Details)[K]> | undefined => {
    const found = status.data.details.find((entry) => entry['@type'].endsWith(`.${name}`))
    const parsed = Details[name].safeParse(found)
    // The shape was chosen by the same key; zod cannot tell the compiler so.
    return parsed.success ? (parsed.data as z.infer<(typeof Details)[K]>) : undefined
  }
  const code = CODE_NAMES.get(status.data.code)
  const info = find('ErrorInfo')
  if (code === undefined || info === undefined) return undefined
  const resource = find('ResourceInfo')
  const retry = find('RetryInfo')
  return {
    code,
    http: httpStatusOf(info.reason, code),
    reason: info.reason,
    domain: info.domain,
    message: status.data.message,
    metadata: info.metadata,
    violations: locate(find('BadRequest')?.fieldViolations ?? [], find('SourcePositions')?.positions ?? []),
    ...(resource && { resource: { type: resource.resourceType, name: resource.resourceName } }),
    ...(retry && { retryAfterMs: Math.round(Number.parseFloat(retry.retryDelay) * 1000) }),
    requestId: find('RequestInfo')?.requestId ?? requestId,
  }
}

const CODE_NAMES: ReadonlyMap<number, GrpcCodeName> = new Map(
  (Object.keys(GRPC_CODE) as GrpcCodeName[]).map((name) => [GRPC_CODE[name], name]),
)

function locate(
  violations: readonly Violation[],
  positions: readonly { violation: number; line: number; column: number }[],
): readonly Violation[] {
  const places = new Map(positions.map((position) => [position.violation, position]))
  return violations.map((violation, index) => {
    const place = places.get(index)
    if (place === undefined) return violation
    return { ...violation, line: place.line, ...(place.column > 0 && { column: place.column }) }
  })
}
