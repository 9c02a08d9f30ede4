import * as realFiles from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config.ts'
import { type Failure, LabError } from '../../src/errors.ts'
import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { Labs } from '../../src/labs/labs.ts'
import type { CreateRequest } from '../../src/labs/labs-port.ts'
import type { Log, Settings } from '../../src/labs/site.ts'
import { type Files, Store } from '../../src/labs/store.ts'

/** One host: its state folder and its kernel outlive the servers that are started on it, one after another. */
export class TestHost {
  readonly stateDir: string
  readonly kernel: Kernel
  bootId = 'boot-1'
  nowMs = Date.UTC(2026, 0, 1)
  /** What the store calls; see `failing`. */
  files: Files = realFiles
  /** Everything logged as warning or error. */
  readonly logged: { readonly message: string; readonly facts: object }[] = []
  readonly #opened: Labs[] = []

  private constructor(stateDir: string, kernel: Kernel) {
    this.stateDir = stateDir
    this.kernel = kernel
  }

  static async make(kernel: Kernel = new FakeKernel()): Promise<TestHost> {
    return new TestHost(await mkdtemp(join(tmpdir(), 'nl-labs-')), kernel)
  }

  /** A server starts: it opens the store, reconciles and is ready for requests. */
  async start(settings: Partial<Settings> = {}): Promise<Labs> {
    const keep = (facts: object, message: string) => void this.logged.push({ message, facts })
    const { stateDir, kernel, files, bootId } = this
    const log: Log = { info: () => {}, warn: keep, error: keep }
    const { labs } = await openLabs({ stateDir, kernel, files, bootId, settings, log, now: () => this.nowMs })
    this.#opened.push(labs)
    return labs
  }

  labFiles(): Promise<string[]> {
    return realFiles.readdir(join(this.stateDir, 'labs'))
  }

  async dispose(): Promise<void> {
    for (const labs of this.#opened) await labs.close()
    await rm(this.stateDir, { recursive: true, force: true })
  }
}

type Parts = {
  readonly stateDir: string
  readonly kernel: Kernel
  readonly files?: Files
  readonly bootId?: string
  readonly settings?: Partial<Settings>
  readonly log?: Log
  readonly now?: () => number
}

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** A server over a state folder and a kernel, reconciled. */
export async function openLabs({
  stateDir,
  kernel,
  files,
  bootId = 'boot-1',
  settings,
  log = SILENT,
  now = Date.now,
}: Parts) {
  const { limits, uplink } = loadConfig({})
  const store = await Store.open(stateDir, files)
  const labs = await Labs.open({
    settings: { limits, uplink, ...settings },
    kernel,
    store,
    log,
    bootId,
    version: '1.2.3',
    now,
  })
  await labs.reconcile()
  return { labs, labFiles: async () => (await realFiles.readdir(join(stateDir, 'labs'))).sort() }
}

/** Files of which one call fails with an errno, as long as `when` says so. */
export function failing(call: 'write' | 'rename' | 'unlink', code: string, when: () => boolean = () => true): Files {
  const fail = () => Promise.reject(Object.assign(new Error(code), { code }))
  const open: Files['open'] = (path, flags, mode) =>
    call === 'write' && flags === 'w' && when() ? fail() : realFiles.open(path, flags, mode)
  return {
    ...realFiles,
    open,
    rename: (from, to) => (call === 'rename' && when() ? fail() : realFiles.rename(from, to)),
    unlink: (path) => (call === 'unlink' && when() ? fail() : realFiles.unlink(path)),
  }
}

export function aCreate(document: unknown, wish: Partial<CreateRequest> = {}): CreateRequest {
  return { spec: { kind: 'document', document }, validateOnly: false, async: false, ...wish }
}

/** Two hosts on one cable: two namespaces. */
export function aPair(name: string): object {
  const host = (member: string, address: string) => ({
    name: member,
    interfaces: [{ name: 'eth0', link: 'cable', address }],
  })
  return { name, hosts: [host('a', '192.0.2.1/24'), host('b', '192.0.2.2/24')], links: [{ name: 'cable' }] }
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof LabError) return thrown.failure
  throw new Error(`expected a LabError, got ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
}

/** A kernel whose next calls of one method wait until they are let go. */
export function gated(inner: Kernel, method: 'apply' | 'remove') {
  let release = () => {}
  let reached = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const atGate = new Promise<void>((resolve) => {
    reached = resolve
  })
  const kernel = new Proxy(inner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      if (property !== method) return value.bind(target)
      return async (...args: unknown[]) => {
        reached()
        await gate
        return value.apply(target, args)
      }
    },
  })
  return { kernel, open: () => release(), atGate }
}
