import koffi from 'koffi'

/**
 * libc and libnftables by foreign function calls: the only importer of koffi. Use as `import * as sys from './ffi.ts'`.
 *
 * Every call answers as the raw system call does: a result of 0 or more, or minus errno. `must` (kernel-error.ts) turns
 * the second into a KernelError. All calls are synchronous and act on the calling thread alone; constants are those of
 * Linux on x86-64 and arm64, where all of the ones named here agree.
 */

/** An address as koffi gives it; 0n or null is NULL. */
export type Pointer = bigint | null
/** Memory handed to the kernel for the length of one call. */
export type Bytes = Uint8Array

const libc = koffi.load('libc.so.6')

/** Wraps a libc function whose failure is -1 with errno. koffi checks the argument types at run time. */
function call<A extends readonly unknown[]>(definition: string): (...args: A) => number {
  const raw = libc.func(definition) as (...args: A) => number
  return (...args) => {
    const result = raw(...args)
    return result === -1 ? -koffi.errno() : result
  }
}

// Files. Variadic libc functions are declared with the arguments we give: the calling conventions of Linux agree there.
export const open = call<[path: string, flags: number, mode: number]>(
  'int open(const char *path, int flags, uint mode)',
)
export const openat = call<[directory: number, path: string, flags: number, mode: number]>(
  'int openat(int directory, const char *path, int flags, uint mode)',
)
export const close = call<[fd: number]>('int close(int fd)')
export const read = call<[fd: number, into: Bytes, bytes: number]>('long read(int fd, void *into, size_t bytes)')
export const write = call<[fd: number, from: Bytes, bytes: number]>('long write(int fd, void *from, size_t bytes)')
export const mkdir = call<[path: string, mode: number]>('int mkdir(const char *path, uint mode)')
export const unlink = call<[path: string]>('int unlink(const char *path)')
export const fcntl = call<[fd: number, command: number, value: number]>('int fcntl(int fd, int command, long value)')
export const flock = call<[fd: number, operation: number]>('int flock(int fd, int operation)')
export const ioctl = call<[fd: number, request: number, argument: number]>(
  'int ioctl(int fd, ulong request, long argument)',
)
export const statfs = call<[path: string, into: Bytes]>('int statfs(const char *path, void *into)')
export const mount = call<
  [source: string | null, target: string, type: string | null, flags: number, options: string | null]
>('int mount(const char *source, const char *target, const char *type, ulong flags, const char *options)')
export const umount2 = call<[target: string, flags: number]>('int umount2(const char *target, int flags)')

/** New-style mount calls by number, as libc before 2.36 lacks them; the numbers are the same on every architecture. */
const rawSyscallText = libc.func('long syscall(long number, const char *text, long flags)') as (
  number: number,
  text: string,
  flags: number,
) => number
const rawSyscall = libc.func('long syscall(long number, long a, long b, long c, long d, long e)') as (
  ...args: readonly number[]
) => number
const SYS_FSOPEN = 430
const SYS_FSCONFIG = 431
const SYS_FSMOUNT = 432
const FSOPEN_CLOEXEC = 1
const FSMOUNT_CLOEXEC = 1
const FSCONFIG_CMD_CREATE = 6

/** A file system of its own, mounted nowhere: answers an fd of its root, for `openat` and `close`, or minus errno. */
export function mountDetached(type: string): number {
  const context = rawSyscallText(SYS_FSOPEN, type, FSOPEN_CLOEXEC)
  if (context === -1) return -koffi.errno()
  const created = rawSyscall(SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0)
  const root = created === -1 ? created : rawSyscall(SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, 0, 0, 0)
  const answer = root === -1 ? -koffi.errno() : root
  close(context)
  return answer
}

const SYS_PIDFD_SEND_SIGNAL = 424
const SYS_PIDFD_OPEN = 434

/** An fd that names one process for good, whatever becomes of its number; or minus errno. */
export function pidfdOpen(pid: number): number {
  const fd = rawSyscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0)
  return fd === -1 ? -koffi.errno() : fd
}

