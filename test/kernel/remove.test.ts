import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { enterNamespace } from '../../src/kernel/namespace.ts'
import { NetlinkSocket } from '../../src/kernel/netlink/socket.ts'
import { HOST_NAMESPACE, type KernelObject, type Plan } from '../../src/plan/objects.ts'
import { readLedger } from '../support/leak-ledger.ts'
import { cablePlan, starPlan } from '../support/star-plan.ts'

const kernel = new LinuxKernel()
const children: ChildProcess[] = []
afterAll(() => kernel.close())
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await kernel.remove(namespacesOf(cablePlan()))
})

const namespacesOf = (plan: Plan): readonly KernelObject[] =>
  plan.members.map(({ namespace }) => ({ kind: 'namespace', name: namespace }))

async function build(plan: Plan) {
  expect(await kernel.apply(plan.steps)).toEqual({ ok: true })
}

/** A process that says when it runs. */
async function start(...argv: readonly [string, ...string[]]): Promise<ChildProcess> {
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  if (child.stdout !== null) await once(child.stdout, 'data')
  return child
}

const IDLE = 'echo here; exec sleep 1000'

describe('whoever holds a namespace', () => {
  test('a process in it is ended, and then it is gone', async () => {
    await build(cablePlan())
    const inside = await start('nsenter', '--net=/run/netns/nl0000abcd-0', 'sh', '-c', IDLE)
    const ended = once(inside, 'exit')

    expect(await kernel.remove(namespacesOf(cablePlan()))).toEqual({ leftovers: [] })

    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(readLedger()).toMatchObject({ names: [], mounts: [] })
  })

  test('a program elsewhere with an open file on it is named and lives; the lab is cut off all the same', async () => {
    await build(cablePlan())
    const holder = await start('sh', '-c', `exec 7</run/netns/nl0000abcd-0; ${IDLE}`)

    const { leftovers } = await kernel.remove(namespacesOf(cablePlan()))

    expect(leftovers).toEqual([
      { key: 'namespace nl0000abcd-0', detail: `held by an open file of process ${holder.pid} (sleep)` },
    ])
    const fd = openSync(`/proc/${holder.pid}/fd/7`, 'r')
    const devices = enterNamespace(fd, () => execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }))
    closeSync(fd)
    expect(devices.match(/^\d+: (\S+):/gm)).toEqual(['1: lo:'])
  })

  test('once it lets go, removing again tells that all is gone', async () => {
    await build(cablePlan())
    const holder = await start('sh', '-c', `exec 7</run/netns/nl0000abcd-0; ${IDLE}`)
    const first = await kernel.remove(namespacesOf(cablePlan()))
    const second = await kernel.remove(namespacesOf(cablePlan()))
    expect([first, second].map(({ leftovers }) => leftovers.length)).toEqual([1, 1])

    holder.kill('SIGKILL')
    await once(holder, 'exit')

    expect(await kernel.remove(namespacesOf(cablePlan()))).toEqual({ leftovers: [] })
  })

  test('a socket that was opened in it by a passer-by is not found, but it is told', async () => {
    await build(cablePlan())
    const socket = enterNamespace('nl0000abcd-1', () => new NetlinkSocket())

    const { leftovers } = await kernel.remove(namespacesOf(cablePlan()))
    socket.close()

    expect(leftovers).toEqual([{ key: 'namespace nl0000abcd-1', detail: 'held by nobody that can be found' }])
    expect(await kernel.remove(namespacesOf(cablePlan()))).toEqual({ leftovers: [] })
  })
})

