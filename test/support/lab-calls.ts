import { askRest } from './ask-rest.ts'
import type { Server } from './server-process.ts'

type Doors = Pick<Server, 'gateway'>
type Member = { readonly name: string; readonly role: string; readonly namespace: string }
export type BuiltLab = { readonly name: string; readonly uid: string; readonly members: readonly Member[] }

/** Builds a lab from YAML over REST and gives it when it is ready. @throws Error with what the server said instead */
export async function createLab({ gateway }: Doors, yaml: string, name?: string): Promise<BuiltLab> {
  const headers = { 'content-type': 'application/yaml' }
  const query = name === undefined ? '' : `?lab=${name}`
  const answer = await askRest(gateway, `POST /v1/labs${query}`, { body: yaml, headers })
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.text}`)
  return answer.json
}

export async function deleteLab({ gateway }: Doors, name: string): Promise<void> {
  const answer = await askRest(gateway, `DELETE /v1/labs/${name}`)
  if (answer.status !== 200) throw new Error(`delete answered ${answer.status}: ${answer.text}`)
}

/** @returns how many of `count` echoes were answered */
export async function pingLab({ gateway }: Doors, lab: string, from: string, to: string, count = 2): Promise<number> {
  const body = { from, to, count, intervalMs: 10, timeoutMs: 400 }
  const answer = await askRest(gateway, `POST /v1/labs/${lab}/ping`, { body })
  return JSON.parse(answer.text.trim().split('\n').at(-1) ?? '').statistics.received
}

/** Names of the features that this kernel lacks. */
export async function missingFeatures({ gateway }: Doors): Promise<readonly string[]> {
  const { features } = (await askRest(gateway, 'GET /v1/host')).json
  return features
    .filter(({ available }: { available: boolean }) => !available)
    .map(({ name }: { name: string }) => name)
}
