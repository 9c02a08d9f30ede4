import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Client } from './client.js'
import { measureCrowd } from './crowd.js'
import { measureEventLoops } from './event-loop.js'
import { buildFloor } from './floor.js'
import { measureLife, measureMininet, measureScript } from './life.js'
import { measureInspect, measureMatrix } from './look.js'
import { commit, machine, row, table } from './report.js'
import { startServer } from './server.js'

/** `npm run bench`: everything in one run, the sides taking turns. `--quick` does fewer rounds and leaves N=1,000 out. */
const quick = process.argv.includes('--quick')
const rounds = (full) => (quick ? Math.max(2, Math.ceil(full / 3)) : full)
const parts = []
const say = (text) => {
  parts.push(text)
  console.log(text)
}
const has = (program) => {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

buildFloor()
const server = await startServer()
const client = new Client(server)
try {
  say(
    `# Results\n\nMachine: ${machine()}. Commit ${commit()}. Medians in milliseconds of one run, the sides taking turns;\nonly the ratios mean something. What is measured: README.md beside this file.\n`,
  )

  const life = {}
  const sizes = quick ? [10, 100] : [10, 100, 500, 1000]
  for (const hosts of sizes)
    life[hosts] = await measureLife(client, hosts, rounds({ 10: 15, 100: 9, 500: 5, 1000: 3 }[hosts]))
  const createGoal = { 10: 2.5, 100: 1.8, 500: 1.8 }
  say(
    table(
      'Create: request sent to `ready` received',
      'floor',
      sizes.map((n) => row(`star of ${n}`, life[n].create.median, life[n].floorCreate.median, createGoal[n])),
    ),
  )
  if (!quick) {
    const perHost = (n) => life[n].create.median / n
    say(
      table('Cost per host does not grow', 'N=100, per host', [
        row('N=1,000 on two switches, per host', perHost(1000), perHost(100), 1.3),
      ]),
    )
  }
  say(
    table(
      'Delete until all is verified gone',
      'floor',
      sizes.map((n) => row(`star of ${n}`, life[n].gone.median, life[n].floorGone.median, 1.2)),
    ),
  )
  say(
    table(
      'Answer to an asynchronous delete',
      "floor's delete returned",
      sizes.map((n) => row(`star of ${n}`, life[n].asyncAnswer.median, life[n].floorReturned.median, 3)),
    ),
  )

  const script = await measureScript(client, 100, rounds(3))
  say(
    table('The same lab by its exported lab.sh', 'lab.sh', [
      row('star of 100 (times faster)', life[100].create.median, script.median, 20, 'above'),
    ]),
  )

  if (has('mn')) {
    const peer = await measureMininet(100, quick ? 1 : 3, true)
    const matrix = await measureMatrix(client, 100, rounds(5))
    say(
      table('Mininet 2.3, Linux bridge', 'Mininet', [
        row('create, star of 100 (times faster)', life[100].create.median, peer.create.median, 10, 'above'),
        row('delete (times faster)', life[100].gone.median, peer.delete.median, undefined, 'above'),
        row('all pairs, cold (times faster)', matrix.cold.median, peer.pingall.median, 15, 'above'),
      ]),
    )
    sayMatrix(matrix)
  } else {
    say('## Mininet\n\nLeft out: `mn` is not installed.\n')
    sayMatrix(await measureMatrix(client, 100, rounds(5)))
  }

  const look = await measureInspect(client, 100, rounds(15))
  say(
    table('InspectLab, 100 hosts, through REST', 'plain dump', [
      row('devices, addresses, routes, neighbours, fdb', look.linked.median, look.floorDump.median, 4),
      row('everything but conntrack (also qdiscs, rules, sysctls)', look.all.median, look.floorDump.median),
    ]),
  )

  const loops = await measureEventLoops(client, quick ? 100 : 500, rounds(3))
  const worst = (values) => Math.max(...values)
  say(
    `## Event loops while ${quick ? 100 : 500} hosts are built\n\np99 delay, worst of ${loops.engine.length} builds: engine ${worst(loops.engine).toFixed(1)} ms, gateway ${worst(loops.gateway).toFixed(1)} ms (goal: at most 20 ms).\n`,
  )

  const crowd = await measureCrowd(server, rounds(5))
  const gain = crowd.labsPerSecondByEight / crowd.labsPerSecondByOne
  say(
    `## 50 labs of 10 hosts\n\nOne client ${crowd.labsPerSecondByOne.toFixed(1)} labs/s, eight clients ${crowd.labsPerSecondByEight.toFixed(1)} labs/s: ${gain.toFixed(2)} times. Two cores give the floor ${crowd.gainOfTwoCores.toFixed(2)} times; goal ${(0.8 * crowd.gainOfTwoCores).toFixed(2)}: ${gain >= 0.8 * crowd.gainOfTwoCores ? 'reached' : '**not reached**'}.\nKernel memory of a lab of 10 hosts: ${crowd.memoryKibPerLab.toFixed(0)} KiB.\n`,
  )
  if (!quick) writeFileSync('bench/RESULTS.md', parts.join('\n'))
} finally {
  client.close()
  await server.stop()
}

function sayMatrix(matrix) {
  say(
    table('PingMatrix, 100 hosts, 9,900 pairs', 'floor', [
      row('cold neighbour tables', matrix.cold.median, matrix.floorCold.median, 1.5),
      row('warm', matrix.warm.median, matrix.floorWarm.median),
    ]),
  )
}
