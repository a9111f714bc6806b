/**
 * Whether a cell keeps to the objectives of its grid point: the value of each with its interval, whether the interval
 * shows it met or missed, and how many replications missed it by themselves. A missed objective makes no run invalid:
 * the figures are right, the policy set is not good enough.
 */
import type {
  CellResult,
  IntervalResult,
  ObjectiveOutcome,
  ObjectiveResult,
  ReplicationResult,
} from '../../core/index.ts';
import { metricNamed } from '../../core/index.ts';
import type { GridPoint, ObjectiveConfig, ObjectiveMeasure } from '../config/experiment-config.ts';
import { intervalOf } from '../statistics/index.ts';
import { metricInterval } from './aggregate.ts';
import { valueOf } from './pairs.ts';

const SECONDS_PER_HOUR = 3600;
/** Below this share of answered requests, their latencies alone say little of a service. */
const ANSWERED_MIN = 0.9;

type JudgedCell = Pick<CellResult, 'replications' | 'verdict'>;
type JudgedPoint = Pick<GridPoint, 'objectives'> & {
  readonly scenario: { readonly variants: readonly { readonly name: string; readonly accuracyPercent: number }[] };
};

/** Results in the order of the objectives. */
export function objectivesOf(
  { replications, verdict }: JudgedCell,
  { objectives, scenario }: JudgedPoint,
  confidence: number,
): ObjectiveResult[] {
  const accuracy = new Map(scenario.variants.map(({ name, accuracyPercent }) => [name, accuracyPercent]));
  return objectives.map((objective): ObjectiveResult => {
    const { name, application, measure, bound, limit } = objective;
    const values = replications.map((each) => measured(each, objective, accuracy));
    const value =
      measure.kind === 'metric'
        ? metricInterval(replications, { metric: measure.metric, application }, confidence)
        : intervalOfValues(values, confidence);
    const excesses = values.flatMap((each) => (each === null ? [] : [excessOf(each, objective)]));
    const missed = excesses.filter((excess) => excess > 0);
    const common = {
      objective: name,
      ...inWords(measure),
      application,
      bound,
      limit,
      value,
      violations: missed.length,
      worstBy: missed.length === 0 ? null : Math.max(...missed),
    };
    // A run that cannot be believed decides nothing.
    if (!verdict.valid) return { ...common, outcome: 'undecided', remark: 'the runs are invalid' };
    if (value.mean === null) return { ...common, outcome: 'undecided', remark: 'a run has no value' };
    // No answer may lie below the floor: one that does is proof, and a mean over replications has nothing to add.
    if (name === 'accuracy_floor') return { ...common, outcome: missed.length > 0 ? 'missed' : 'met', remark: '' };
    const remark = value.halfWidth === null ? 'one run without parts gives no interval: add replications' : '';
    const unsaid =
      name === 'p99_latency' && !hasAttainment(objectives, application) ? lostRemark(replications, application) : '';
    return { ...common, outcome: outcomeOf(value, objective), remark: [remark, unsaid].filter(Boolean).join('; ') };
  });
}

/** Whether all objectives are met; null without any, and while none is missed but some is undecided. */
export function isAcceptable(objectives: readonly ObjectiveResult[]): boolean | null {
  if (objectives.some(({ outcome }) => outcome === 'missed')) return false;
  return objectives.length === 0 || objectives.some(({ outcome }) => outcome === 'undecided') ? null : true;
}

/** The value of one replication; null where it has none. */
function measured(
  run: ReplicationResult,
  { application, measure }: ObjectiveConfig,
  accuracy: ReadonlyMap<string, number>,
): number | null {
  if (measure.kind === 'battery') return run.batteryJoules[measure.machine] ?? 0;
  if (measure.kind === 'answers-below') return shareBelow(run, application, { accuracy, ...measure });
  const value = valueOf(run, { metric: measure.metric, application });
  if (measure.kind === 'metric' || value === null) return value;
  return run.durationS === 0 ? null : (value / run.durationS) * SECONDS_PER_HOUR;
}

/** Percent of the answers whose accuracy is below the floor; null when nothing was answered. */
function shareBelow(
  { servedBy }: ReplicationResult,
  application: string | null,
  { accuracy, accuracyPercent }: { readonly accuracy: ReadonlyMap<string, number>; readonly accuracyPercent: number },
): number | null {
  let answered = 0;
  let below = 0;
  for (const { application: asker, variant, requests } of servedBy) {
    if (application !== null && asker !== application) continue;
    answered += requests;
    if ((accuracy.get(variant) ?? 0) < accuracyPercent) below += requests;
  }
  return answered === 0 ? null : (below / answered) * 100;
}

/** Whether an attainment, which counts every request, is asked of the same application or of all. */
function hasAttainment(objectives: readonly ObjectiveConfig[], application: string | null): boolean {
  return objectives.some((each) => each.name === 'attainment' && [null, application].includes(each.application));
}

/** What a latency of answered requests hides where many were not answered. */
function lostRemark(replications: readonly ReplicationResult[], application: string | null): string {
  const least = Math.min(...replications.map((run) => answeredShare(run, application)));
  if (!(least < ANSWERED_MIN)) return '';
  return `only ${(100 * least).toFixed(1)} % of the requests were answered: set an attainment beside the latency`;
}

/** Of the measured requests, 0 to 1; NaN without any. An application has that part of them which it offered. */
function answeredShare(
  { outcomes, servedBy, metrics, byApplication }: ReplicationResult,
  application: string | null,
): number {
  const all = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  if (application === null) return (outcomes.served + outcomes.late) / all;
  const offered = Object.hasOwn(byApplication, application) ? byApplication[application].offered_rps : null;
  const answered = servedBy.reduce((sum, each) => sum + (each.application === application ? each.requests : 0), 0);
  return answered / ((all * (offered ?? 0)) / (metrics.offered_rps ?? 0));
}

/** How far beyond the limit a value lies; 0 or less when it keeps to it. */
function excessOf(value: number, { bound, limit }: ObjectiveConfig): number {
  return bound === 'at most' ? value - limit : limit - value;
}

/** An interval on the right side of the limit, which is part of it, shows an objective met. */
function outcomeOf({ low, high }: IntervalResult, { bound, limit }: ObjectiveConfig): ObjectiveOutcome {
  if (low === null || high === null) return 'undecided';
  const [nearest, farthest] = bound === 'at most' ? [low - limit, high - limit] : [limit - high, limit - low];
  if (farthest <= 0) return 'met';
  return nearest > 0 ? 'missed' : 'undecided';
}

function intervalOfValues(values: readonly (number | null)[], confidence: number): IntervalResult {
  const known = values.filter((value) => value !== null);
  if (known.length === values.length && known.length > 0) return intervalOf(known, confidence);
  const none = { mean: null, halfWidth: null, low: null, high: null };
  return { ...none, confidence, samples: known.length, method: 'replications' };
}

function inWords(measure: ObjectiveMeasure): Pick<ObjectiveResult, 'measure' | 'unit'> {
  switch (measure.kind) {
    case 'metric':
    case 'per-hour': {
      const { label, unit } = metricNamed(measure.metric);
      return measure.kind === 'metric'
        ? { measure: label, unit }
        : { measure: `${label}, per hour`, unit: `${unit}/h` };
    }
    case 'answers-below':
      return { measure: `answers below ${measure.accuracyPercent} %`, unit: '%' };
    case 'battery':
      return { measure: `hungriest ${measure.machine}`, unit: 'J' };
  }
}
