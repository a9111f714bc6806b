/**
 * Measures cells, unit by unit: starts a fresh process, takes a block of samples of each of its cells with the reference
 * kernel before and after, and ends the process. What was measured earlier is not measured again.
 * Invariant: every record is told when its block is whole, and never a part of one.
 */
import { invariant } from '../../../core/index.ts';
import type { Bytes, Nanos } from '../../../core/index.ts';
import { monotonicNs } from '../../../backends/index.ts';
import { CpuWatch } from '../cpu-watch.ts';
import { environmentStamp } from '../environment-stamp.ts';
import { ReferenceKernel } from '../reference-kernel.ts';
import { BusyWorker } from './busy-worker.ts';
import { CrowdEngines } from './crowd-engines.ts';
import { Forecast } from './forecast.ts';
import type { FilledOptions, ProfiledVariant } from './options.ts';
import type { LoadSample, WorkerFailure } from './profiled-worker.ts';
import { ProfiledWorker } from './profiled-worker.ts';
import type { BlockRecord, FailureRecord, SampleRecord } from './records.ts';
import { isBeyond } from './records.ts';
import type { Cell, Unit } from './schedule.ts';
import { cellText, unitsOf } from './schedule.ts';
import { interrupted } from './interrupted.ts';
import { Sleeper } from './sleeper.ts';
import { isLoadKnown, unitsLeft } from './units-left.ts';

export interface Measurement {
  /** All of them, those of earlier sittings included. */
  readonly records: readonly SampleRecord[];
  /** How tensors went to the engines, if not as usual. */
  readonly notes: readonly string[];
}

export interface Journal {
  /** Records of earlier sittings. */
  readonly earlier: readonly SampleRecord[];
  /** Told of each new one. */
  readonly record: (record: SampleRecord) => void;
}

const KERNEL_RUNS = 7;
/** Before a fresh process is measured: its JavaScript is compiled while it runs. */
const PROCESS_WARM_UP_RUNS = 300;
const PROCESS_WARM_UP_NS: Nanos = 300_000_000;
/** In the place of a sitting that was killed. */
const CUT_SITTING: SampleRecord = {
  type: 'sitting',
  date: 'unknown',
  loadAverage: 'unknown',
  lastedNs: 0,
  shares: null,
  wasCut: true,
};
/** The first run of a size allocates; the kernel before a block took the caches. */
const BLOCK_WARM_UP_RUNS = 2;

/**
 * @throws ServingError MEASURE_INTERRUPTED; MEASURE_KERNEL, MEASURE_ALARM, BUILD_MISSING; LIVE_INPUT_UNKNOWN for inputs with open extents.
 */
export async function measureCells(
  variants: readonly ProfiledVariant[],
  options: FilledOptions,
  journal: Journal,
): Promise<Measurement> {
  const engines = new CrowdEngines(options.memoryMaxBytes);
  const sleeper = new Sleeper(options.signal);
  const kernel = await ReferenceKernel.start().catch(async (error: unknown) => {
    await sleeper.close();
    throw error;
  });
  const breakOff = (): void => void engines.close();
  options.signal?.addEventListener('abort', breakOff);
  try {
    const sitting = new Sitting({ variants, options, journal, engines, kernel, sleeper });
    await sitting.measureWatched();
    return { records: sitting.records, notes: engines.notes };
  } finally {
    options.signal?.removeEventListener('abort', breakOff);
    await Promise.all([engines.close(), kernel.close(), sleeper.close()]);
  }
}

interface SittingParts {
  readonly variants: readonly ProfiledVariant[];
  readonly options: FilledOptions;
  readonly journal: Journal;
  readonly engines: CrowdEngines;
  readonly kernel: ReferenceKernel;
  readonly sleeper: Sleeper;
}

/** One call of `measureCells`. */
class Sitting {
  readonly records: SampleRecord[];
  private readonly parts: SittingParts;
  private readonly failures: FailureRecord[];

  constructor(parts: SittingParts) {
    this.parts = parts;
    this.records = [...parts.journal.earlier];
    this.failures = this.records.filter((record) => record.type === 'failure');
  }

