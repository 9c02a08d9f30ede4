import type { Express } from 'express'
import type { Asset, Assets } from './assets.ts'

/**
 * Swagger UI sets styles from its script and draws icons from data URLs; everything else comes from this server, and no
 * script stands in a page.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The pages for people: the API explorer, what each error means, and openapi.yaml. No token is needed. */
export function servePages(app: Express, assets: Assets): void {
  app.get('/', (_request, response) => response.redirect(302, '/docs'))
  app.get('/docs/', (_request, response) => response.redirect(301, '/docs'))
  for (const [path, asset] of assets) serve(app, path, asset)
}

function serve(app: Express, path: string, { type, body, etag }: Asset): void {
  app.get(path, (request, response) => {
    response.setHeader('Content-Security-Policy', POLICY)
    response.setHeader('Cache-Control', 'no-cache')
    response.setHeader('ETag', etag)
    if (request.header('if-none-match') === etag) {
      response.status(304).end()
      return
    }
    response.setHeader('Content-Type', type)
    response.setHeader('Content-Length', body.length)
    response.end(body)
  })
}
