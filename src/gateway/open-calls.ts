/**
 * What is going on at the doors, so that stopping can be told apart from being there: once `stop` was called nothing new
 * is admitted, and streams, which may have no end of their own, are ended.
 */
export class OpenCalls {
  readonly #streams = new Set<() => void>()
  #stopping = false

  get stopping(): boolean {
    return this.#stopping
  }

  /**
   * @param end tells the caller of a stream that the server stops; called at most once
   * @returns to be called when the stream is over
   */
  addStream(end: () => void): () => void {
    this.#streams.add(end)
    return () => this.#streams.delete(end)
  }

  stop(): void {
    this.#stopping = true
    const streams = [...this.#streams]
    this.#streams.clear()
    for (const end of streams) end()
  }
}
