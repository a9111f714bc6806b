/**
 * From blocks of samples to a profile. Times are divided by what the reference kernel took around their block and
 * multiplied by what it took over the whole measurement, so that a table has the speed of no particular minute. Pure.
 *
 * Of 200 pairs of medians out of five measurements on 2 cores, of which other processes took 1.3 all the time, 58 % agreed
 * within 5 % as they came, 75 % after division by the kernel over the whole measurement, 86 % by that of each block; a kernel
 * smoothed over 5 to 21 blocks gave 80 to 83 %, the median of the blocks' medians 86 % with a longer tail
 * (`npm run bench -- profile-repeat`).
 */
import { mean, median } from 'simple-statistics';
import type { Bytes, Colocation, IdleRows, Nanos, Profile, ProfileRow } from '../../../core/index.ts';
import { invariant } from '../../../core/index.ts';
import type { EnvironmentStamp } from '../environment-stamp.ts';
import type { BlockRecord, FailureRecord, LoadRecord, LostRecord, SampleRecord } from './records.ts';
import { isBeyond } from './records.ts';
import type { Cell } from './schedule.ts';
import { SAMPLE_RULE, measuredTime } from './sample-rule.ts';

/** Medians of what the host's time is made of, normalised as it is. */
export interface HostParts {
  readonly packNs: Nanos;
  /** To the engine's process and back. */
  readonly hopNs: Nanos;
  readonly handOutNs: Nanos;
}

/** A cell's samples of all rounds. */
export interface CellSummary extends Cell {
  readonly samples: number;
  readonly row: ProfileRow;
  readonly hostParts: HostParts;
  /** Median of the samples as they came. */
  readonly rawMedianNs: Nanos;
  /** Medians of its blocks after normalising. */
  readonly blockMediansNs: readonly Nanos[];
}

/** What was measured of one variant. */
export interface VariantSummary {
  readonly cells: readonly CellSummary[];
  readonly loads: readonly LoadRecord[];
  /** Why its table ends where it ends; the first of each kind of cell. */
  readonly failures: readonly FailureRecord[];
  /** Rounds that have no samples, or not all, since a process did not start. */
  readonly lost: readonly LostRecord[];
  /** Median of the reference kernel over the whole measurement, which is common to all its variants. */
  readonly referenceNs: Nanos;
}

/** Whether and how samples are normalised: `none` keeps them as they came. */
export type Normalisation = 'block' | 'none';

/** Median of the kernel over all blocks. */
export function referenceOf(records: readonly SampleRecord[]): Nanos {
  const kernels = records.flatMap((record) => (record.type === 'block' ? [record.kernelNs] : []));
  return kernels.length === 0 ? 0 : Math.round(median(kernels));
}

