/**
 * Renders the little Markdown that our own docs are written in: headings, paragraphs, lists, tables, fenced code, and
 * inline code, bold and links. Everything is escaped first, so a page holds no markup but what is made here.
 */
export function renderMarkdown(markdown: string): string {
  const lines = markdown.split('\n')
  const html: string[] = []
  for (let at = 0; at < lines.length; ) {
    const [block, next] = renderBlock(lines, at)
    if (block !== '') html.push(block)
    at = next
  }
  return html.join('\n')
}

/** @returns the block that begins at line `at`, and the line behind it */
function renderBlock(lines: readonly string[], at: number): [html: string, next: number] {
  const line = lines[at] ?? ''
  if (line.trim() === '') return ['', at + 1]
  const heading = /^(#{1,6}) +(.*)$/.exec(line)
  if (heading !== null) {
    const text = heading[2] ?? ''
    const level = heading[1]?.length ?? 1
    return [`<h${level} id="${slugOf(text)}">${inline(text)}</h${level}>`, at + 1]
  }
  if (line.startsWith('```')) {
    const end = endOf(lines, at + 1, (next) => next.startsWith('```'))
    return [`<pre><code>${escapeHtml(lines.slice(at + 1, end).join('\n'))}</code></pre>`, end + 1]
  }
  if (line.startsWith('|')) {
    const end = endOf(lines, at, (next) => !next.startsWith('|'))
    return [table(lines.slice(at, end)), end]
  }
  const marker = /^ *(?:[-*]|\d+\.) /.exec(line)
  if (marker !== null) {
    const end = endOf(lines, at, (next) => next.trim() === '')
    const items = lines
      .slice(at, end)
      .join('\n')
      .split(/^ *(?:[-*]|\d+\.) /m)
      .slice(1)
    const tag = /\d/.test(marker[0]) ? 'ol' : 'ul'
    return [`<${tag}>${items.map((item) => `<li>${inline(item.trim())}</li>`).join('')}</${tag}>`, end]
  }
  const end = endOf(lines, at + 1, (next) => next.trim() === '' || /^(?:#{1,6} |```|\||[-*] )/.test(next))
  return [`<p>${inline(lines.slice(at, end).join('\n'))}</p>`, end]
}

function endOf(lines: readonly string[], from: number, isEnd: (line: string) => boolean): number {
  const found = lines.slice(from).findIndex(isEnd)
  return found === -1 ? lines.length : from + found
}

function table(rows: readonly string[]): string {
  const cells = (row: string) =>
    row
      .replace(/^\||\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.trim().replaceAll('\\|', '|')))
  const [head = '', , ...body] = rows
  const header = cells(head).map((cell) => `<th>${cell}</th>`)
  const lines = body.map(
    (row) =>
      `<tr>${cells(row)
        .map((cell) => `<td>${cell}</td>`)
        .join('')}</tr>`,
  )
  return `<table><tr>${header.join('')}</tr>${lines.join('')}</table>`
}

/** Code is taken out first: stars and brackets in it mean nothing. */
function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) =>
      index % 2 === 1 ? `<code>${escapeHtml(part.slice(1, -1))}</code>` : emphasise(escapeHtml(part)),
    )
    .join('')
}

/** A colon would be a scheme's; the only ones that are followed are those of the web. */
const LINK = /\[([^\]]+)\]\((https?:\/\/[^\s)]*|[\w./#-][^\s):]*)\)/g

function emphasise(escaped: string): string {
  return escaped
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(
      LINK,
      (_, text: string, to: string) => `<a href="${to.replace(/^(errors|api)\.md/, '/docs/$1')}">${text}</a>`,
    )
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .trim()
    .replaceAll(' ', '-')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
