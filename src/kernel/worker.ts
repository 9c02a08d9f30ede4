import { parentPort, workerData } from 'node:worker_threads'
import { LinuxKernel, type LinuxKernelOptions } from './linux-kernel.ts'
import { type Calls, type FromThread, type Method, packError, type ToThread } from './thread-messages.ts'

/** A kernel thread: carries out what thread.ts sends, any number of calls at once. */

type Tools<M extends Method> = { readonly signal: AbortSignal; readonly tell: (event: Calls[M]['event']) => void }

type Methods = {
  readonly [M in Method]: (given: Calls[M]['arguments'], tools: Tools<M>) => Promise<Calls[M]['answer']>
}

function methodsOf(kernel: LinuxKernel): Methods {
  return {
    apply: ([steps, options], { tell }) => kernel.apply(steps, { ...options, onProgress: tell }),
    remove: ([objects, options]) => kernel.remove(objects, options),
    observe: ([namespaces, fields, sysctlKeys]) => kernel.observe(namespaces, fields, sysctlKeys),
    listNamespaces: () => kernel.listNamespaces(),
    awaitReady: ([namespaces, timeoutMs]) => kernel.awaitReady(namespaces, timeoutMs),
    features: () => kernel.features(),
    limits: () => kernel.limits(),
    hostNetwork: () => kernel.hostNetwork(),
    ping: async ([request], { tell, signal }) => {
      await kernel.ping(request, tell, signal)
      return null
    },
    pingPairs: ([request], { signal }) => kernel.pingPairs(request, signal),
  }
}

function serve(port: NonNullable<typeof parentPort>, options: LinuxKernelOptions): void {
  const kernel = new LinuxKernel(options)
  const methods = methodsOf(kernel)
  const running = new Map<number, AbortController>()
  const post = (message: FromThread) => port.postMessage(message)

  const carryOut = async (id: number, method: Method, given: string) => {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      // The sender typed them as this method's; see kernel-thread.ts.
      const run = methods[method] as (given: unknown, tools: Tools<Method>) => Promise<unknown>
      const tell = (event: unknown) => post({ kind: 'event', id, event: JSON.stringify(event) })
      const answer = await run(JSON.parse(given), { signal: controller.signal, tell })
      post({ kind: 'answer', id, answer: JSON.stringify(answer) })
    } catch (error) {
      post({ kind: 'error', id, error: packError(error) })
    } finally {
      running.delete(id)
    }
  }

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'call':
        void carryOut(message.id, message.method, message.arguments)
        break
      case 'cancel':
        running.get(message.id)?.abort()
        break
      case 'close':
        // Without waiting for the calls that still run; but what was opened by FFI would stay open in the process.
        void kernel.close().finally(() => process.exit())
        break
    }
  })
  post({ kind: 'ready' })
}

if (parentPort === null) throw new Error('worker.ts is started by thread.ts')
serve(parentPort, workerData)
