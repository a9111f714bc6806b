/**
 * Sets two results side by side: for each model, setting and part that both have, the ratio of the medians with an
 * interval. Both sides are drawn anew by process or turn, independently of each other, since nothing pairs them. Pure.
 */
import { median, quantileSorted } from 'simple-statistics';
import type {
  TimingsCell,
  TimingsComparedRun,
  TimingsComparison,
  TimingsComparisonRow,
  TimingsPartInfo,
  TimingsPhase,
  TimingsPhaseName,
  TimingsResult,
} from '../../../core/index.ts';
import { ServingError, Stream, TIMINGS_PARTS, TIMINGS_PHASES, timingsUnits } from '../../../core/index.ts';
import { CONFIDENCE, RESAMPLES, UNITS_MIN, rangeOf, resampled } from './bootstrap.ts';
import type { Range } from './bootstrap.ts';

const SEED = 'timings-comparison';
/** The reference kernel this much slower or faster means that the machine was another one. */
const KERNEL_DRIFT = 0.05;

export interface ComparedResult {
  readonly folder: string;
  readonly result: TimingsResult;
}

/** @throws ServingError TIMINGS_NOTHING_COMMON when no model and setting is in both. */
export function compareTimings(a: ComparedResult, b: ComparedResult): TimingsComparison {
  const pairs = a.result.cells.flatMap((cellA) => {
    const cellB = b.result.cells.find((cell) => keyOf(cell) === keyOf(cellA));
    return cellB === undefined ? [] : [[cellA, cellB] as const];
  });
  if (pairs.length === 0) {
    const labels = ({ result }: ComparedResult): string =>
      result.cells.map(({ label }) => label).join('; ') || 'nothing';
    throw new ServingError({
      code: 'TIMINGS_NOTHING_COMMON',
      place: b.folder,
      message: `it has no model and setting in common with ${a.folder}`,
      found: labels(b),
      expected: labels(a),
    });
  }
  const [kernelA, kernelB] = [a, b].map(({ result }) => result.noise.kernelMs);
  const kernelRatio = kernelA.length === 0 || kernelB.length === 0 ? null : median([...kernelB]) / median([...kernelA]);
  const rows = pairs.flatMap(([cellA, cellB]) =>
    TIMINGS_PHASES.flatMap((phase) =>
      phaseRows(cellA, phase, { sides: [cellA[phase], cellB[phase]], machineRatio: kernelRatio ?? 1 }),
    ),
  );
  return {
    kind: 'timings-comparison',
    a: runOf(a),
    b: runOf(b),
    confidence: CONFIDENCE,
    resamples: RESAMPLES,
    seed: SEED,
    kernelRatio,
    rows,
    notes: notesOf({ a, b, compared: pairs.map(([cell]) => cell), kernelRatio }),
  };
}

/** What makes two cells the same; a label says only what differed within its own result. */
function keyOf({ subject, hardware, threads }: TimingsCell): string {
  return JSON.stringify([subject, hardware, threads]);
}

function runOf({ folder, result: { name, environment, verdict, complete } }: ComparedResult): TimingsComparedRun {
  const { startedAt, platform, cpu, cores } = environment;
  return { folder, name, startedAt, machine: `${platform}, ${cpu}, ${cores} cores`, valid: verdict.valid && complete };
}

function phaseRows(
  cell: TimingsCell,
  phase: TimingsPhaseName,
  { sides: [a, b], machineRatio }: { readonly sides: readonly (TimingsPhase | null)[]; readonly machineRatio: number },
): TimingsComparisonRow[] {
  if (a === null || b === null || a.samples.unit.length === 0 || b.samples.unit.length === 0) return [];
  const label = `${cell.subject}, ${cell.hardware}, ${cell.threads === 1 ? '1 thread' : `${cell.threads} threads`}`;
  return TIMINGS_PARTS[phase].map((info) => rowOf(info, { label, phase, a, b, machineRatio }));
}

