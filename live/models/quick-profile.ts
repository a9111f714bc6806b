/**
 * Measures a model that came without a latency table, when it is registered: a few runs at a few batch sizes in an
 * engine process of its own, within a bounded time. It is no replacement for a profile: runs are back to back, on zeros,
 * and few; the profile's source says so. Batches that there was no time for continue the measured ones in a straight line.
 *
 * Whatever the file does (hang, crash, take all memory) happens to that process.
 */
import { mean, quantileSorted } from 'simple-statistics';
import type { Bytes, Nanos, Profile, ProfileRow, TensorSpec } from '../../core/index.ts';
import { NANOS_PER_MILLISECOND, ServingError, formatDuration } from '../../core/index.ts';
import type { Engine, LoadReport } from '../../backends/index.ts';
import { Engines, monotonicNs } from '../../backends/index.ts';
import { zeroBatch } from './zero-batch.ts';

export interface QuickProfileOptions {
  /** ONNX Runtime's name of the execution provider. */
  readonly hardware: string;
  /** Threads of one run. */
  readonly threads: number;
  /** Batch sizes to measure, ascending from 1 to the model's maximum. */
  readonly batches: readonly number[];
  /** Runs of each batch size, at most. */
  readonly runs: number;
  /** For all runs together, after the load. */
  readonly timeLimitNs: Nanos;
  /** For the load. */
  readonly loadTimeoutNs: Nanos;
  /** An engine that holds more is killed, and the model refused. */
  readonly memoryMaxBytes: Bytes;
  readonly sha256: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Breaks it off: the model is refused then. */
  readonly signal?: AbortSignal | undefined;
}

interface Measured {
  readonly batch: number;
  /** In ONNX Runtime, and on the way to it and back. */
  readonly inferNs: readonly Nanos[];
  readonly wayNs: readonly Nanos[];
}

/** What the sources of such profiles begin with. */
export const MEASURED_AT_REGISTRATION = 'measured at registration';
/** From so many runs on a median says more than the mean, and a p99 is no mere maximum. */
const RUNS_FOR_MEDIAN = 20;
const RUNS_FOR_P99 = 100;
/** A share of the time that is left for each of the batch sizes still to come. */
const LEAST_RUNS = 3;

/**
 * The profile of a model file.
 * @throws ServingError MODEL_REFUSED, whose `found` says in one line why; BUILD_MISSING.
 */
export async function quickProfile(file: string, options: QuickProfileOptions): Promise<Profile> {
  const { hardware, threads, batches, memoryMaxBytes, sha256, inputs, outputs, loadTimeoutNs, signal } = options;
  const engines = new Engines({ memoryMaxBytes });
  const breakOff = (): void => void engines.close();
  signal?.addEventListener('abort', breakOff);
  try {
    const startedNs = monotonicNs();
    const engine = engines.start();
    const maxBatch = batches[batches.length - 1];
    const loaded = await engine.load(
      { path: file, sha256, hardware, threads, maxBatch, inputs, outputs },
      loadTimeoutNs,
    );
    if (!loaded.ok) throw refused('the model cannot be loaded', loaded.failure.detail);
    const loadNs = monotonicNs() - startedNs;
    const measured = await measureBatches(engine, loaded.report, options);
    const ended = await engine.unload(loadTimeoutNs);
    const peakMemoryBytes = ended.ok ? ended.report.peakMemoryBytes : loaded.report.peakMemoryBytes;
    return profileOf(measured, { ...options, loadNs, peakMemoryBytes });
  } finally {
    signal?.removeEventListener('abort', breakOff);
    await engines.close();
  }
}

/** Powers of two up to a maximum, and the maximum. */
export function batchesUpTo(maximum: number): readonly number[] {
  const batches: number[] = [];
  for (let batch = 1; batch < maximum; batch *= 2) batches.push(batch);
  return [...batches, maximum];
}

async function measureBatches(
  engine: Engine,
  model: LoadReport,
  options: QuickProfileOptions,
): Promise<readonly Measured[]> {
  const { batches, timeLimitNs } = options;
  const untilNs = monotonicNs() + timeLimitNs;
  const measured: Measured[] = [];
  for (const [index, batch] of batches.entries()) {
    const leftNs = untilNs - monotonicNs();
    const before = measured.at(-1);
    // What a batch will take at most, if it costs as much as its inputs one by one.
    const expectedNs = before === undefined ? 0 : (mean([...before.inferNs]) * batch) / before.batch;
    if (before !== undefined && expectedNs * LEAST_RUNS > leftNs) break;
    const shareNs = leftNs / (batches.length - index);
    const rows = await measureBatch(engine, model, { batch, runs: options.runs, shareNs, leftNs });
    if (rows === undefined) break;
    measured.push(rows);
  }
  if (measured.length === 0)
    throw refused('the model cannot be profiled', `one run takes longer than ${formatDuration(timeLimitNs)}`);
  return measured;
}