  /** Measures what is left, and keeps how busy the machine was meanwhile, also when it is broken off. */
  async measureWatched(): Promise<void> {
    const { variants, options, engines, kernel, journal } = this.parts;
    const units = unitsOf(variants, options);
    const left = unitsLeft(units, this.records);
    if (left.length === 0) return;
    const last = journal.earlier.at(-1);
    if (last !== undefined && last.type !== 'sitting') this.keep(CUT_SITTING);
    const startedNs = monotonicNs();
    const before = environmentStamp();
    const watch = new CpuWatch(() => [...engines.pids, ...kernel.pids]);
    try {
      await this.measure(units, left);
    } finally {
      this.keep({
        type: 'sitting',
        date: before['date'],
        loadAverage: `${before['load_average']} before, ${environmentStamp()['load_average']} after`,
        lastedNs: monotonicNs() - startedNs,
        shares: watch.shares() ?? null,
        wasCut: false,
      });
    }
  }

  private async measure(units: readonly Unit[], left: readonly Unit[]): Promise<void> {
    const { options } = this.parts;
    const forecast = new Forecast(
      left,
      options,
      units.reduce((sum, { cells }) => sum + cells.length, 0),
    );
    for (const unit of left) await this.measureUnit(unit, forecast);
  }

  private async measureUnit(unit: Unit, forecast: Forecast): Promise<void> {
    const { variants, options } = this.parts;
    const { round, target } = unit;
    const variant = variants[target];
    let worker: ProfiledWorker | undefined;
    let load: LoadSample | undefined;
    let peakMemoryBytes: Bytes = 0;
    const others: ProfiledWorker[] = [];
    const endAll = async (): Promise<void> => {
      await Promise.all(others.splice(0).map((other) => other.unload()));
      peakMemoryBytes = Math.max(peakMemoryBytes, (await worker?.unload()) ?? 0);
      worker = undefined;
    };
    for (const cell of unit.cells.length > 0 ? unit.cells : [undefined]) {
      this.requireGoing();
      if (cell !== undefined && this.failures.some((failure) => isBeyond(failure, target, cell))) {
        forecast.skipped(unit, cell);
        continue;
      }
      if (worker === undefined) {
        const started = await ProfiledWorker.start(() => this.parts.engines.start(1), variant, options);
        this.requireGoing();
        if (!started.ok) {
          this.notStarted(unit, started, load !== undefined);
          const missing = cell === undefined ? [] : unit.cells.slice(unit.cells.indexOf(cell));
          for (const each of missing) forecast.skipped(unit, each);
          break;
        }
        worker = started.worker;
        load ??= started.load;
        if (cell !== undefined) await this.warmUp(worker, Math.min(...unit.cells.map(({ batch }) => batch)));
      }
      if (cell === undefined) continue;
      const startedNs = monotonicNs();
      const block = await this.block(cell, unit, { worker, others });
      this.requireGoing();
      if ('ok' in block) {
        this.failed(target, cell, block);
        // One of them is gone, and nobody knows which: what comes next has fresh ones.
        if (block.kind !== 'refused') await endAll();
      } else this.keep(block);
      forecast.finished(unit, cell, monotonicNs() - startedNs);
      options.progress?.(forecast.progress(`${variant.name}, ${cellText(cell)}`));
    }
    await endAll();
    this.requireGoing();
    if (load === undefined || isLoadKnown(unit, this.records)) return;
    this.keep({ type: 'load', round, target, ...load, peakMemoryBytes });
  }

  /** Fast runs until they have settled; what goes wrong here goes wrong again where it is looked at. */
  private async warmUp(worker: ProfiledWorker, batch: number): Promise<void> {
    const { cellBudgetNs, rounds } = this.parts.options;
    const untilNs = monotonicNs() + Math.min(PROCESS_WARM_UP_NS, cellBudgetNs / rounds);
    for (let run = 0; run < PROCESS_WARM_UP_RUNS && monotonicNs() < untilNs; run += 1) {
      if (!(await worker.run(batch)).ok) return;
    }
  }