export function pidfdSendSignal(pidfd: number, signal: number): number {
  const result = rawSyscall(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0, 0)
  return result === -1 ? -koffi.errno() : result
}

// Namespaces and processes.
export const setns = call<[fd: number, kind: number]>('int setns(int fd, int kind)')
export const unshare = call<[flags: number]>('int unshare(int flags)')
export const kill = call<[pid: number, signal: number]>('int kill(int pid, int signal)')
export const waitpid = call<[pid: number, status: Bytes | null, options: number]>(
  'int waitpid(int pid, void *status, int options)',
)
export const prlimit = call<[pid: number, resource: number, set: Bytes | null, get: Bytes | null]>(
  'int prlimit(int pid, int resource, void *set, void *get)',
)

// Sockets.
export const socket = call<[domain: number, type: number, protocol: number]>(
  'int socket(int domain, int type, int protocol)',
)
export const bind = call<[fd: number, address: Bytes, bytes: number]>('int bind(int fd, void *address, uint bytes)')
export const connect = call<[fd: number, address: Bytes, bytes: number]>(
  'int connect(int fd, void *address, uint bytes)',
)
export const setsockopt = call<[fd: number, level: number, option: number, value: Bytes, bytes: number]>(
  'int setsockopt(int fd, int level, int option, void *value, uint bytes)',
)
export const send = call<[fd: number, from: Bytes, bytes: number, flags: number]>(
  'long send(int fd, void *from, size_t bytes, int flags)',
)
export const sendto = call<
  [fd: number, from: Bytes, bytes: number, flags: number, address: Bytes | null, addressBytes: number]
>('long sendto(int fd, void *from, size_t bytes, int flags, void *address, uint addressBytes)')
export const recv = call<[fd: number, into: Bytes, bytes: number, flags: number]>(
  'long recv(int fd, void *into, size_t bytes, int flags)',
)
export const recvmsg = call<[fd: number, header: Bytes, flags: number]>('long recvmsg(int fd, void *header, int flags)')

/** Many datagrams by one call. `headers` is an array of struct mmsghdr: a struct msghdr (56 bytes), then the length (4) and 4 of padding. */
export const recvmmsg = call<[fd: number, headers: Bytes, count: number, flags: number, timeout: null]>(
  'int recvmmsg(int fd, void *headers, uint count, int flags, void *timeout)',
)
/** Events are struct epoll_event: packed (12 bytes) on x86-64, 16 bytes elsewhere. */
export const epollCreate = call<[flags: number]>('int epoll_create1(int flags)')
export const epollControl = call<[epoll: number, operation: number, fd: number, event: Bytes | null]>(
  'int epoll_ctl(int epoll, int operation, int fd, void *event)',
)
export const epollWait = call<[epoll: number, events: Bytes, count: number, timeoutMs: number]>(
  'int epoll_wait(int epoll, void *events, int count, int timeoutMs)',
)
/** Index of a device of the calling thread's network namespace; 0 when there is none. */
export const ifNametoindex = call<[device: string]>('uint if_nametoindex(const char *device)')
/** Writes a struct timespec: seconds and nanoseconds as two 64-bit integers. */
export const clockGettime = call<[clock: number, into: Bytes]>('int clock_gettime(int clock, void *into)')

/** Address of memory that JavaScript owns. It stays valid only as long as `bytes` is reachable and not transferred. */
export function addressOf(bytes: Bytes): bigint {
  return koffi.address(bytes)
}

