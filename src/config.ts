import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { hasHostBits, parseCidr } from './net/cidr.ts'

/**
 * The only reader of process.env and of the config file. Order: defaults, then the YAML file named by
 * NETNS_LAB_CONFIG (or /etc/netns-lab/config.yaml), then NETNS_LAB_* variables.
 */
const Limits = z.strictObject({
  maxMembers: z.int().min(1).default(1100),
  maxLinks: z.int().min(1).default(2200),
  maxInterfacesPerMember: z.int().min(1).default(64),
  maxAddressesPerInterface: z.int().min(1).default(16),
  maxRoutesPerMember: z.int().min(1).default(500),
  maxRulesPerMember: z.int().min(1).default(200),
  maxDocumentBytes: z
    .int()
    .min(1024)
    .default(1024 * 1024),
  maxLabs: z.int().min(1).default(1000),
  /** Labs built or removed at the same time; the kernel's own locks leave little to gain above a few. */
  concurrentWork: z.int().min(1).max(64).default(4),
  /** Creates that may wait for their turn; the next one is refused with too-many-requests. */
  queuedCreates: z.int().min(0).default(50),
})

function ipv4Prefix(longest: number) {
  return z.string().refine((text) => {
    const cidr = parseCidr(text)
    return cidr?.ip.family === 4 && !hasHostBits(cidr) && cidr.prefix <= longest
  }, `an IPv4 network of at most /${longest}, as 198.51.100.0/24`)
}

const Uplink = z.strictObject({
  allowed: z.boolean().default(false),
  maxPerLab: z.int().min(1).default(1),
  /** IPv4 prefix out of which every uplink gets a /30 towards the host; it must be unused on the host. */
  pool: ipv4Prefix(30).default('100.127.0.0/16'),
  /** IPv4 prefixes that no uplink may reach, besides those that are always denied (docs/security.md). */
  deny: z.array(ipv4Prefix(32)).max(100).default([]),
})

/** Linux takes 107 bytes for the path of a unix socket (unix(7)); `/engine.sock` is 12 of them. */
const MAX_RUN_DIR = 95
const NOBODY = 65534

const Shape = z.strictObject({
  /** Records of labs, the token, audit: kept over restarts. /var/lib/netns-lab, or a temporary folder with fakeKernel. */
  stateDir: z.string().startsWith('/').optional(),
  /** Sockets and locks: gone with the boot. /run/netns-lab, or a temporary folder with fakeKernel. */
  runDir: z.string().startsWith('/').max(MAX_RUN_DIR).optional(),
  rest: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65535).default(7380) })
    .prefault({}),
  grpc: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65535).default(7381) })
    .prefault({}),
  /** PEM files. Without them the doors open on loopback only. */
  tls: z.strictObject({ cert: z.string(), key: z.string() }).optional(),
  /** At least 32 printable characters without blanks; absent: generated once and kept in stateDir/token. */
  token: z
    .string()
    .min(32)
    .regex(/^[\x21-\x7e]+$/, 'printable ASCII without blanks')
    .optional(),
  /** All that the gateway is given of the token (main.ts reads it from runDir/token.sha256): 64 lower-case hex digits. `token` is absent then. */
  tokenSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  reflection: z.boolean().default(true),
  /** The uid and gid that the gateway gives up root for; the gid is also the group that may open the engine's socket. */
  gatewayUid: z.int().min(1).default(NOBODY),
  /** Absent: the group this process was started with, when a service manager gave it one, else nobody's. */
  gatewayGid: z
    .int()
    .min(1)
    .default(() => process.getegid?.() || NOBODY),
  uplink: Uplink.prefault({}),
  limits: Limits.prefault({}),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** How long open calls may go on after SIGTERM. */
  graceMs: z.int().min(0).default(5000),
  /** Instead of Linux, an imitation in memory: for trying the API without root. */
  fakeKernel: z.boolean().default(false),
  /** For tests: `create:<step>:fail|kill`, `delete:<step>:fail|kill`; a step is a number or a word of labs/failpoint.ts. */
  failpoint: z.string().optional(),
})