/** @returns undefined when not even the first run ended in the time that was left; then the engine is gone. */
async function measureBatch(
  engine: Engine,
  model: LoadReport,
  { batch, runs, shareNs, leftNs }: { batch: number; runs: number; shareNs: Nanos; leftNs: Nanos },
): Promise<Measured | undefined> {
  const { run, bytes } = zeroBatch(model, batch);
  try {
    engine.room(bytes).fill(0, 0, bytes);
  } catch (cause) {
    throw refused(
      `a batch of ${batch} cannot be handed to an engine`,
      cause instanceof Error ? cause.message : String(cause),
    );
  }
  const inferNs: Nanos[] = [];
  const wayNs: Nanos[] = [];
  const startedNs = monotonicNs();
  // The first run of a size allocates, and is not counted.
  for (let count = -1; count < runs; count += 1) {
    const calledNs = monotonicNs();
    if (inferNs.length > 0 && calledNs - startedNs > shareNs) break;
    const result = await engine.run([run], bytes, Math.max(NANOS_PER_MILLISECOND, leftNs - (calledNs - startedNs)));
    if (!result.ok) {
      if (result.failure.kind === 'timeout') return inferNs.length > 0 ? { batch, inferNs, wayNs } : undefined;
      throw refused(`a run with batch ${batch} failed`, result.failure.detail);
    }
    if (count < 0) continue;
    const insideNs = result.report.inferEndedNs - result.report.inferStartedNs;
    inferNs.push(Math.max(1, insideNs));
    wayNs.push(Math.max(0, monotonicNs() - calledNs - insideNs));
  }
  return { batch, inferNs, wayNs };
}

function profileOf(
  measured: readonly Measured[],
  { batches, threads, loadNs, peakMemoryBytes }: QuickProfileOptions & Pick<Profile, 'loadNs' | 'peakMemoryBytes'>,
): Profile {
  const rows = measured.map(rowOf);
  const last = rows[rows.length - 1];
  const maximum = batches[batches.length - 1];
  const continued = last.batch < maximum ? [continuedRow(rows, maximum)] : [];
  const runs = measured.reduce((sum, { inferNs }) => sum + inferNs.length, 0);
  const at = `batch${rows.length > 1 ? 'es' : ''} ${rows.map(({ batch }) => batch).join(', ')}`;
  const beyond = continued.length > 0 ? `; beyond batch ${last.batch} a straight line, for want of time` : '';
  const way = measured[0].wayNs.toSorted((a, b) => a - b);
  return {
    source: `${MEASURED_AT_REGISTRATION}, ${runs} runs back to back on zeros at ${at}, ${threads} thread${threads > 1 ? 's' : ''}${beyond}`,
    synthesised: continued.length > 0,
    rows: [...rows, ...continued],
    loadNs,
    peakMemoryBytes,
    hostOverheadNs: Math.round(quantileSorted(way, 0.5)),
  };
}

function rowOf({ batch, inferNs }: Measured): ProfileRow {
  const sorted = inferNs.toSorted((a, b) => a - b);
  const at = (probability: number): { probability: number; valueNs: Nanos } => ({
    probability,
    valueNs: Math.round(quantileSorted(sorted, probability)),
  });
  const quantilesNs = [
    ...(sorted.length >= RUNS_FOR_MEDIAN ? [at(0.5)] : []),
    ...(sorted.length >= RUNS_FOR_P99 ? [at(0.99)] : []),
  ];
  return { batch, meanNs: Math.round(mean(sorted)), ...(quantilesNs.length > 0 ? { quantilesNs } : {}) };
}

/** Through the last two rows; from one row alone, as if inputs cost the same one by one. Never below the last row. */
function continuedRow(rows: readonly ProfileRow[], batch: number): ProfileRow {
  const last = rows[rows.length - 1];
  const before = rows.length > 1 ? rows[rows.length - 2] : { batch: 0, meanNs: 0 };
  const perInputNs = Math.max(0, (last.meanNs - before.meanNs) / (last.batch - before.batch));
  return { batch, meanNs: Math.round(last.meanNs + perInputNs * (batch - last.batch)) };
}

function refused(message: string, found: string): ServingError {
  return new ServingError({ code: 'MODEL_REFUSED', message, found });
}