const rawMmap = libc.func('void *mmap(void *at, size_t bytes, int protection, int flags, int fd, int64 offset)') as (
  at: null,
  bytes: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => Pointer
const MAP_PRIVATE_ANONYMOUS = 0x22
const PROT_READ_WRITE = 3

/** Memory outside the JavaScript heap that is never given back: for the stacks of `cloneSleeper`. Throws when there is none. */
export function mapMemory(bytes: number): bigint {
  const at = rawMmap(null, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
  if (at === null || BigInt.asIntN(64, at) === -1n) throw new Error('mmap: out of memory')
  return at
}

const sleepFunction: Pointer = libc.symbol('sleep') as Pointer
const rawClone = libc.func('int clone(void *run, void *stackTop, int flags, void *argument)') as (
  run: Pointer,
  stackTop: bigint,
  flags: number,
  argument: bigint,
) => number

const SIG_SETMASK = 2
const SIGNALS_BYTES = 128
const setSignalMask = call<[how: number, set: Bytes, old: Bytes | null]>(
  'int pthread_sigmask(int how, void *set, void *old)',
)
const allSignals = new Uint8Array(SIGNALS_BYTES).fill(0xff)
const ownSignals = new Uint8Array(SIGNALS_BYTES)

/**
 * A child that runs libc's `sleep(seconds)` on a stack of its own in our memory, and no JavaScript. Without an exit signal in
 * `flags` it sends no SIGCHLD and is reaped by `waitpid` with `__WALL`. Answers its pid, or minus errno.
 * It takes no signal but SIGKILL: a Ctrl-C for our process group would run our own handlers in it.
 */
export function cloneSleeper(stackTop: bigint, flags: number, seconds: number): number {
  setSignalMask(SIG_SETMASK, allSignals, ownSignals)
  const pid = rawClone(sleepFunction, stackTop, flags, BigInt(seconds))
  const answer = pid === -1 ? -koffi.errno() : pid
  setSignalMask(SIG_SETMASK, ownSignals, null)
  return answer
}

/** Calls `onReadable` from the event loop of this thread whenever `fd` has something to read, until the answer is called. */
export function watchReadable(fd: number, onReadable: () => void): () => void {
  const handle = koffi.node.poll(fd, { readable: true }, onReadable)
  return () => {
    handle.stop()
    handle.close()
  }
}

// libnftables, loaded at first use: without the library the nft features are missing and everything else works.
export type Nftables = {
  readonly contextNew: (flags: number) => Pointer
  readonly contextFree: (context: Pointer) => void
  readonly setOutputFlags: (context: Pointer, flags: number) => void
  readonly bufferOutput: (context: Pointer) => number
  readonly bufferError: (context: Pointer) => number
  readonly outputBuffer: (context: Pointer) => string
  readonly errorBuffer: (context: Pointer) => string
  readonly setDryRun: (context: Pointer, dry: boolean) => void
  /** 0 when all commands were carried out, else -1 with words in the error buffer. */
  readonly run: (context: Pointer, commands: string) => number
}

let nftables: Nftables | undefined

/** @throws when libnftables.so.1 is not installed */
export function loadNftables(): Nftables {
  nftables ??= declareNftables()
  return nftables
}

function declareNftables(): Nftables {
  const library = koffi.load('libnftables.so.1')
  return {
    contextNew: library.func('void *nft_ctx_new(uint32 flags)') as Nftables['contextNew'],
    contextFree: library.func('void nft_ctx_free(void *context)') as Nftables['contextFree'],
    setOutputFlags: library.func(
      'void nft_ctx_output_set_flags(void *context, uint flags)',
    ) as Nftables['setOutputFlags'],
    bufferOutput: library.func('int nft_ctx_buffer_output(void *context)') as Nftables['bufferOutput'],
    bufferError: library.func('int nft_ctx_buffer_error(void *context)') as Nftables['bufferError'],
    outputBuffer: library.func('const char *nft_ctx_get_output_buffer(void *context)') as Nftables['outputBuffer'],
    errorBuffer: library.func('const char *nft_ctx_get_error_buffer(void *context)') as Nftables['errorBuffer'],
    setDryRun: library.func('void nft_ctx_set_dry_run(void *context, bool dry)') as Nftables['setDryRun'],
    run: library.func('int nft_run_cmd_from_buffer(void *context, const char *commands)') as Nftables['run'],
  }
}
