import { randomUUID } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import { PRINCIPAL_HEADER, REQUEST_ID_HEADER } from '../contract/headers.ts'

/** Trace headers are passed through (W3C Trace Context); everything else that a caller sends stays here. */
const PASSED_ON = ['traceparent', 'tracestate'] as const
const TRACE_VALUE = /^[\x20-\x7e]{1,512}$/
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/

/** The caller's own id for the call when it is one, else a new one. */
export function requestIdFrom(given: string | undefined): string {
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID()
}

/**
 * What the engine is told about a call.
 * @param header reads a header of the caller by its lower-case name
 */
export function engineMetadata(
  principal: string,
  requestId: string,
  header: (name: string) => string | undefined,
): Metadata {
  const metadata = new Metadata()
  metadata.set(PRINCIPAL_HEADER, principal)
  metadata.set(REQUEST_ID_HEADER, requestId)
  for (const name of PASSED_ON) {
    const value = header(name)
    if (value !== undefined && TRACE_VALUE.test(value)) metadata.set(name, value)
  }
  return metadata
}
