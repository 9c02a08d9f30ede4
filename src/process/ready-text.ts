import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import { ROOT } from './version.ts'

export type ReadyFacts = {
  readonly config: Pick<Config, 'tls' | 'fakeKernel'>
  readonly version: string
  /** `127.0.0.1:7380` */
  readonly rest?: string
  readonly grpc?: string
  /** Where the shell finds the token; the token itself is never printed. */
  readonly tokenAt: { readonly file: string } | { readonly variable: string }
}

/** What `serve` prints when it is ready: where the doors are and commands that work as pasted into any shell. */
export function readyText({ config, version, rest = '', grpc = '', tokenAt }: ReadyFacts): string {
  const url = `${config.tls ? 'https' : 'http'}://${rest}`
  const token = 'file' in tokenAt ? `$(cat ${quoted(tokenAt.file)})` : `$${tokenAt.variable}`
  const auth = `-H "Authorization: Bearer ${token}"`
  const example = quoted(fileURLToPath(new URL('examples/two-hosts.yaml', ROOT)))
  const ca = config.tls ? ` --cacert ${quoted(config.tls.cert)}` : ''
  const curl = `curl -sS -w '\\n'${ca} ${auth}`
  const grpcurl = `grpcurl ${config.tls ? `-cacert ${quoted(config.tls.cert)}` : '-plaintext'} ${auth}`
  return `
netns-lab ${version} is ready${config.fakeKernel ? ' (imitated kernel: nothing is built)' : ''}. Ctrl-C stops it; labs stay.

  REST   ${url}  (documentation: ${url}/docs)
  gRPC   ${grpc}
  token  ${'file' in tokenAt ? tokenAt.file : `as given in ${tokenAt.variable}`}

Build a lab, look at it, ping in it, take it away:

  ${curl} -H 'Content-Type: application/yaml' --data-binary @${example} ${url}/v1/labs
  ${curl} '${url}/v1/labs/two-hosts/inspect?members=left'
  ${curl} -H 'Content-Type: application/json' -H 'Accept: application/x-ndjson' -d '{"from":"left","to":"right"}' ${url}/v1/labs/two-hosts/ping
  ${curl} -X DELETE ${url}/v1/labs/two-hosts

The same over gRPC:

${GRPC_CALLS.map(({ data, method }) => `  ${grpcurl} -d '${data}' ${grpc} netnslab.v1.LabService/${method}`).join('\n')}
${bufCalls(config, auth, grpc)}
`
}

const GRPC_CALLS = [
  {
    method: 'CreateLab',
    data: '{"spec":{"name":"two-hosts","hosts":[{"name":"left","interfaces":[{"name":"eth0","link":"cable","address":"192.0.2.1/24"}]},{"name":"right","interfaces":[{"name":"eth0","link":"cable","address":"192.0.2.2/24"}]}],"links":[{"name":"cable"}]}}',
  },
  { method: 'Ping', data: '{"lab":"two-hosts","from":"left","to":"right"}' },
  { method: 'DeleteLab', data: '{"lab":"two-hosts"}' },
] as const

/** grpcurl is in no Debian package; buf comes with the node modules of a checkout. */
function bufCalls(config: Pick<Config, 'tls'>, auth: string, grpc: string): string {
  const path = fileURLToPath(new URL('node_modules/.bin/buf', ROOT))
  if (!existsSync(path)) return ''
  const url = config.tls ? `--cacert ${quoted(config.tls.cert)} https://${grpc}` : `http://${grpc}`
  const call = `  ${quoted(path)} curl --protocol grpc ${auth}`
  return ['', 'Without grpcurl:', '']
    .concat(GRPC_CALLS.map(({ data, method }) => `${call} -d '${data}' ${url}/netnslab.v1.LabService/${method}`))
    .join('\n')
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
