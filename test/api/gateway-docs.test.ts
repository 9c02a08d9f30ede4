import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { registry } from '../../src/contract/descriptors.ts'
import { STATUS } from '../../src/errors.ts'
import { renderMarkdown } from '../../src/gateway/docs/render-markdown.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { askRest } from '../support/ask-rest.ts'
import { startTestGateway } from '../support/start-gateway.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startTestGateway('/nonexistent/engine.sock')
})
afterAll(() => gateway.close(0))

const open = { token: null }

test('the first page leads to the docs', async () => {
  const answer = await askRest(gateway, 'GET /', open)
  expect([answer.status, answer.headers.location]).toEqual([302, '/docs'])
})

test('the docs page loads everything from this server and holds no script of its own', async () => {
  const page = await askRest(gateway, 'GET /docs', open)
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  const policy = page.headers['content-security-policy'] ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self';")
  expect(page.text).not.toMatch(/<script>|<script[^>]*[^>]>[^<]+<|\son\w+=|https?:/)

  const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(parts).toHaveLength(5)
  for (const part of parts) {
    const answer = await askRest(gateway, `GET ${part}`, open)
    expect(answer.status, part).toBe(200)
    expect(Number(answer.headers['content-length']), part).toBeGreaterThan(100)
  }
  const script = await askRest(gateway, 'GET /docs/docs.js', open)
  expect(script.text).toContain("url: '/openapi.yaml'")
  expect(script.text).toContain('validatorUrl: null')
})

test('openapi.yaml is the one of this repository, and is not sent twice', async () => {
  const answer = await askRest(gateway, 'GET /openapi.yaml', open)
  expect(answer.text).toBe(readFileSync('openapi.yaml', 'utf8'))
  expect(parse(answer.text).openapi).toBe('3.1.0')
  const again = await askRest(gateway, 'GET /openapi.yaml', {
    ...open,
    headers: { 'if-none-match': answer.headers.etag ?? '' },
  })
  expect([again.status, again.text]).toEqual([304, ''])
})

test('every kind of problem has its place on the page that its type leads to', async () => {
  const answer = await askRest(gateway, 'GET /docs/errors', open)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  const missing = Object.keys(STATUS).filter((kind) => !answer.text.includes(` id="${kind}"`))
  expect(missing).toEqual([])
})

test.each([
  ['# A *B* `c`', '<h1 id="a-b-c">A *B* <code>c</code></h1>'],
  ['one\ntwo **three**', '<p>one\ntwo <strong>three</strong></p>'],
  ['```sh\n<a> & **b**\n```', '<pre><code>&lt;a&gt; &amp; **b**</code></pre>'],
  ['- a\n- b `|`\n  more', '<ul><li>a</li><li>b <code>|</code>\n  more</li></ul>'],
  ['1. a\n2. b', '<ol><li>a</li><li>b</li></ol>'],
  [
    '| a | b |\n|---|---|\n| `c` | d \\| e |',
    '<table><tr><th>a</th><th>b</th></tr><tr><td><code>c</code></td><td>d | e</td></tr></table>',
  ],
  ['[a](errors.md#b) [x](javascript:alert(1))', '<p><a href="/docs/errors#b">a</a> [x](javascript:alert(1))</p>'],
  ['<script>alert("1")</script>', '<p>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</p>'],
])('Markdown %j becomes %j', (markdown, html) => {
  expect(renderMarkdown(markdown)).toBe(html)
})

test('the gateway knows no message and no method of the contract by name', () => {
  const names = [...registry].flatMap((type) => {
    const isOurs = type.kind !== 'extension' && type.typeName.startsWith('netnslab.v1.')
    if (!isOurs) return []
    return type.kind === 'service' ? [type.name, ...type.methods.map((method) => method.name)] : [type.name]
  })
  expect(names).toContain('CreateLabRequest')
  expect(names).toContain('LabService')
  // Words that other things are called, too.
  const common = [
    'Address',
    'Device',
    'Host',
    'Lab',
    'Limit',
    'Member',
    'Ping',
    'Plan',
    'Route',
    'Feature',
    'Usage',
    'Flow',
    'Progress',
  ]
  const telling = names.filter((name) => !common.includes(name))

  const files = readdirSync('src/gateway', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  expect(files.length).toBeGreaterThan(20)
  const found = files.flatMap((file) => {
    const source = readFileSync(`src/gateway/${file}`, 'utf8')
    const known = telling.filter((name) => new RegExp(`\\b${name}\\b`).test(source))
    // In quotes even a common word would be a message's name.
    const quoted = common.filter((name) => new RegExp(`['"./]${name}['"/]`).test(source))
    return [...known, ...quoted, ...(source.includes('netnslab.v1') ? ['netnslab.v1'] : [])].map(
      (name) => `${file}: ${name}`,
    )
  })
  expect(found).toEqual([])
})
