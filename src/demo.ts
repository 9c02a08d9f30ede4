import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { tellStory } from './demo/tell-story.ts'
import { EXIT } from './process/exit.ts'

/**
 * `npm run demo`: starts a server, builds example labs over both doors, looks at them, pings in them, takes them away and
 * proves that nothing is left. Exit code 0 when every promise held, 1 when one did not, 130 after Ctrl-C.
 *
 * All of it happens in mount and network namespaces of its own (scripts/in-private-run), so it neither meets nor disturbs a
 * server that runs on this machine.
 */
const INSIDE = 'NETNS_LAB_DEMO_INSIDE'

if (process.getuid?.() !== 0) {
  process.stderr.write('demo: needs root, because it builds real network namespaces; try: sudo npm run demo\n')
  process.exit(EXIT.host)
}
process.exit(process.env[INSIDE] === '1' ? await tellStory() : await runInside())

async function runInside(): Promise<number> {
  const privateRun = fileURLToPath(new URL('../scripts/in-private-run', import.meta.url))
  const self = fileURLToPath(import.meta.url)
  const child = spawn('bash', [privateRun, process.execPath, self], {
    env: { ...process.env, [INSIDE]: '1' },
    stdio: 'inherit',
  })
  // A Ctrl-C reaches the child too, which cleans up and ends.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : EXIT.fault
}
