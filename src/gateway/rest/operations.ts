import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import type { Express, Request, Response } from 'express'
import { messageType, methodsByPath } from '../../contract/methods.ts'
import { LabError } from '../../errors.ts'
import { ANYBODY } from '../authenticate.ts'
import { engineMetadata } from '../call-context.ts'
import type { Doors } from '../doors.ts'
import { oneAnswer } from './answer.ts'
import { authenticate, requestIdOf } from './handle-call.ts'
import type { Resource, Route } from './routes.ts'

/** gRPC's own health protocol (grpc/grpc, doc/health-checking.md); SERVING is 1. */
const HEALTH_METHOD = '/grpc.health.v1.Health/Check'
const SERVING = 1
const HEALTH_TIMEOUT_MS = 2_000
const METRICS_TIMEOUT_MS = 5_000
/** The engine's metrics are an RPC like any other; its path is known, not its name. */
const METRICS_TEMPLATE = '/v1/metrics'

/** What watches the server needs: is it alive, is it ready, what does it count. */
export function serveOperations(app: Express, table: readonly Resource[], doors: Doors): void {
  app.get('/livez', (_request, response) => {
    answerText(response, 200, 'ok\n')
  })
  app.get('/readyz', async (_request, response) => {
    if (doors.openCalls.stopping) throw new LabError({ kind: 'shutting-down' })
    if (!(await isEngineServing(doors, requestIdOf(response)))) throw new LabError({ kind: 'engine-unreachable' })
    answerText(response, 200, 'ok\n')
  })
  const engineMetrics = table.find(({ template }) => template === METRICS_TEMPLATE)?.routes.get('GET')
  app.get('/metrics', async (request, response) => {
    const principal = authenticate({ method: { open: false } }, request, doors)
    const text = engineMetrics && (await textOfEngine(engineMetrics, principal, request, response, doors))
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
    response.end(await doors.metrics.render(text))
  })
  for (const path of ['/livez', '/readyz', '/metrics']) {
    app.all(path, (request) => {
      throw new LabError({ kind: 'method-not-allowed', method: request.method, allowed: ['GET', 'HEAD'] })
    })
  }
}

async function isEngineServing(doors: Doors, requestId: string): Promise<boolean> {
  const method = methodsByPath.get(HEALTH_METHOD)
  if (method === undefined) return false
  const metadata = engineMetadata(ANYBODY, requestId, () => undefined)
  try {
    // An empty request asks for the server as a whole.
    const call = doors.engine.request(method.path, Buffer.alloc(0), {
      metadata,
      deadline: Date.now() + HEALTH_TIMEOUT_MS,
    })
    const response = messageType(method.responseName)
    const status = response.fields.find((field) => field.fieldKind === 'enum')
    const { message } = await oneAnswer(call, requestId)
    return status !== undefined && reflect(response, fromBinary(response, message)).get(status) === SERVING
  } catch {
    return false
  }
}

/** @returns undefined when the engine does not answer */
async function textOfEngine(
  route: Route,
  principal: string,
  request: Request,
  response: Response,
  doors: Doors,
): Promise<string | undefined> {
  const requestId = requestIdOf(response)
  const metadata = engineMetadata(principal, requestId, (name) => request.header(name))
  try {
    const empty = Buffer.from(toBinary(route.request, create(route.request)))
    const call = doors.engine.request(route.method.path, empty, { metadata, deadline: Date.now() + METRICS_TIMEOUT_MS })
    const { message } = await oneAnswer(call, requestId)
    const field = route.textField
    if (field?.fieldKind !== 'scalar') return undefined
    return String(reflect(route.response, fromBinary(route.response, message)).get(field))
  } catch {
    return undefined
  }
}

function answerText(response: Response, status: number, text: string): void {
  response.status(status).setHeader('Content-Type', 'text/plain; charset=utf-8').end(text)
}