/** @param target index of the variant. */
export function summaryOf(
  records: readonly SampleRecord[],
  target: number,
  normalisation: Normalisation = 'block',
): VariantSummary {
  const own = records.filter((record) => record.type !== 'sitting' && record.target === target);
  const failures = own.filter((record) => record.type === 'failure');
  const referenceNs = referenceOf(records);
  const groups = new Map<string, BlockRecord[]>();
  for (const record of own) {
    if (record.type !== 'block' || failures.some((failure) => isBeyond(failure, target, record))) continue;
    const key = `${record.kind}/${record.idleNs}/${record.workers}/${record.batch}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  const factorOf = ({ kernelNs }: BlockRecord): number => (normalisation === 'block' ? referenceNs / kernelNs : 1);
  const cells = [...groups.values()].map((blocks) => cellSummary(blocks, factorOf)).sort(inOrder);
  const loads = own.filter((record) => record.type === 'load');
  const lost = own.filter((record) => record.type === 'lost');
  return { cells, loads, failures, lost, referenceNs };
}

/** @param context how many threads and rounds, on what. @param summary with at least one batch back to back. */
export function profileOf(
  { cells, loads, referenceNs }: VariantSummary,
  context: { readonly threads: number; readonly environment: EnvironmentStamp },
): Profile {
  const busy = cells.filter(({ kind }) => kind === 'busy');
  invariant(busy.length > 0 && loads.length > 0, 'a profile has a row and a load');
  const afterIdle = idleRows(cells);
  const colocated = colocations(cells, busy);
  const [{ row: smallest }] = busy;
  return {
    source: sourceText(busy, context.threads, loads.length),
    synthesised: false,
    rows: busy.map(({ row }) => row),
    ...(afterIdle.length > 0 ? { afterIdle } : {}),
    loadNs: medianOf(loads, ({ loadNs }) => loadNs),
    loadParts: {
      processNs: medianOf(loads, ({ processNs }) => processNs),
      readNs: medianOf(loads, ({ readNs }) => readNs),
      createNs: medianOf(loads, ({ createNs }) => createNs),
      firstRunNs: medianOf(loads, ({ firstRunNs }) => firstRunNs),
    },
    peakMemoryBytes: peakMemory(loads),
    hostOverheadNs: medianOfTime(smallest.host),
    ...(colocated.length > 0 ? { colocated } : {}),
    referenceNs,
    environment: context.environment,
  };
}

function cellSummary(blocks: readonly BlockRecord[], factorOf: (block: BlockRecord) => number): CellSummary {
  const [{ kind, batch, idleNs, workers }] = blocks;
  const infer = blocks.flatMap((block) => block.inferNs.map((inferNs) => inferNs * factorOf(block)));
  const host = blocks.flatMap((block) => block.hostNs.map((hostNs) => hostNs * factorOf(block)));
  const medianOfPart = (read: (block: BlockRecord, at: number) => Nanos): Nanos =>
    Math.round(median(blocks.flatMap((block) => block.hostNs.map((_, at) => read(block, at) * factorOf(block)))));
  return {
    kind,
    batch,
    idleNs,
    workers,
    samples: infer.length,
    row: { batch, ...measuredTime(infer, 1), host: measuredTime(host, 0) },
    hostParts: {
      packNs: medianOfPart(({ packNs }, at) => packNs[at]),
      hopNs: medianOfPart(({ hostNs, packNs, handOutNs }, at) => Math.max(0, hostNs[at] - packNs[at] - handOutNs[at])),
      handOutNs: medianOfPart(({ handOutNs }, at) => handOutNs[at]),
    },
    rawMedianNs: Math.round(median(blocks.flatMap(({ inferNs }) => [...inferNs]))),
    blockMediansNs: blocks.map((block) => Math.round(median([...block.inferNs]) * factorOf(block))),
  };
}

/** Back to back first, then by idle time and workers; batches ascend. */
function inOrder(a: CellSummary, b: CellSummary): number {
  return a.workers - b.workers || a.idleNs - b.idleNs || a.batch - b.batch;
}

function idleRows(cells: readonly CellSummary[]): IdleRows[] {
  const idle = cells.filter(({ kind }) => kind === 'idle');
  return [...new Set(idle.map(({ idleNs }) => idleNs))].map((idleNs) => ({
    idleNs,
    rows: idle.filter((cell) => cell.idleNs === idleNs).map(({ row }) => row),
  }));
}

/** The mean over batch sizes of how much longer they took. */
function colocations(cells: readonly CellSummary[], busy: readonly CellSummary[]): Colocation[] {
  const crowded = cells.filter(({ kind }) => kind === 'colocated');
  return [...new Set(crowded.map(({ workers }) => workers))].map((workers) => {
    const ratios = crowded.flatMap((cell) => {
      const alone = busy.find(({ batch }) => batch === cell.batch);
      return cell.workers !== workers || alone === undefined ? [] : [cell.row.meanNs / alone.row.meanNs];
    });
    return { workers, slowdown: Number(mean(ratios).toPrecision(4)) };
  });
}

function medianOf(loads: readonly LoadRecord[], read: (load: LoadRecord) => Nanos): Nanos {
  return Math.round(median(loads.map(read)));
}

function medianOfTime(time: ProfileRow['host']): Nanos {
  invariant(time !== undefined, 'what was measured here has the host’s time');
  if (time.samplesNs !== undefined) return Math.round(median([...time.samplesNs]));
  return time.quantilesNs?.find(({ probability }) => probability === 0.5)?.valueNs ?? time.meanNs;
}

function peakMemory(loads: readonly LoadRecord[]): Bytes {
  return Math.max(...loads.map(({ peakMemoryBytes }) => peakMemoryBytes));
}

function sourceText(busy: readonly CellSummary[], threads: number, processes: number): string {
  const counts = busy.map(({ samples }) => samples);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const samples = least === most ? String(most) : `${least} to ${most}`;
  const rounds = `${processes} fresh process${processes === 1 ? '' : 'es'}`;
  return `measured by rehearse profile: ${samples} runs of each batch in ${rounds}, ${threads} thread${threads === 1 ? '' : 's'}, normalised by the reference kernel; ${SAMPLE_RULE}`;
}
