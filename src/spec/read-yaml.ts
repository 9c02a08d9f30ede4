import { Composer, type CST, type Document, Lexer, LineCounter, Parser } from 'yaml'
import type { Problem } from '../errors.ts'
import { MAX_DEPTH } from './plain-data.ts'
import { readNodes } from './yaml-nodes.ts'

export type ReadText = {
  readonly data: unknown
  readonly problems: readonly Problem[]
  /** The problem with line and column of its place in the text, as far as that can be found. */
  readonly locate: (problem: Problem) => Problem
}

/** Most mistakes of syntax that are told: the later ones mostly follow from the first. */
const MAX_FAULTS = 20

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  stringKeys: true,
  resolveKnownTags: false,
  // Compared pair by pair by the package, which is slow for large mappings; `readNodes` does it by a set.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

/** Refused are: broken syntax, tags, keys that stand twice, more than one document, deep nesting, too many aliases. */
export function readYaml(text: string): ReadText {
  const lines = new LineCounter()
  const at = (problem: Problem, offset: number): Problem => {
    const { line, col } = lines.linePos(offset)
    return line === 0 ? problem : { ...problem, line, column: col }
  }
  const refuse = (problems: readonly Problem[]): ReadText => ({
    data: undefined,
    problems,
    locate: (problem) => problem,
  })
  const whole = (reason: string, message: string, offset: number) => at({ path: '', message, reason }, offset)

  const read = readTokens(text, lines)
  if ('tooDeepAt' in read) {
    return refuse([whole('TOO_DEEP', `nested more than ${MAX_DEPTH} levels deep`, read.tooDeepAt)])
  }
  const { documents, faults } = compose(read.tokens, text.length)
  if (faults.length > 0) return refuse(faults.map(({ message, offset }) => whole('INVALID_YAML', message, offset)))
  const [document, second] = documents
  if (second !== undefined) {
    return refuse([whole('MULTIPLE_DOCUMENTS', 'the text must hold one document only', second.range[0])])
  }
  if (document === undefined || document.contents === null) {
    return refuse([whole('EMPTY_DOCUMENT', 'the text holds no document', 0)])
  }
  const nodes = readNodes(document.contents)
  if (nodes.problems.length > 0) return refuse(nodes.problems.map(({ problem, offset }) => at(problem, offset)))
  return { data: nodes.data, problems: [], locate: (problem) => at(problem, nodes.offsetOf(problem)) }
}

/**
 * Deep nesting is seen here, where the package still works without recursion: its composer would recurse, and a stack
 * that is nearly full can end the process instead of throwing.
 */
function readTokens(
  text: string,
  lines: LineCounter,
): { readonly tokens: readonly CST.Token[] } | { readonly tooDeepAt: number } {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let errors = 0
  for (const source of new Lexer().lex(text)) {
    for (const token of parser.next(source)) {
      tokens.push(token)
      if (token.type === 'error') errors += 1
    }
    if (errors >= MAX_FAULTS) break
    // On the stack besides the collections: the document and one scalar.
    if (parser.stack.length > MAX_DEPTH + 2) return { tooDeepAt: parser.offset }
  }
  for (const token of parser.end()) tokens.push(token)
  return { tokens }
}

type Fault = { readonly message: string; readonly offset: number }

class Enough extends Error {}

/**
 * Stops at MAX_FAULTS. The package makes an Error object for each fault, and a megabyte of quotes has half a million of
 * them; the only way to hear of them one by one is to stand in for the composer's own (private) listener.
 */
function compose(
  tokens: readonly CST.Token[],
  end: number,
): { documents: readonly Document.Parsed[]; faults: readonly Fault[] } {
  const faults: Fault[] = []
  const composer = new Composer(OPTIONS)
  const onError = (
    source: number | readonly number[] | { readonly offset: number },
    _code: string,
    message: string,
  ) => {
    const offset = typeof source === 'number' ? source : 'offset' in source ? source.offset : (source[0] ?? 0)
    faults.push({ message: plainWords(message), offset })
    if (faults.length >= MAX_FAULTS) throw new Enough()
  }
  Object.defineProperty(composer, 'onError', { value: onError })
  try {
    const documents: Document.Parsed[] = []
    for (const document of composer.compose(tokens, true, end)) {
      documents.push(document)
      // A second one is one too many already.
      if (documents.length === 2) break
    }
    for (const { message, pos } of documents.flatMap(({ errors }) => errors)) {
      faults.push({ message: plainWords(message), offset: pos[0] })
    }
    return { documents, faults }
  } catch (error) {
    if (error instanceof Enough) return { documents: [], faults }
    throw error
  }
}

/** The package quotes the text in some messages. */
function plainWords(message: string): string {
  return message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}
