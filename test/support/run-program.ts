import { execFile, execFileSync } from 'node:child_process'
import { TOKEN } from './start-gateway.ts'
import { validateResponse } from './validate-response.ts'

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs a program without a shell, beside this process; its exit code is for the caller to judge. */
export function runProgram(program: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
      },
    )
    // A program that reads no input may be gone before it was written.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** Whether the program is there and works. */
export function works(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Says on the console what is skipped and why; gives the reason for the report. */
export function missing(what: string): string {
  const reason = `${what} is absent here`
  console.warn(`skipped: ${reason}`)
  return reason
}

export type CurlAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** `curl` with the token (or the caller's own), as pasted: `curl(address, 'POST /v1/labs', ['-d', '…'])`. The answer is held against openapi.yaml. */
export async function curl(address: string, line: string, args: readonly string[] = []): Promise<CurlAnswer> {
  const [method = '', path = ''] = line.split(' ')
  const own = args.some((word) => word.startsWith('Authorization:'))
  const token = own ? [] : ['-H', `Authorization: Bearer ${TOKEN}`]
  const asked = ['-sS', '-i', ...(method === 'HEAD' ? ['-I'] : ['-X', method]), ...token, ...args]
  const { code, stdout, stderr } = await runProgram('curl', [...asked, `http://${address}${path}`])
  if (code !== 0) throw new Error(`curl ${line} ended with ${code}: ${stderr}`)
  const end = stdout.indexOf('\r\n\r\n')
  const [first = '', ...fields] = stdout.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    }),
  )
  const answer = { status: Number(first.split(' ')[1]), headers, text: stdout.slice(end + 4) }
  validateResponse({ method, path, ...answer })
  return answer
}
