#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { type Config, ConfigError, loadConfig, RESOLVED } from './config.ts'
import { LabError } from './errors.ts'
import { EXIT, StartError } from './process/exit.ts'
import { readVersion } from './process/version.ts'

/**
 * The command line. Each command imports what it runs only when it is asked for: the gateway never loads what speaks to the
 * kernel, and `version` answers at once.
 */
const program = new Command('netns-lab')
  .description('Network labs out of real Linux network namespaces, over REST and gRPC')
  .version(readVersion(), '-V, --version')
  .enablePositionalOptions()
  .exitOverride()
  .addHelpText(
    'after',
    `
Settings come from /etc/netns-lab/config.yaml (or NETNS_LAB_CONFIG) and NETNS_LAB_* variables; see docs/operations.md.
Exit codes: 0 stopped as asked, 1 fault, 2 wrong usage or settings, 3 not root or the host lacks something,
4 another engine runs, 5 a port cannot be opened, 130 stopped by force.`,
  )

type Options = { readonly fakeKernel?: boolean; readonly rest?: string; readonly grpc?: string }

const withDoors = (command: Command) =>
  command
    .option('--rest <host:port>', 'where REST is served (port 0: a free one)')
    .option('--grpc <host:port>', 'where gRPC is served')

withDoors(program.command('serve'))
  .description('start engine and gateway (default)')
  .option('--fake-kernel', 'imitate Linux in memory: to try the API without root')
  .action(async (options: Options) => {
    const { serve } = await import('./process/serve.ts')
    process.exit(await serve(configOf(options)))
  })

program
  .command('engine')
  .description('only the process with root rights; its gateway is started separately')
  .option('--fake-kernel', 'imitate Linux in memory')
  .action(async (options: Options) => {
    const { runEngine } = await import('./process/engine-process.ts')
    await runEngine(configOf(options))
    process.exit(EXIT.stopped)
  })

withDoors(program.command('gateway'))
  .description('only the process that faces the network')
  .action(async (options: Options) => {
    const { runGateway } = await import('./process/gateway-process.ts')
    await runGateway(configOf(options))
    process.exit(EXIT.stopped)
  })

program
  .command('token')
  .description('print the bearer token')
  .option('--fake-kernel', 'that of a server with an imitated kernel')
  .action(async (options: Options) => {
    const { readToken, tokenPath } = await import('./process/token.ts')
    const config = configOf(options)
    const token = config.token ?? readToken(config)
    if (token === undefined)
      throw new StartError(EXIT.host, `there is no token in ${tokenPath(config)} yet: start the server`)
    process.stdout.write(`${token}\n`)
  })

program
  .command('version')
  .description('print the version')
  .action(() => {
    process.stdout.write(`${readVersion()}\n`)
  })

function configOf({ fakeKernel, rest, grpc }: Options): Config {
  const env = {
    ...process.env,
    ...(rest === undefined ? {} : { NETNS_LAB_REST_LISTEN: rest }),
    ...(grpc === undefined ? {} : { NETNS_LAB_GRPC_LISTEN: grpc }),
    ...(fakeKernel ? { NETNS_LAB_FAKE_KERNEL: '1' } : {}),
  }
  const config = loadConfig(env)
  // What this process starts gets an environment made for it; what it holds itself needs to know no more of this.
  delete process.env[RESOLVED]
  return config
}

/** Without a command the server is started; what is no option must be a command, so that a slip of the pen starts nothing. */
function withCommand(argv: readonly string[]): readonly string[] {
  const [first = '--'] = argv
  const alone = ['-h', '--help', '-V', '--version'].includes(first)
  return first.startsWith('-') && !alone ? ['serve', ...argv] : argv
}

/** One sentence for people; causes and stacks are for faults of ours. */
function end(error: unknown): never {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT.usage)
  if (error instanceof StartError) fail(error.code, error.message, error.cause)
  if (error instanceof ConfigError) fail(EXIT.usage, `the settings are wrong:\n${error.message}`)
  if (error instanceof LabError) fail(EXIT.fault, error.message, error.cause)
  console.error(error)
  process.exit(EXIT.fault)
}

function fail(code: number, message: string, cause?: unknown): never {
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  process.stderr.write(`netns-lab: ${message}${why}\n`)
  process.exit(code)
}

process.on('uncaughtException', end)
process.on('unhandledRejection', end)
await program.parseAsync(withCommand(process.argv.slice(2)), { from: 'user' }).catch(end)
