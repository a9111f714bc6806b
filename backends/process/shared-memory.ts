/**
 * Memory that a parent and one child read and write in turns: an anonymous file (memfd) that both map. It has no name,
 * so nothing is left behind however the two end. It grows and never shrinks: whoever needs more room extends the file,
 * and the other maps anew when it is told the new size.
 * Invariant: only one side touches it at a time; who has sent a frame waits for the answer.
 */
import { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import type { Bytes } from '../../core/index.ts';
import type { Libc, Mapping } from './libc.ts';

/** Most that one request and its answer may bring together: beyond it somebody means harm, or a file. */
export const EXCHANGE_BYTES_MAX: Bytes = 1024 * 1024 * 1024;
/** Pages of 64 KiB exist (arm64), so sizes are multiples of that. */
const GRANULE = 65_536;

export class SharedMemory {
  readonly fd: number;
  private readonly libc: Libc;
  private mapping: Mapping | undefined;
  private view = new Uint8Array(0);

  private constructor(libc: Libc, fd: number) {
    this.libc = libc;
    this.fd = fd;
  }

  /** New and empty. The descriptor is for the child's `stdio`. */
  static create(libc: Libc): SharedMemory {
    const fd = libc.memfdCreate('rehearse');
    libc.sealAgainstShrinking(fd);
    return new SharedMemory(libc, fd);
  }

  /** In the child: the file that the parent has handed down. */
  static attach(libc: Libc, fd: number): SharedMemory {
    return new SharedMemory(libc, fd);
  }

  /** The mapped bytes; a view of older bytes stays valid when they grow. */
  get bytes(): Uint8Array {
    return this.view;
  }

  /**
   * Makes sure that `bytes` holds that many at least; what is in it stays.
   * @throws Error when they are more than `EXCHANGE_BYTES_MAX`, or the system has no more.
   */
  ensure(bytes: Bytes): void {
    if (bytes <= this.view.length) return;
    requireExchangeable(bytes);
    // The other side may have extended the file, and its word is not taken for it: reading beyond the end is fatal.
    const { size } = fstatSync(this.fd);
    // Twice as much as before, for pages that nobody has touched cost nothing, and mapping anew does.
    const wanted = Math.ceil(Math.min(EXCHANGE_BYTES_MAX, Math.max(bytes, 2 * size)) / GRANULE) * GRANULE;
    if (size < bytes) ftruncateSync(this.fd, wanted);
    this.mapping = this.libc.map(this.fd, size < bytes ? wanted : size);
    this.view = new Uint8Array(this.mapping.buffer);
  }

  /** Gives the memory back. Who still holds a view reads zeros. */
  close(): void {
    this.mapping?.free();
    this.mapping = undefined;
    this.view = new Uint8Array(0);
    closeSync(this.fd);
  }
}

/** @throws Error when a request or an answer is larger than any may be. */
export function requireExchangeable(bytes: Bytes): void {
  if (bytes <= EXCHANGE_BYTES_MAX) return;
  throw new Error(`${bytes} bytes do not fit between the processes, which is ${EXCHANGE_BYTES_MAX} at most`);
}
