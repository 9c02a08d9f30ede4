import type { Request } from 'express'
import { LabError } from '../../errors.ts'
import type { Route } from './routes.ts'

export type UnaryForm = 'json' | 'text'
export type StreamForm = 'ndjson' | 'sse'

export const JSON_TYPE = 'application/json'
export const NDJSON_TYPE = 'application/x-ndjson'
export const SSE_TYPE = 'text/event-stream'
const PLAIN_TYPE = 'text/plain'

/**
 * Which form the caller would rather have, decided before the engine is called: a refusal must not come after the deed.
 * @throws LabError `not-acceptable`
 */
export function chooseUnaryForm(request: Request, route: Route): UnaryForm {
  if (route.textField === undefined) {
    pick(request, [JSON_TYPE])
    return 'json'
  }
  if (route.textMediaTypeField === undefined) {
    return pick(request, [JSON_TYPE, route.method.textMediaType, PLAIN_TYPE]) === JSON_TYPE ? 'json' : 'text'
  }
  // Which type the text has is known with the answer only; such methods just read, so it may be refused then.
  const [favourite = '*/*'] = request.accepts()
  return [JSON_TYPE, 'application/*', '*/*'].includes(favourite) ? 'json' : 'text'
}

/**
 * The media type to give a text answer.
 * @param ownType what the answer calls itself; '' when it does not
 * @throws LabError `not-acceptable`
 */
export function textTypeFor(request: Request, route: Route, ownType: string): string {
  return pick(request, [ownType || route.method.textMediaType, PLAIN_TYPE])
}

/** @throws LabError `not-acceptable` */
export function chooseStreamForm(request: Request): StreamForm {
  return pick(request, [NDJSON_TYPE, SSE_TYPE]) === SSE_TYPE ? 'sse' : 'ndjson'
}

function pick(request: Request, offered: readonly string[]): string {
  const chosen = request.accepts([...offered])
  if (chosen === false) throw new LabError({ kind: 'not-acceptable', offered })
  return chosen
}
