/** A promise of the demo that did not hold; ends it with exit code 1. */
export class Mismatch extends Error {}

/** Somebody asked to stop; the demo then cleans up. */
export class Interrupted extends Error {}

/** Tells people what happens, a chapter at a time. */
export class Story {
  #chapter = 0
  #interrupted: string | undefined

  /** The next thing to be told is not told: the story ends there, between two steps. */
  interrupt(reason: string): void {
    this.#interrupted = reason
  }

  chapter(title: string): void {
    if (this.#interrupted !== undefined) throw new Interrupted(this.#interrupted)
    this.#chapter++
    process.stdout.write(`\n${this.#chapter}. ${title}\n`)
  }

  line(text: string): void {
    if (this.#interrupted !== undefined) throw new Interrupted(this.#interrupted)
    process.stdout.write(`   ${text}\n`)
  }

  /** Tells `text` when `holds`, else ends the demo with it. */
  check(holds: boolean, text: string, otherwise: string = text): void {
    if (!holds) throw new Mismatch(otherwise)
    this.line(`ok  ${text}`)
  }
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
