/**
 * The system calls that Node does not offer, by koffi: anonymous memory that two processes map, and a child that dies
 * with its parent. Linux only; elsewhere, and where koffi's binary is not installed, it says why not.
 */
import { createRequire } from 'node:module';
import type Koffi from 'koffi';

export interface Libc {
  /** @returns a file descriptor that ends with its last user. @throws Error when the kernel refuses. */
  memfdCreate(name: string): number;
  /** Forbids that the file shrinks, and any further seal. Memory that shrinks under a mapping kills who reads it. */
  sealAgainstShrinking(fd: number): void;
  /** Maps the first bytes of a file, shared and writable. @param bytes at least 1. */
  map(fd: number, bytes: number): Mapping;
  /** Has the kernel kill this process when the thread that started it ends. */
  dieWithParent(): void;
}

export interface Mapping {
  /** The memory stays mapped as long as somebody holds this. */
  readonly buffer: ArrayBuffer;
  /** Gives the memory back though somebody may still hold `buffer`, who then reads zeros. */
  free(): void;
}

/** From Linux's headers (x86-64, arm64). */
const MFD_CLOEXEC_ALLOW_SEALING = 3;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL_SHRINK = 3;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const MADV_REMOVE = 9;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Unmaps when nobody holds a buffer any more: a view that outlived `munmap` would take the process with it. It must not
 * be collected itself, so it is the module's.
 */
const unmapper = new FinalizationRegistry<() => void>((unmap) => unmap());

/**
 * The calls, or a line for people that says why there are none.
 *
 * @param load loads koffi. Default: what is installed.
 */
export function openLibc(load: () => typeof Koffi = loadKoffi): Libc | string {
  if (process.platform !== 'linux') return `shared memory needs Linux; this is ${process.platform}`;
  try {
    return bind(load());
  } catch (error) {
    return `koffi cannot be used: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

/** Not imported: its binary is an optional dependency, and who does without must be able to start. */
function loadKoffi(): typeof Koffi {
  return createRequire(import.meta.url)('koffi') as typeof Koffi;
}

function bind(koffi: typeof Koffi): Libc {
  // Without a name: what the running process is linked with, glibc or musl.
  const library = koffi.load(null);
  const memfdCreate = library.func('int memfd_create(const char *name, unsigned int flags)');
  const fcntl = library.func('int fcntl(int fd, int command, int argument)');
  const mmap = library.func('void *mmap(void *at, size_t bytes, int protection, int flags, int fd, int64_t offset)');
  const munmap = library.func('int munmap(void *at, size_t bytes)');
  const madvise = library.func('int madvise(void *at, size_t bytes, int advice)');
  const prctl = library.func('int prctl(int option, unsigned long argument)');
  const checked = (call: string, result: number): number => {
    if (result < 0) throw new Error(`${call} failed with errno ${koffi.errno()}`);
    return result;
  };
  return {
    memfdCreate: (name) => checked('memfd_create', memfdCreate(name, MFD_CLOEXEC_ALLOW_SEALING) as number),
    sealAgainstShrinking(fd) {
      checked('fcntl', fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL_SHRINK) as number);
    },
    map(fd, bytes) {
      const at = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0) as bigint;
      if (at === MAP_FAILED) throw new Error(`mmap of ${bytes} bytes failed with errno ${koffi.errno()}`);
      const buffer = koffi.view(at, bytes);
      unmapper.register(buffer, () => void munmap(at, bytes));
      // `buffer` is not named in here: the registry's callback and `free` hold the address only.
      return { buffer, free: () => void madvise(at, bytes, MADV_REMOVE) };
    },
    dieWithParent: () => void prctl(PR_SET_PDEATHSIG, SIGKILL),
  };
}
