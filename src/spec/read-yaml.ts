import { Composer, type CST, Lexer, LineCounter, Parser } from 'yaml'
import type { Problem } from '../errors.ts'
import { MAX_DEPTH } from './plain-data.ts'
import { readNodes } from './yaml-nodes.ts'

export type ReadText = {
  readonly data: unknown
  readonly problems: readonly Problem[]
  /** The problem with line and column of its place in the text, as far as that can be found. */
  readonly locate: (problem: Problem) => Problem
}

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
  const [document, second] = [...new Composer(OPTIONS).compose(read.tokens, true, text.length)]
  const faults = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
  if (faults.length > 0)
    return refuse(faults.map(({ message, pos }) => whole('INVALID_YAML', plainWords(message), pos[0])))
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
  for (const source of new Lexer().lex(text)) {
    for (const token of parser.next(source)) tokens.push(token)
    // On the stack besides the collections: the document and one scalar.
    if (parser.stack.length > MAX_DEPTH + 2) return { tooDeepAt: parser.offset }
  }
  for (const token of parser.end()) tokens.push(token)
  return { tokens }
}

/** The package quotes the text in some messages. */
function plainWords(message: string): string {
  return message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}
