import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { EXIT } from '../process/exit.ts'
import { ROOT } from '../process/version.ts'
import { Grpc } from './grpc.ts'
import { showNat } from './nat.ts'
import { Rest } from './rest.ts'
import { type Server, startServer } from './server.ts'
import { counted, Interrupted, Mismatch, ms, Story } from './story.ts'
import { type Doors, TOURS, takeTour } from './tour.ts'
import { newTraces, readTraces, type Traces } from './traces.ts'

/** The demo itself, in namespaces of its own. @returns the exit code */
export async function tellStory(): Promise<number> {
  const story = new Story()
  const before = readTraces()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => story.interrupt(signal))
  let server: Server | undefined
  try {
    await tell(story, before, (started) => {
      server = started
    })
    return EXIT.stopped
  } catch (error) {
    return await endBadly(error, server, before)
  }
}

async function tell(story: Story, before: Traces, onStart: (server: Server) => void): Promise<void> {
  process.stdout.write(`netns-lab demo on Linux ${release()}, Node ${process.version}\n`)
  story.chapter('A server on free ports')
  const startedMs = performance.now()
  const server = await startServer()
  onStart(server)
  story.line(`REST ${server.rest}, gRPC ${server.grpc}, ready after ${ms(performance.now() - startedMs)}`)
  const doors = { rest: new Rest(server.rest, server.token), grpc: new Grpc(server.grpc, server.token) }

  for (const tour of TOURS) await takeTour(story, doors, tour)
  await showNat(story, doors)
  await showRefusal(story, doors)

  story.chapter('Nothing is left')
  const running = newTraces(before, readTraces())
  story.check(running.length === 0, 'all labs are gone while the server still runs', `left: ${running.join(', ')}`)
  doors.grpc.close()
  story.check((await server.stop()) === EXIT.stopped, 'the server stopped in order')
  const left = newTraces(before, readTraces())
  const looked = `${counted(before.mounts.size, 'mount')}, ${counted(before.links.size, 'link')} as before; no namespace, no process`
  story.check(left.length === 0, looked, `left: ${left.join(', ')}`)
  process.stdout.write('\nEverything held.\n')
}

/** A spec with three mistakes: all are told at once, with their places, and nothing is built. */
async function showRefusal(story: Story, { rest }: Doors): Promise<void> {
  story.chapter('A spec with mistakes is refused as a whole')
  const text = readFileSync(new URL('examples/broken/three-mistakes.yaml', ROOT), 'utf8')
  const problem = await rest.postYaml('/v1/labs', text).then(
    () => undefined,
    (error: unknown) => (error instanceof Mismatch && 'problem' in error ? error.problem : Promise.reject(error)),
  )
  const errors =
    problem !== undefined && typeof problem === 'object' && problem !== null && 'errors' in problem
      ? problem.errors
      : []
  const told = Array.isArray(errors) ? errors : []
  for (const { field, description } of told) story.line(`${field}: ${description}`)
  story.check(
    told.length === 3,
    'three problems, each with its place',
    `expected three problems: ${JSON.stringify(problem)}`,
  )
}

async function endBadly(error: unknown, server: Server | undefined, before: Traces): Promise<number> {
  const interrupted = error instanceof Interrupted
  if (interrupted) process.stdout.write(`\n${error.message}: cleaning up\n`)
  else if (error instanceof Mismatch) process.stderr.write(`\nThis did not hold: ${error.message}\n`)
  else process.stderr.write(`\nSomething went wrong: ${error instanceof Error ? error.stack : String(error)}\n`)
  if (server === undefined) return interrupted ? EXIT.forced : EXIT.fault
  // It may have been stopped already; what is left then is found below.
  await removeAll(new Rest(server.rest, server.token)).catch(() => undefined)
  await server.stop()
  const left = newTraces(before, readTraces())
  if (left.length > 0) process.stderr.write(`left: ${left.join(', ')}\n`)
  return interrupted && left.length === 0 ? EXIT.forced : EXIT.fault
}

async function removeAll(rest: Rest): Promise<void> {
  const { labs } = await rest.get('/v1/labs?page_size=500')
  for (const lab of Array.isArray(labs) ? labs : [])
    await rest.delete(`/v1/labs/${String(lab.name)}?allow_missing=true`)
}
