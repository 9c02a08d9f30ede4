/**
 * Words between gateway and engine that are not part of the proto. gRPC metadata keys, lower case. A gateway must drop
 * these from what callers send, and the hints from what it answers over gRPC.
 */

/** Who calls, as the gateway authenticated it; at most 64 characters. */
export const PRINCIPAL_HEADER = 'x-netns-lab-principal'

/** Names one call in the logs of both processes and in google.rpc.RequestInfo; 1 to 64 of `A-Z a-z 0-9 . _ -`. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** Initial metadata of an answer: the HTTP status where it is not 200 (`201` created, `202` begun). */
export const HTTP_STATUS_HINT = 'x-http-status'

/** Initial metadata: path of the thing created, e.g. `/v1/labs/two-nodes`. */
export const HTTP_LOCATION_HINT = 'x-http-location'

/** Initial metadata: etag of the answer, without quotation marks. */
export const HTTP_ETAG_HINT = 'x-http-etag'

export const HTTP_HINTS = [HTTP_STATUS_HINT, HTTP_LOCATION_HINT, HTTP_ETAG_HINT] as const