describe('names', () => {
  test('a half-made name is listed as such and cured', async () => {
    writeFileSync('/run/netns/nl0000abcd-0', '')
    expect(await kernel.listNamespaces()).toEqual([{ name: 'nl0000abcd-0', live: false }])

    expect(await kernel.remove(namespacesOf(cablePlan()))).toEqual({ leftovers: [] })
    expect(readLedger()).toMatchObject({ names: [], mounts: [] })
  })

  test('when somebody mounted the host’s own namespace over a name, the name goes and everybody lives', async () => {
    await build(cablePlan())
    execFileSync('mount', ['--bind', '/proc/self/ns/net', '/run/netns/nl0000abcd-0'])
    const bystander = await start('sh', '-c', IDLE)

    expect(await kernel.remove(namespacesOf(cablePlan()))).toEqual({ leftovers: [] })

    expect(bystander.signalCode).toBe(null)
    expect(readLedger()).toMatchObject({ names: [], mounts: [] })
  })

  test('names of others are neither listed nor touched', async () => {
    const names = ['docker', 'nl0000abcd', 'nl0000abcd-x', 'NL0000ABCD-0']
    for (const name of names) writeFileSync(`/run/netns/${name}`, '')
    const foreign = names.map((name): KernelObject => ({ kind: 'namespace', name }))

    expect(await kernel.listNamespaces()).toEqual([])
    await expect(kernel.remove(foreign)).rejects.toThrow('namespace name')

    expect(readLedger().names).toEqual([...names].sort())
    for (const name of names) execFileSync('rm', [`/run/netns/${name}`])
  })
})

describe('on the host', () => {
  const hostEnd = { namespace: HOST_NAMESPACE, device: 'nl0000abcdu0', index: 0, mac: '06:00:00:00:00:01' }
  const labEnd = { namespace: 'nl0000abcd-0', device: 'out0', index: 99, mac: '06:00:00:00:00:02' }
  const veth: KernelObject = { kind: 'veth', ends: [hostEnd, labEnd], mtuBytes: 1500 }
  const table: KernelObject = {
    kind: 'nft-table',
    namespace: HOST_NAMESPACE,
    family: 'ip',
    name: 'nl0000abcd',
    chains: [],
  }
  const address: KernelObject = {
    kind: 'address',
    namespace: HOST_NAMESPACE,
    device: hostEnd.device,
    address: '192.0.2.129/30',
    dad: false,
  }

  test('a lab’s device and table go with it, and nothing else', async () => {
    const before = readLedger()
    const steps = [...cablePlan().steps, ...[veth, table, address].map((object) => ({ object, origin: 'uplinks[0]' }))]
    expect(await kernel.apply(steps)).toEqual({ ok: true })
    expect(readLedger().links).toContain('nl0000abcdu0@if99')
    expect(execFileSync('ip', ['-4', '-o', 'addr', 'show', 'dev', hostEnd.device], { encoding: 'utf8' })).toContain(
      '192.0.2.129/30',
    )

    expect(await kernel.remove([table, address, veth, ...namespacesOf(cablePlan())])).toEqual({ leftovers: [] })

    expect(readLedger()).toEqual(before)
  })

  test('a device of the same name that is not ours stays', async () => {
    execFileSync('ip', ['link', 'add', hostEnd.device, 'address', '02:00:00:00:00:01', 'type', 'veth'])

    const { leftovers } = await kernel.remove([veth])

    expect(leftovers).toMatchObject([{ detail: 'nl0000abcdu0 on the host has MAC 02:00:00:00:00:01: not ours' }])
    execFileSync('ip', ['link', 'del', hostEnd.device])
    expect(await kernel.remove([veth])).toEqual({ leftovers: [] })
  })
})

test('labs that are removed at the same time do not wait for each other', async () => {
  const plans = ['0000aaa1', '0000aaa2', '0000aaa3'].map((uid) => starPlan(4, { uid }))
  for (const plan of plans) await build(plan)

  const outcomes = await Promise.all(plans.map((plan) => kernel.remove(namespacesOf(plan))))

  expect(outcomes).toEqual(plans.map(() => ({ leftovers: [] })))
  expect(readLedger()).toMatchObject({ names: [], mounts: [] })
})

test('files opened here and closed again are not taken for holders', async () => {
  await build(cablePlan())
  const fd = openSync('/run/netns/nl0000abcd-0', 'r')
  const removed = kernel.remove(namespacesOf(cablePlan()))
  setTimeout(() => closeSync(fd), 100)

  expect(await removed).toEqual({ leftovers: [] })
})
