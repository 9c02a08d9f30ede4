import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { reportFailure } from '../../contract/failure-report.ts'
import { type Failure, LabError } from '../../errors.ts'
import { requestIdFrom } from '../call-context.ts'
import type { Assets } from '../docs/assets.ts'
import { servePages } from '../docs/pages.ts'
import type { Doors } from '../doors.ts'
import { handleCall, instanceOf, requestIdOf } from './handle-call.ts'
import { serveOperations } from './operations.ts'
import { sendProblem } from './problem-json.ts'
import { ReportedFailure } from './reported-failure.ts'
import { type Resource, resources } from './routes.ts'

/** The REST door as an express application: routes from the contract, pages, health and metrics. */
function restApp(doors: Doors, assets: Assets): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.set('case sensitive routing', true)
  app.set('strict routing', true)

  app.use((request, response, next) => {
    response.setHeader('X-Request-Id', requestIdFrom(request.header('x-request-id')))
    response.setHeader('Cache-Control', 'no-store')
    next()
  })
  app.use(
    helmet({
      // Answers are data. The pages, which are more, set a policy of their own.
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      strictTransportSecurity: doors.tls !== undefined,
    }),
  )
  const table = resources()
  serveOperations(app, table, doors)
  servePages(app, assets)
  for (const resource of table) serveResource(app, resource, doors)
  app.use((request) => {
    throw new LabError({ kind: 'route-not-found', method: request.method, path: instanceOf(request) })
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    answerFailure(error, request, response, doors)
  })
  return app
}

/**
 * The application as a plain listener. A target that express cannot even find a path in (`//x?a#b@c`) reaches none of its
 * handlers, and its own answer would be a page of HTML.
 */
export function restListener(doors: Doors, assets: Assets): RequestListener {
  // Every handler of express takes a third argument, the application too; its type leaves that out.
  const app = restApp(doors, assets) as unknown as (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
  ) => void
  return (request, response) => app(request, response, () => refuseTarget(request, response))
}

function refuseTarget(request: IncomingMessage, response: ServerResponse): void {
  const given = request.headers['x-request-id']
  const requestId = requestIdFrom(typeof given === 'string' ? given : undefined)
  response.setHeader('X-Request-Id', requestId)
  const problem = { path: '', reason: 'WRONG_FORMAT', message: 'the request target is not a path' }
  sendProblem(response, reportFailure({ kind: 'invalid-request', problems: [problem] }, requestId), '')
}

function serveResource(app: Express, { template, pattern, routes }: Resource, doors: Doors): void {
  const allowed = [...routes.keys(), ...(routes.has('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
  app.all(pattern, async (request, response) => {
    measure(template, request, response, doors)
    if (request.method === 'OPTIONS') {
      response.setHeader('Allow', allowed.join(', '))
      response.status(204).end()
      return
    }
    const route = routes.get(request.method === 'HEAD' ? 'GET' : request.method)
    if (route === undefined) throw new LabError({ kind: 'method-not-allowed', method: request.method, allowed })
    if (doors.openCalls.stopping) throw new LabError({ kind: 'shutting-down' })
    await handleCall(route, request, response, doors)
  })
}

function measure(template: string, request: Request, response: Response, { metrics, log }: Doors): void {
  const startMs = performance.now()
  response.once('close', () => {
    const ms = performance.now() - startMs
    // 499 as nginx has it: the caller went away before the answer was there.
    const status = response.writableFinished ? response.statusCode : 499
    metrics.countCall('rest', `${request.method} ${template}`, String(status), ms)
    const facts = {
      requestId: requestIdOf(response),
      door: 'rest',
      method: request.method,
      path: instanceOf(request),
    }
    log.info({ ...facts, status, ms: Math.round(ms) }, 'call')
  })
}

function answerFailure(error: unknown, request: Request, response: Response, { log }: Doors): void {
  const requestId = requestIdOf(response)
  const report = error instanceof ReportedFailure ? error.report : reportFailure(failureOf(error, requestId), requestId)
  if (report.reason === 'INTERNAL') log.error({ requestId, err: error }, 'a REST call failed inside')
  if (response.destroyed) return
  if (response.headersSent) response.destroy()
  else sendProblem(response, report, instanceOf(request))
}

function failureOf(error: unknown, requestId: string): Failure {
  if (error instanceof LabError) return error.failure
  // What the router says of a path whose percent-encoding is wrong.
  if (error instanceof URIError || (error instanceof Error && Reflect.get(error, 'status') === 400)) {
    const problem = { path: '', reason: 'WRONG_FORMAT', message: 'the path is not valid percent-encoded UTF-8' }
    return { kind: 'invalid-request', problems: [problem] }
  }
  return { kind: 'internal', incident: requestId }
}
