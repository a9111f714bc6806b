/**
 * One cell of a comparison: pairs of runs by position, those that cannot be believed left out, every quantity side by
 * side. Invariant: what is compared is the same number of runs on both sides, in the order they were given.
 */
import type {
  FidelityBar,
  FidelityCellResult,
  FidelityComparison,
  FidelityLeftOut,
  FidelityQuantity,
  ReplicationResult,
} from '../../../core/index.ts';
import { FIDELITY_QUANTITIES } from '../../../core/index.ts';
import { pairedSeries } from './fidelity-series.ts';
import { judged } from './judge.ts';
import { pooledCdf } from './pooled-cdf.ts';
import { differenceInterval, scaled, sideInterval } from './quantity-values.ts';

/** The runs of one point of a comparison. */
export interface FidelityCellInput {
  readonly label: string;
  /** What belongs together in the page, such as the scenario. */
  readonly group: string;
  /** Of measured capacity, in percent; left out where it is not known, and latencies are judged then. */
  readonly loadPercent?: number | undefined;
  readonly simulated: readonly ReplicationResult[];
  /** Paired with the simulated ones by position: the same trace, the same minutes. */
  readonly live: readonly ReplicationResult[];
}

export interface ComparedCell {
  readonly cell: FidelityCellResult;
  readonly leftOut: readonly FidelityLeftOut[];
}

interface Pairs {
  readonly simulated: readonly ReplicationResult[];
  readonly live: readonly ReplicationResult[];
}

/** What holds for all cells. */
export interface ComparisonRules {
  readonly bar: FidelityBar;
  /** Of all intervals, above 0 and below 1. */
  readonly confidence: number;
  /** Pairs of valid runs below which a cell is not judged, at least 1. */
  readonly pairsMin: number;
}

/** Share by which the offered loads of a pair may differ before they were not the same requests. */
const OFFERED_SHARE_MAX = 0.001;

export function comparedCell(input: FidelityCellInput, rules: ComparisonRules): ComparedCell {
  const { label, group, loadPercent = null } = input;
  const { pairs, leftOut } = believable(input);
  const count = pairs.live.length;
  const answeredMin = count === 0 ? 0 : Math.min(...[...pairs.simulated, ...pairs.live].map(answeredIn));
  const frame = { loadPercent, pairs: count, answeredMin };
  const cdfOf = (runs: readonly ReplicationResult[]) => pooledCdf(runs.map(({ cdf }) => cdf));
  const cell: FidelityCellResult = {
    label,
    group,
    ...frame,
    comparisons: FIDELITY_QUANTITIES.map((quantity) => comparison(quantity, pairs, { ...frame, ...rules })),
    cdf: { simulated: cdfOf(pairs.simulated), live: cdfOf(pairs.live) },
    series: count === 0 ? null : pairedSeries(pairs.simulated[0], pairs.live[0]),
    notes: [...countNotes(input), ...offeredNotes(pairs)],
  };
  return { cell, leftOut };
}

interface Frame extends ComparisonRules {
  readonly loadPercent: number | null;
  readonly pairs: number;
  readonly answeredMin: number;
}

function comparison(
  quantity: FidelityQuantity,
  pairs: Pairs,
  { bar, confidence, ...frame }: Frame,
): FidelityComparison {
  const simulated = sideInterval(pairs.simulated, quantity.name, confidence);
  const live = sideInterval(pairs.live, quantity.name, confidence);
  const own = differenceInterval(pairs, quantity.name, confidence);
  const inPoints = quantity.differenceUnit === 'points';
  const factor = inPoints ? 1 : live.mean === null || live.mean === 0 ? null : 100 / Math.abs(live.mean);
  const difference =
    factor === null ? { ...own, mean: null, halfWidth: null, low: null, high: null } : scaled(own, factor);
  const liveNoise = factor === null || live.halfWidth === null ? null : live.halfWidth * factor;
  const verdict = judged({ quantity, difference, live, liveNoise, ...frame }, bar);
  return { quantity: quantity.name, simulated, live, difference, liveNoise, ...verdict };
}

/** The pairs of which both runs are valid, and what is wrong with the others. */
function believable({ label, group, simulated, live }: FidelityCellInput): {
  readonly pairs: Pairs;
  readonly leftOut: FidelityLeftOut[];
} {
  const count = Math.min(simulated.length, live.length);
  const leftOut: FidelityLeftOut[] = [];
  const kept: number[] = [];
  for (let pair = 0; pair < count; pair += 1) {
    const invalid = (
      [
        ['live', live[pair]],
        ['simulated', simulated[pair]],
      ] as const
    ).filter(([, { verdict }]) => !verdict.valid);
    if (invalid.length === 0) kept.push(pair);
    for (const [world, { replication, verdict }] of invalid) {
      leftOut.push({ group, cell: label, world, replication, problem: verdict.problems[0] ?? UNEXPLAINED });
    }
  }
  return { pairs: { simulated: kept.map((pair) => simulated[pair]), live: kept.map((pair) => live[pair]) }, leftOut };
}

const UNEXPLAINED = { code: 'RUN_INVALID', message: 'the run is invalid', advice: 'run it again' };

function answeredIn({ outcomes }: ReplicationResult): number {
  return outcomes.served + outcomes.late;
}

function countNotes({ simulated, live }: FidelityCellInput): string[] {
  if (simulated.length === live.length) return [];
  const compared = Math.min(simulated.length, live.length);
  return [
    `${simulated.length} simulated runs and ${live.length} live ones: the first ${compared} of both are compared`,
  ];
}

/** Runs that were not offered the same requests cannot be told apart from worlds that differ. */
function offeredNotes({ simulated, live }: Pairs): string[] {
  const unlike = live.filter((run, pair) => {
    const [a, b] = [run.metrics.offered_rps ?? 0, simulated[pair].metrics.offered_rps ?? 0];
    return Math.abs(a - b) > OFFERED_SHARE_MAX * Math.max(a, b);
  });
  if (unlike.length === 0) return [];
  return [`in ${unlike.length} of ${live.length} pairs the two runs were not offered the same load`];
}