  /** @param others workers of earlier blocks; those that are missing join them. */
  private async block(
    cell: Cell,
    { round, target }: Unit,
    { worker, others }: { readonly worker: ProfiledWorker; readonly others: ProfiledWorker[] },
  ): Promise<BlockRecord | WorkerFailure> {
    const missing = await this.joined(others, target, cell);
    if (missing !== undefined) return missing;
    const { kernel } = this.parts;
    const beforeNs = await kernel.medianNs(KERNEL_RUNS);
    const crowd = others.slice(0, cell.workers - 1).map((other) => new BusyWorker(other, cell.batch));
    const samples = await this.samples(worker, cell);
    const ends = await Promise.all(crowd.map((other) => other.stop()));
    const afterNs = await kernel.medianNs(KERNEL_RUNS);
    if ('ok' in samples) return samples;
    const broken = ends.find((end) => end !== undefined);
    if (broken !== undefined) return broken;
    return { type: 'block', round, target, ...cell, kernelNs: Math.round((beforeNs + afterNs) / 2), ...samples };
  }

  private async samples(
    worker: ProfiledWorker,
    cell: Cell,
  ): Promise<Pick<BlockRecord, 'inferNs' | 'hostNs' | 'packNs' | 'handOutNs'> | WorkerFailure> {
    const { options, sleeper } = this.parts;
    for (let run = 0; run < BLOCK_WARM_UP_RUNS; run += 1) {
      const warm = await worker.run(cell.batch);
      if (!warm.ok) return warm;
    }
    const samplesMax = samplesPerBlock(cell, options);
    const untilNs = monotonicNs() + options.cellBudgetNs / options.rounds;
    const inferNs: Nanos[] = [];
    const hostNs: Nanos[] = [];
    const packNs: Nanos[] = [];
    const handOutNs: Nanos[] = [];
    do {
      if (cell.idleNs > 0) await sleeper.sleep(cell.idleNs);
      const sample = await worker.run(cell.batch);
      if (!sample.ok) return sample;
      inferNs.push(sample.inferNs);
      hostNs.push(sample.hostNs);
      packNs.push(sample.packNs);
      handOutNs.push(sample.handOutNs);
    } while (inferNs.length < samplesMax && monotonicNs() < untilNs);
    return { inferNs, hostNs, packNs, handOutNs };
  }

  /** Starts the other workers that a cell needs, those of a smaller or larger crowd ended. @returns what went wrong, if anything did. */
  private async joined(
    others: ProfiledWorker[],
    target: number,
    { workers, batch }: Cell,
  ): Promise<WorkerFailure | undefined> {
    const { engines, variants, options } = this.parts;
    // Each crowd shares the memory of one evenly.
    if (others.length !== workers - 1) await Promise.all(others.splice(0).map((other) => other.unload()));
    while (others.length < workers - 1) {
      const started = await ProfiledWorker.start(() => engines.start(workers), variants[target], options);
      if (!started.ok) return started;
      others.push(started.worker);
      await this.warmUp(started.worker, batch);
    }
    return undefined;
  }

  /** One start may fail by itself: where others did not, it costs the unit alone. */
  private notStarted({ round, target }: Unit, failure: WorkerFailure, hasLoaded: boolean): void {
    const hasOthers = hasLoaded || this.records.some((record) => record.type === 'load' && record.target === target);
    if (hasOthers) this.keep({ type: 'lost', round, target, detail: failure.detail });
    else this.failed(target, { kind: 'busy', batch: 1, idleNs: 0, workers: 1 }, failure);
  }

  private failed(target: number, cell: Cell, { kind: cause, detail }: WorkerFailure): void {
    const failure = { type: 'failure', target, ...cell, cause, detail } as const;
    this.failures.push(failure);
    this.keep(failure);
  }

  private keep(record: SampleRecord): void {
    this.records.push(record);
    this.parts.journal.record(record);
  }

  private requireGoing(): void {
    if (this.parts.options.signal?.aborted !== true) return;
    throw interrupted();
  }
}

/** A round's share of a cell's samples. */
export function samplesPerBlock(
  { kind }: Pick<Cell, 'kind'>,
  { samplesMax, idleSamplesMax, colocatedSamplesMax, rounds }: FilledOptions,
): number {
  const most = { busy: samplesMax, idle: idleSamplesMax, colocated: colocatedSamplesMax }[kind];
  invariant(most >= 1, 'a cell has at least one sample');
  return Math.ceil(most / rounds);
}
