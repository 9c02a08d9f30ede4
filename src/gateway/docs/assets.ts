import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { renderMarkdown } from './render-markdown.ts'

export type Asset = { readonly type: string; readonly body: Buffer; readonly etag: string }
/** By path, e.g. `/docs/errors`. */
export type Assets = ReadonlyMap<string, Asset>

// Two folders up from src/gateway/docs … and from dist/gateway/docs alike.
const ROOT = new URL('../../../', import.meta.url)
const HTML = 'text/html; charset=utf-8'
const CSS = 'text/css; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

/** Reads every page into memory: once root is given up, the files may be out of reach. About 2 MB. */
export function loadAssets(): Assets {
  const swagger = (file: string) => readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${file}`))
  const assets = new Map<string, Asset>([
    ['/openapi.yaml', asset('application/yaml; charset=utf-8', readFileSync(new URL('openapi.yaml', ROOT)))],
    ['/docs', asset(HTML, Buffer.from(DOCS_PAGE))],
    ['/docs/docs.js', asset(SCRIPT, Buffer.from(DOCS_SCRIPT))],
    ['/docs/docs.css', asset(CSS, Buffer.from(DOCS_STYLE))],
    ['/docs/swagger-ui.css', asset(CSS, swagger('swagger-ui.css'))],
    ['/docs/swagger-ui-bundle.js', asset(SCRIPT, swagger('swagger-ui-bundle.js'))],
    ['/docs/favicon.png', asset('image/png', swagger('favicon-32x32.png'))],
  ])
  for (const name of ['errors', 'api'] as const) {
    const file = new URL(`docs/${name}.md`, ROOT)
    if (existsSync(file)) assets.set(`/docs/${name}`, asset(HTML, Buffer.from(page(name, readFileSync(file, 'utf8')))))
  }
  return assets
}

function asset(type: string, body: Buffer): Asset {
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>netns-lab API</title>
<link rel="icon" type="image/png" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"><noscript>This page needs JavaScript; the same stands in <a href="/openapi.yaml">openapi.yaml</a>.</noscript></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>
</body>
</html>
`

// validatorUrl: the badge would send the document's address to a server on the internet.
const DOCS_SCRIPT = `SwaggerUIBundle({
  url: '/openapi.yaml',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
})
`

const DOCS_STYLE = `body { font: 16px/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
pre, code { font-family: monospace; background: #f4f4f4; }
pre { padding: .75rem; overflow: auto; }
table { border-collapse: collapse; }
td, th { border: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top; }
:target { background: #fff3c4; }
`

function page(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>netns-lab: ${title}</title>
<link rel="icon" type="image/png" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
${renderMarkdown(markdown)}
</body>
</html>
`
}
