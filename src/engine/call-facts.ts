import { randomUUID } from 'node:crypto'
import type { Metadata } from '@grpc/grpc-js'
import { PRINCIPAL_HEADER, REQUEST_ID_HEADER } from '../contract/headers.ts'

export type CallFacts = {
  readonly principal: string
  readonly requestId: string
  /** W3C Trace Context, for the log; '' when none was sent. */
  readonly traceparent: string
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/
const PRINTABLE = /^[\x20-\x7e]{1,64}$/

/** What the gateway told of a call. Whoever may open the socket is trusted to be the gateway or the operator. */
export function readCallFacts(metadata: Metadata): CallFacts {
  const principal = textOf(metadata, PRINCIPAL_HEADER)
  const requestId = textOf(metadata, REQUEST_ID_HEADER)
  const traceparent = textOf(metadata, 'traceparent')
  return {
    principal: PRINTABLE.test(principal) ? principal : 'local',
    requestId: REQUEST_ID.test(requestId) ? requestId : randomUUID(),
    traceparent: PRINTABLE.test(traceparent) ? traceparent : '',
  }
}

function textOf(metadata: Metadata, key: string): string {
  const [value] = metadata.get(key)
  return typeof value === 'string' ? value : ''
}
