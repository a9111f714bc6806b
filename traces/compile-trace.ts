/**
 * Compiles a trace: reads, reshapes, completes and checks it once, and writes the arrivals as records of fixed width,
 * so that many runs can replay them synchronously, each in a thread of its own, without parsing anything again.
 * Memory does not grow with the trace. A crash half-way leaves no file under the final name.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Nanos, QueryKind } from '../core/index.ts';
import { emptyArrival, RandomStreams, ServingError } from '../core/index.ts';
import type { TraceArrivals } from './arrival-spec.ts';
import { assertWorkload } from './check-workload.ts';
import { writeWhole } from './partial-file.ts';
import { openTrace } from './read-trace.ts';
import type { BadRowSummary } from './readers/bad-rows.ts';
import type { TraceRow } from './readers/trace-row.ts';
import { RowCompleter } from './row-completer.ts';
import type { WorkloadSpec } from './spec.ts';
import { BLOCK_RECORDS, RECORD_BYTES, SpoolBlock, spoolHeader } from './spool-format.ts';
import type { TraceFormat } from './trace-options.ts';

/** A workload whose arrivals come from a trace. */
export type TraceWorkloadSpec = WorkloadSpec<TraceArrivals>;

/** What a compiled trace is to a run. Plain data: it can be sent to worker threads. */
export interface CompiledTrace {
  /** The file of records. Whoever gave its folder deletes it. */
  readonly path: string;
  readonly format: TraceFormat;
  readonly rows: number;
  readonly kinds: readonly QueryKind[];
  readonly firstNs: Nanos;
  readonly lastNs: Nanos;
  readonly badRows: BadRowSummary;
}

export interface CompileOptions {
  /**
   * Seed of all that is drawn: arrivals behind counts, thinning, queries of rows that name none, objectives. The same
   * trace, specification and seed give the same file.
   */
  readonly seed: string;
  /** Name of the file without its extension; `trace` by default. */
  readonly name?: string;
}

/** @throws ServingError or ServingErrors if the specification, the file or a row cannot be used. */
export async function compileTrace(
  spec: TraceWorkloadSpec,
  directory: string,
  options: CompileOptions,
): Promise<CompiledTrace> {
  assertWorkload(spec);
  const { file, limit } = spec.arrivals;
  const trace = await openTrace(file, { ...spec.arrivals, limit: lesser(limit, spec.limit) }, options.seed);
  const completer = new RowCompleter(spec, new RandomStreams(options.seed));
  const path = join(directory, `${options.name ?? 'trace'}.spool`);
  const written = await writeWhole(path, (partial) => writeRecords(partial, { rows: trace.rows, completer, spec }));
  return { path, format: trace.format, ...written, kinds: completer.kinds, badRows: trace.badRows.summary };
}

interface Work {
  readonly rows: AsyncIterable<TraceRow>;
  readonly completer: RowCompleter;
  readonly spec: TraceWorkloadSpec;
}

async function writeRecords(path: string, work: Work): Promise<{ rows: number; firstNs: Nanos; lastNs: Nanos }> {
  const file = await open(path, 'wx');
  try {
    const block = new SpoolBlock();
    const arrival = emptyArrival();
    let rows = 0;
    let inBlock = 0;
    let firstNs = 0;
    let position = RECORD_BYTES;
    const flush = async (): Promise<void> => {
      await writeAt(file, block.bytes.subarray(0, inBlock * RECORD_BYTES), position);
      position += inBlock * RECORD_BYTES;
      inBlock = 0;
    };
    for await (const row of work.rows) {
      if (row.atNs >= work.spec.durationNs) break;
      work.completer.complete(row, arrival);
      if (rows === 0) firstNs = arrival.atNs;
      block.write(inBlock, arrival);
      rows += 1;
      inBlock += 1;
      if (inBlock === BLOCK_RECORDS) await flush();
    }
    if (rows === 0) throw nothingInTime(work.spec);
    await flush();
    await writeAt(file, spoolHeader(rows), 0);
    return { rows, firstNs, lastNs: arrival.atNs };
  } finally {
    await file.close();
  }
}

/** Writes all of the bytes: a single call may write fewer. */
async function writeAt(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function lesser(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}

function nothingInTime(spec: TraceWorkloadSpec): ServingError {
  return new ServingError({
    code: 'TRACE_NOTHING_LEFT',
    place: spec.arrivals.file,
    message: 'no row of the trace falls into the run',
    found: `0 rows before ${spec.durationNs / 1e9} s`,
    expected: 'at least one row',
    next: 'lengthen the run, or start the window later in the trace',
  });
}
