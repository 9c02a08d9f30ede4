import { LabError } from '../errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { renderGraph } from '../plan/render-graph.ts'
import { renderScript } from '../plan/render-script.ts'
import { createLab } from './create-lab.ts'
import { deleteLab } from './delete-lab.ts'
import { Failpoints } from './failpoint.ts'
import { hostFacts } from './host-facts.ts'
import type { Lab } from './lab.ts'
import { fitsFilter } from './lab-filter.ts'
import type {
  CreateRequest,
  DeleteAnswer,
  DeleteRequest,
  GraphFormat,
  HostFacts,
  Inspection,
  InspectRequest,
  LabsPort,
  ListAnswer,
  ListRequest,
  PingMatrixAnswer,
  PingMatrixWish,
  PingTold,
  PingWish,
} from './labs-port.ts'
import { inspectLab, pingLab, pingLabMatrix } from './read-lab.ts'
import { type Recovered, reconcile } from './recovery.ts'
import { type Entry, Registry, snapshotOf } from './registry.ts'
import { AnsweredRequests } from './requests.ts'
import type { Log, Settings, Site } from './site.ts'
import type { Store } from './store.ts'
import { Turns } from './turns.ts'

export type LabsParts = {
  readonly settings: Settings
  readonly kernel: Kernel
  readonly store: Store
  readonly log: Log
  /** Changes with every start of the machine. */
  readonly bootId: string
  readonly version: string
  readonly now?: () => number
  readonly clock?: () => number
}

/**
 * The use cases. One operation per lab at a time: a name is taken from the moment a create is accepted until the lab is
 * verified gone; a delete joins the one under way and waits for a create under way.
 */
export class Labs implements LabsPort {
  readonly #site: Site
  readonly #version: string
  #closing = false

  private constructor(site: Site, version: string) {
    this.#site = site
    this.#version = version
  }

  /** Asks the kernel what it can do; `reconcile` comes next, before any request. */
  static async open(parts: LabsParts): Promise<Labs> {
    const { settings, kernel, store, log, bootId } = parts
    const now = parts.now ?? Date.now
    const { limits } = settings
    const site: Site = {
      settings,
      kernel,
      store,
      log,
      bootId,
      now,
      clock: parts.clock ?? (() => performance.now()),
      features: await kernel.features(),
      registry: new Registry(limits.maxMembers),
      turns: new Turns(limits.concurrentWork, limits.queuedCreates),
      requests: new AnsweredRequests(store, now),
      failpoints: new Failpoints(settings.failpoint),
    }
    return new Labs(site, parts.version)
  }

  reconcile(): Promise<Recovered> {
    return reconcile(this.#site)
  }

  async create(request: CreateRequest): Promise<Lab> {
    this.#refuseWhenClosing()
    return createLab(this.#site, request)
  }

  async get(lab: string): Promise<Lab> {
    return snapshotOf(this.#find(lab))
  }

  async list({ pageSize, after, filter }: ListRequest): Promise<ListAnswer> {
    const labs: Lab[] = []
    for (const entry of this.#site.registry.inOrder(after)) {
      const lab = snapshotOf(entry)
      if (!fitsFilter(filter, lab)) continue
      if (labs.length === pageSize) return { labs, more: true }
      labs.push(lab)
    }
    return { labs, more: false }
  }

  async delete(request: DeleteRequest): Promise<DeleteAnswer> {
    this.#refuseWhenClosing()
    return deleteLab(this.#site, request)
  }

  async inspect(request: InspectRequest): Promise<Inspection> {
    return inspectLab(this.#site, this.#find(request.lab), request)
  }

  async ping(wish: PingWish, onEvent: (event: PingTold) => void, signal?: AbortSignal): Promise<void> {
    return pingLab(this.#site, this.#find(wish.lab), wish, onEvent, signal)
  }

  async pingMatrix(wish: PingMatrixWish, signal?: AbortSignal): Promise<PingMatrixAnswer> {
    return pingLabMatrix(this.#site, this.#find(wish.lab), wish, signal)
  }

  async script(lab: string): Promise<string> {
    const { plan } = this.#findPlanned(lab)
    return renderScript(plan, lab)
  }

  async graph(lab: string, format: GraphFormat): Promise<{ readonly content: string; readonly mediaType: string }> {
    const { spec, plan } = this.#findPlanned(lab)
    return renderGraph(spec, plan, format)
  }

  host(): Promise<HostFacts> {
    return hostFacts(this.#site, this.#version)
  }

  /** Takes on nothing more, and waits until what was begun has ended and is saved. Labs stay. */
  async close(): Promise<void> {
    this.#closing = true
    const begun = [...this.#site.registry.all()].map(async ({ creating, deleting }) => {
      await creating?.catch(() => undefined)
      await deleting?.done
    })
    await Promise.allSettled(begun)
    await this.#site.store.close()
  }

  #find(lab: string): Entry {
    const entry = this.#site.registry.find(lab)
    if (entry === undefined) throw new LabError({ kind: 'lab-not-found', lab })
    return entry
  }

  /** Any lab whose record can be read. @throws LabError lab-not-found, lab-not-ready */
  #findPlanned(lab: string) {
    const { state, spec, plan } = this.#find(lab)
    if (spec === undefined || plan === undefined) throw new LabError({ kind: 'lab-not-ready', lab, state })
    return { spec, plan }
  }

  #refuseWhenClosing(): void {
    if (this.#closing) throw new LabError({ kind: 'shutting-down' })
  }
}
