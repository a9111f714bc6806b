/**
 * Replays a compiled trace: a synchronous cursor that reads the file in blocks. Several cursors, in several threads,
 * may read one file at once. One block of memory, however long the trace; one `Arrival`, reused.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Arrival, QueryKind, Workload } from '../core/index.ts';
import { emptyArrival, NEVER, ServingError } from '../core/index.ts';
import type { CompiledTrace } from './compile-trace.ts';
import { BLOCK_RECORDS, RECORD_BYTES, rowsOfHeader, SpoolBlock } from './spool-format.ts';

/**
 * The arrivals of a compiled trace, from its start. `close` it when done.
 * @throws ServingError if the file is gone or is not the one that was compiled.
 */
export function spooledWorkload(compiled: CompiledTrace): Workload {
  return new SpooledWorkload(compiled);
}

class SpooledWorkload implements Workload {
  readonly kinds: readonly QueryKind[];
  readonly next: Arrival = emptyArrival();
  private readonly compiled: CompiledTrace;
  private readonly block = new SpoolBlock();
  private file: number;
  private row = 0;
  private inBlock = 0;
  private blockRows = 0;

  constructor(compiled: CompiledTrace) {
    this.compiled = compiled;
    this.kinds = compiled.kinds;
    this.file = openSpool(compiled);
    this.next.atNs = 0;
    this.advance();
  }

  advance(): void {
    if (this.next.atNs === NEVER) return;
    if (this.row === this.compiled.rows) {
      this.next.atNs = NEVER;
      this.close();
      return;
    }
    if (this.inBlock === this.blockRows) this.readBlock();
    this.block.read(this.inBlock, this.next);
    this.inBlock += 1;
    this.row += 1;
  }

  close(): void {
    if (this.file >= 0) closeSync(this.file);
    this.file = -1;
    this.next.atNs = NEVER;
  }

  private readBlock(): void {
    this.blockRows = Math.min(BLOCK_RECORDS, this.compiled.rows - this.row);
    this.inBlock = 0;
    const bytes = this.block.bytes.subarray(0, this.blockRows * RECORD_BYTES);
    if (!readAt(this.file, bytes, (this.row + 1) * RECORD_BYTES)) throw damaged(this.compiled, 'the file is cut short');
  }
}

function openSpool(compiled: CompiledTrace): number {
  let file: number;
  try {
    file = openSync(compiled.path, 'r');
  } catch (error) {
    throw damaged(compiled, 'the compiled trace cannot be opened', error);
  }
  const header = new Uint8Array(RECORD_BYTES);
  if (readAt(file, header, 0) && rowsOfHeader(header) === compiled.rows) return file;
  closeSync(file);
  throw damaged(compiled, 'this is not the trace that was compiled');
}

/** Fills the buffer. @returns false if the file ends before. */
function readAt(file: number, bytes: Uint8Array, position: number): boolean {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

function damaged(compiled: CompiledTrace, message: string, cause?: unknown): ServingError {
  return new ServingError({
    code: 'TRACE_SPOOL_DAMAGED',
    place: compiled.path,
    message,
    expected: `the ${compiled.rows} arrivals that were compiled into it`,
    next: 'run again; do not touch the scratch folder during a run',
    cause,
  });
}
