import * as nodeFiles from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from '../errors.ts'
import { isName } from '../net/names.ts'
import { decodeRecord, encodeRecord, type LabRecord, salvageIdentity } from './record.ts'

/** The part of node:fs/promises in use; tests put failures in its place. */
export type Files = Pick<typeof nodeFiles, 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'unlink'>

export type Loaded = {
  readonly records: readonly LabRecord[]
  readonly quarantined: readonly Quarantined[]
  /** Records of labs that are gone, kept to answer a repeated request id. */
  readonly answered: readonly LabRecord[]
  /** What was found and left alone, for the log. */
  readonly ignored: readonly string[]
}

/** A lab whose record cannot be read. `uid` and `firstUid` only as far as the broken text still shows them. */
export type Quarantined = {
  readonly name: string
  readonly because: string
  readonly uid?: string
  readonly firstUid?: number
}

const RECORD = '.json'
const CORRUPT = '.json.corrupt'
const TEMPORARY = '.tmp'

/**
 * One file per lab, so that one damaged file harms one lab. A save is durable when it is answered: written beside, synced,
 * renamed over the old one, folder synced. Saves of one lab happen in the order they were asked for.
 */
export class Store {
  readonly #files: Files
  readonly #labs: string
  readonly #answered: string
  readonly #folders: ReadonlyMap<string, nodeFiles.FileHandle>
  /** Last write of each lab; a chain per name. */
  readonly #writes = new Map<string, Promise<void>>()

  private constructor(files: Files, stateDir: string, folders: ReadonlyMap<string, nodeFiles.FileHandle>) {
    this.#files = files
    this.#labs = join(stateDir, 'labs')
    this.#answered = join(stateDir, 'answered')
    this.#folders = folders
  }

  /** Makes the folders where they are missing, closed to others. */
  static async open(stateDir: string, files: Files = nodeFiles): Promise<Store> {
    const folders = new Map<string, nodeFiles.FileHandle>()
    for (const folder of [join(stateDir, 'labs'), join(stateDir, 'answered')]) {
      await files.mkdir(folder, { recursive: true, mode: 0o700 })
      folders.set(folder, await files.open(folder, 'r'))
    }
    return new Store(files, stateDir, folders)
  }

  /** Reads everything once, at start. One bad file is moved aside and reported; it never stops the others. */
  async load(): Promise<Loaded> {
    const records: LabRecord[] = []
    const quarantined: Quarantined[] = []
    const ignored: string[] = []
    for (const file of (await this.#files.readdir(this.#labs)).sort()) {
      if (file.endsWith(TEMPORARY)) {
        await this.#files.unlink(join(this.#labs, file)).catch(() => ignored.push(file))
        continue
      }
      const name = file.replace(/\.json(\.corrupt)?$/, '')
      if (name === file || !isName(name)) {
        ignored.push(file)
        continue
      }
      const read = await this.#readLab(name, file)
      if ('record' in read) records.push(read.record)
      else quarantined.push(read)
    }
    return { records, quarantined, answered: await this.#loadAnswered(ignored), ignored }
  }

  /** @throws LabError store-failed; the file of before, if any, is still whole then */
  save(record: LabRecord): Promise<void> {
    return this.#inTurn(record.name, async () => {
      const path = join(this.#labs, record.name + RECORD)
      const temporary = path + TEMPORARY
      try {
        await this.#write(temporary, encodeRecord(record))
        await this.#files.rename(temporary, path)
        await this.#sync(this.#labs)
      } catch (cause) {
        await this.#files.unlink(temporary).catch(() => undefined)
        throw storeFailed(record.name, cause)
      }
    })
  }

  /**
   * Forgets a lab, also a quarantined one. A record whose request id may be asked for again is moved aside instead, which
   * costs the same.
   * @throws LabError store-failed
   */
  remove(name: string, answeredAs?: string): Promise<void> {
    return this.#inTurn(name, async () => {
      try {
        const path = join(this.#labs, name + RECORD)
        if (answeredAs === undefined) await this.#unlinkIfThere(path)
        else await this.#files.rename(path, join(this.#answered, answeredAs + RECORD))
        await this.#unlinkIfThere(join(this.#labs, name + CORRUPT))
        await this.#sync(this.#labs)
      } catch (cause) {
        throw storeFailed(name, cause)
      }
    })
  }

  /** Not durable on purpose: a file that comes back is removed again at the next start. */
  async forgetAnswered(answeredAs: string): Promise<void> {
    await this.#files.unlink(join(this.#answered, answeredAs + RECORD)).catch(() => undefined)
  }

  async close(): Promise<void> {
    await Promise.all(this.#writes.values())
    for (const folder of this.#folders.values()) await folder.close()
  }

  async #readLab(name: string, file: string): Promise<{ record: LabRecord } | Quarantined> {
    const path = join(this.#labs, file)
    let text: string
    try {
      text = await this.#files.readFile(path, 'utf8')
    } catch (cause) {
      return { name, because: `its record cannot be read (${codeOf(cause)})` }
    }
    const decoded = decodeRecord(text)
    if (decoded.ok && decoded.record.name === name && file.endsWith(RECORD)) return { record: decoded.record }
    const because = decoded.ok ? `its record is that of "${decoded.record.name}"` : decoded.because
    const newer = !decoded.ok && decoded.newer
    if (!newer && file.endsWith(RECORD)) {
      await this.#files.rename(path, join(this.#labs, name + CORRUPT)).catch(() => undefined)
    }
    return { name, because: `its record is not usable: ${because}`, ...salvageIdentity(text) }
  }

  /** Damaged ones are only worth a longer memory than they had: they go. */
  async #loadAnswered(ignored: string[]): Promise<LabRecord[]> {
    const records: LabRecord[] = []
    for (const file of await this.#files.readdir(this.#answered)) {
      const path = join(this.#answered, file)
      const decoded = decodeRecord(await this.#files.readFile(path, 'utf8').catch(() => ''))
      if (decoded.ok) {
        records.push(decoded.record)
        continue
      }
      ignored.push(file)
      await this.#files.unlink(path).catch(() => undefined)
    }
    return records
  }

  async #write(path: string, text: string): Promise<void> {
    const file = await this.#files.open(path, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  async #sync(folder: string): Promise<void> {
    await this.#folders.get(folder)?.sync()
  }

  async #unlinkIfThere(path: string): Promise<void> {
    try {
      await this.#files.unlink(path)
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') throw cause
    }
  }

  async #inTurn(name: string, write: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(name) ?? Promise.resolve()
    const mine = before.then(write)
    const settled = mine.catch(() => undefined)
    this.#writes.set(name, settled)
    await mine.finally(() => {
      if (this.#writes.get(name) === settled) this.#writes.delete(name)
    })
  }
}

function storeFailed(lab: string, cause: unknown): LabError {
  const code = codeOf(cause)
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const refusal = full ? 'full' : code === 'EROFS' ? 'read-only' : 'failed'
  return new LabError({ kind: 'store-failed', lab, refusal }, { cause })
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}