function rowOf(
  info: TimingsPartInfo,
  {
    label,
    phase,
    a,
    b,
    machineRatio,
  }: { label: string; phase: TimingsPhaseName; a: TimingsPhase; b: TimingsPhase; machineRatio: number },
): TimingsComparisonRow {
  const [unitsA, unitsB] = [a, b].map(({ samples }) => timingsUnits(info, samples));
  const [timesA, timesB] = [unitsA.flat(), unitsB.flat()];
  const [medianAMs, medianBMs] = [median(timesA), median(timesB)];
  const range =
    Math.min(unitsA.length, unitsB.length) < UNITS_MIN ? undefined : ratioRange(info.name, label, [unitsA, unitsB]);
  const known = range !== undefined && Number.isFinite(range.low) && Number.isFinite(range.high);
  return {
    label,
    phase,
    part: info.name,
    samplesA: timesA.length,
    samplesB: timesB.length,
    medianAMs,
    medianBMs,
    ratio: medianBMs / medianAMs,
    low: known ? range.low : null,
    high: known ? range.high : null,
    verdict: known ? decided(range, machineRatio) : 'undecided',
  };
}

/** What the machine's own change can explain is no difference of the models. */
function decided({ low, high }: Range, machineRatio: number): TimingsComparisonRow['verdict'] {
  if (high < Math.min(1, machineRatio)) return 'faster';
  return low > Math.max(1, machineRatio) ? 'slower' : 'undecided';
}

function ratioRange(part: string, label: string, sides: readonly number[][][]): Range {
  const stream = new Stream(`${SEED}/${label}/${part}`);
  const ratios = Array.from({ length: RESAMPLES }, () => {
    // The types of simple-statistics ask for a plain array; it only indexes.
    const [medianA, medianB] = sides.map((units) =>
      quantileSorted(resampled(units, stream) as unknown as number[], 0.5),
    );
    return medianB / medianA;
  });
  return rangeOf(ratios);
}

interface Noted {
  readonly a: ComparedResult;
  readonly b: ComparedResult;
  readonly compared: readonly TimingsCell[];
  readonly kernelRatio: number | null;
}

function notesOf({ a, b, compared, kernelRatio }: Noted): string[] {
  const notes: string[] = [];
  for (const [which, { result }] of [
    ['A', a],
    ['B', b],
  ] as const) {
    if (!result.verdict.valid)
      notes.push(`${which} is invalid: ${result.verdict.problems.map(({ message }) => message).join('; ')}`);
    const alone = result.cells.filter((cell) => !compared.some((other) => keyOf(other) === keyOf(cell)));
    if (alone.length > 0) notes.push(`only in ${which}: ${alone.map(({ label }) => label).join('; ')}`);
  }
  for (const { name, sha256, images, handler } of a.result.subjects) {
    const other = b.result.subjects.find((subject) => subject.name === name);
    if (other === undefined) continue;
    if (other.sha256 !== sha256) notes.push(`the file of ${name} is another one in B`);
    if (other.images !== images) notes.push(`${name} got other images: A ${images}, B ${other.images}`);
    if (other.handler !== handler) notes.push(`${name} has another handler: A ${handler}, B ${other.handler}`);
  }
  if (settingsOf(a.result) !== settingsOf(b.result)) {
    notes.push(`requests came in another way: A ${settingsOf(a.result)}, B ${settingsOf(b.result)}`);
  }
  if (kernelRatio !== null && Math.abs(kernelRatio - 1) > KERNEL_DRIFT) {
    const percent = (Math.abs(kernelRatio - 1) * 100).toFixed(0);
    const direction = kernelRatio > 1 ? 'slower' : 'faster';
    notes.push(
      `the machine itself was ${percent} % ${direction} in B, by the reference kernel: differences of that size are its own`,
    );
  }
  return notes;
}

/** How requests came, as the resolved config has it. */
function settingsOf({ config }: TimingsResult): string {
  if (typeof config !== 'object' || config === null || !('handle' in config)) return 'unknown';
  return JSON.stringify(config.handle);
}