// A bearer token in clear text on a network is a token given away.
const Config = Shape.superRefine((config, context) => {
  if (config.tls !== undefined) return
  for (const door of ['rest', 'grpc'] as const) {
    if (LOOPBACK.test(config[door].host)) continue
    context.addIssue({
      code: 'custom',
      path: [door, 'host'],
      message: `${config[door].host} is not a loopback address; set tls.cert and tls.key to open this door to a network`,
    })
  }
})
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/

export type Config = z.infer<typeof Config> & { readonly stateDir: string; readonly runDir: string }

export class ConfigError extends Error {}

/**
 * Variable by which `serve` hands its own, resolved settings to the processes it starts, as JSON. When it is set, nothing
 * else is read.
 */
export const RESOLVED = 'NETNS_LAB_RESOLVED_CONFIG'

/** @throws ConfigError naming every wrong field at once */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, overrides: Record<string, unknown> = {}): Config {
  const resolved = env[RESOLVED]
  if (resolved !== undefined) return validate({ ...mapping(readText(resolved, RESOLVED), RESOLVED), ...overrides })
  const path = env.NETNS_LAB_CONFIG ?? '/etc/netns-lab/config.yaml'
  return validate({ ...readYaml(path, env.NETNS_LAB_CONFIG !== undefined), ...fromEnvironment(env), ...overrides })
}

function validate(settings: Record<string, unknown>): Config {
  const parsed = Config.safeParse(settings)
  if (parsed.success) {
    const folders = foldersFor(parsed.data.fakeKernel)
    const { stateDir = folders.stateDir, runDir = folders.runDir } = parsed.data
    return { ...parsed.data, stateDir, runDir }
  }
  throw new ConfigError(
    parsed.error.issues.map((issue) => `${z.core.toDotPath(issue.path) || 'config'}: ${issue.message}`).join('\n'),
  )
}

/** An imitation never mixes its records with real ones, and works for a user who may write nowhere else. */
function foldersFor(fakeKernel: boolean): { stateDir: string; runDir: string } {
  if (!fakeKernel) return { stateDir: '/var/lib/netns-lab', runDir: '/run/netns-lab' }
  const own = join(tmpdir(), `netns-lab-fake-${process.getuid?.() ?? 0}`)
  return { stateDir: join(own, 'state'), runDir: join(own, 'run') }
}

function readYaml(path: string, required: boolean): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (required) throw new ConfigError(`cannot read ${path}`, { cause })
    return {}
  }
  return mapping(readText(text, path), path)
}

function readText(text: string, source: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw new ConfigError(`${source} is not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function mapping(data: unknown, source: string): Record<string, unknown> {
  if (data === null || data === undefined) return {}
  if (typeof data !== 'object' || Array.isArray(data)) throw new ConfigError(`${source} must hold a mapping`)
  return { ...data }
}

/** Flat settings only; everything else belongs in the file. */
function fromEnvironment(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  const take = (variable: string, key: string, convert: (text: string) => unknown = (text) => text) => {
    const text = env[variable]
    if (text !== undefined) settings[key] = convert(text)
  }
  take('NETNS_LAB_STATE_DIR', 'stateDir')
  take('NETNS_LAB_RUN_DIR', 'runDir')
  take('NETNS_LAB_TOKEN', 'token')
  take('NETNS_LAB_TOKEN_SHA256', 'tokenSha256')
  take('NETNS_LAB_FAKE_KERNEL', 'fakeKernel', (text) => text === '1' || text === 'true')
  take('NETNS_LAB_LOG_LEVEL', 'logLevel')
  take('NETNS_LAB_FAILPOINT', 'failpoint')
  take('NETNS_LAB_REST_LISTEN', 'rest', endpoint)
  take('NETNS_LAB_GRPC_LISTEN', 'grpc', endpoint)
  return settings
}

/** `127.0.0.1:7380` or `[::1]:7380`. */
function endpoint(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  if (colon === -1) throw new ConfigError(`"${text}" is not an endpoint; write 127.0.0.1:7380`)
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
