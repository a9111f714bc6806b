/** The work behind `rehearse trace info | generate | convert`: whole files in, whole files or figures out. */
import type { QueryKind, Workload } from '../core/index.ts';
import { emptyArrival, NEVER, RandomStreams, ServingError } from '../core/index.ts';
import { assertWorkload } from './check-workload.ts';
import type { TraceWorkloadSpec } from './compile-trace.ts';
import type { GeneratedWorkloadSpec } from './generated-workload.ts';
import { generatedWorkload } from './generated-workload.ts';
import type { TraceInfo } from './info.ts';
import { traceInfo } from './info.ts';
import { openTrace } from './read-trace.ts';
import type { BadRowSummary } from './readers/bad-rows.ts';
import type { TraceRow } from './readers/trace-row.ts';
import { bareRow } from './readers/trace-row.ts';
import { RowCompleter } from './row-completer.ts';
import type { WorkloadSpec } from './spec.ts';
import type { TraceFormat, TraceOptions } from './trace-options.ts';
import { limitRows, windowRows } from './transforms.ts';
import { writeTrace } from './write-trace.ts';

export interface TraceDescription extends TraceInfo {
  readonly format: TraceFormat;
  readonly badRows: BadRowSummary;
}

export interface WrittenTrace {
  readonly path: string;
  readonly rows: number;
  readonly badRows: BadRowSummary;
}

const NO_BAD_ROWS: BadRowSummary = { total: 0, byKind: {}, first: '' };

/** Figures of a trace, after the transforms that the options ask for. */
export async function describeTrace(
  path: string,
  options: TraceOptions = {},
  seed?: string,
): Promise<TraceDescription> {
  const trace = await openTrace(path, options, seed);
  const info = await traceInfo(trace.rows);
  return { ...info, format: trace.format, badRows: trace.badRows.summary };
}

/** Writes a trace of any format, reshaped as the options say, as our own CSV. What rows leave out stays out. */
export async function convertTrace(
  path: string,
  options: TraceOptions,
  outPath: string,
  seed?: string,
): Promise<WrittenTrace> {
  const trace = await openTrace(path, options, seed);
  const rows = await writeTrace(trace.rows, outPath);
  return { path: outPath, rows, badRows: trace.badRows.summary };
}

/**
 * Writes the arrivals of a workload as our own CSV. Replaying the file gives what the workload would.
 * @throws ServingError for a closed loop, whose arrivals depend on the answers.
 */
export async function generateTrace(spec: WorkloadSpec, seed: string, outPath: string): Promise<WrittenTrace> {
  const { arrivals } = spec;
  if (arrivals.process === 'closed-loop') {
    throw new ServingError({
      code: 'TRACE_CLOSED_LOOP',
      message: 'a closed loop has no trace',
      found: 'arrivals.process closed-loop',
      expected: 'an open process: when its clients send depends on when they are answered',
      next: 'generate from an open process, or record a run',
    });
  }
  if (arrivals.process === 'trace') return completedTrace({ ...spec, arrivals }, seed, outPath);
  const rows = await writeTrace(workloadRows({ ...spec, arrivals }, seed), outPath);
  return { path: outPath, rows, badRows: NO_BAD_ROWS };
}

async function* workloadRows(spec: GeneratedWorkloadSpec, seed: string): AsyncGenerator<TraceRow> {
  const workload = generatedWorkload(spec, new RandomStreams(seed));
  for (let line = 2; workload.next.atNs !== NEVER; line += 1) {
    yield rowOf(workload.next, workload.kinds, line);
    workload.advance();
  }
}

async function completedTrace(spec: TraceWorkloadSpec, seed: string, outPath: string): Promise<WrittenTrace> {
  assertWorkload(spec);
  const trace = await openTrace(spec.arrivals.file, spec.arrivals, seed);
  const completer = new RowCompleter(spec, new RandomStreams(seed));
  const inTime = windowRows(trace.rows, { toNs: spec.durationNs });
  const source = spec.limit === undefined ? inTime : limitRows(inTime, spec.limit);
  const arrival = emptyArrival();
  async function* completed(): AsyncGenerator<TraceRow> {
    for await (const row of source) {
      completer.complete(row, arrival);
      yield rowOf(arrival, completer.kinds, row.line);
    }
  }
  const rows = await writeTrace(completed(), outPath);
  return { path: outPath, rows, badRows: trace.badRows.summary };
}

function rowOf(arrival: Workload['next'], kinds: readonly QueryKind[], line: number): TraceRow {
  const { atNs, inputs, latencyNs, accuracyPercent } = arrival;
  return { ...bareRow(line, atNs), ...kinds[arrival.kind], inputs, latencyNs, accuracyPercent };
}
