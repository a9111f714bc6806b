/**
 * Whether the experiment shows what its config expected: for each expectation and grid point who answered, or against
 * each policy set the paired difference, how many times better, and the outcome. An expectation is stated before the run and judged by itself,
 * so its interval is not widened for the others; many claims at 95 % leave one in twenty to chance.
 */
import type {
  AdvantageRatio,
  CellResult,
  ComparisonExpectation,
  ExpectationOutcome,
  ExpectationResult,
  IntervalResult,
} from '../../core/index.ts';
import { metricNamed, parameterLabel } from '../../core/index.ts';
import type { ComparisonExpectationConfig, ExpectationConfig } from '../config/experiment-config.ts';
import { comparePaired } from '../statistics/index.ts';
import { advantageOf } from './advantage.ts';
import type { Pairs } from './pairs.ts';
import { pairsOf } from './pairs.ts';
import { servedByOf } from './served-by.ts';

/** The factor within which a ratio counts as that of the paper. */
const FACTOR = 2;

/** Results in the order of the expectations; by grid point and policy set within one. */
export function expectationsOf(
  cells: readonly CellResult[],
  expected: readonly ExpectationConfig[],
  confidence: number,
): ExpectationResult[] {
  return expected.flatMap((expectation): ExpectationResult[] => {
    const isServedBy = expectation.kind === 'served-by';
    const named = isServedBy ? expectation.policy : expectation.better;
    const meant = cells.filter(({ policy, parameters }) => policy === named && isMeant(parameters, expectation.at));
    if (isServedBy) return meant.map((cell) => servedByOf(cell, expectation, confidence));
    return meant.flatMap((better) =>
      expectation.than
        .map((than) => ({ expectation, than, better, other: otherOf(cells, { expectation, better, than }) }))
        // A cell is not compared with itself.
        .filter(({ other }) => other !== better)
        .map((sides) => judged(sides, confidence)),
    );
  });
}

interface Sides {
  readonly expectation: ComparisonExpectationConfig;
  readonly than: string;
  readonly better: CellResult;
  /** Undefined when nothing of it was finished. */
  readonly other: CellResult | undefined;
}

function isMeant(parameters: CellResult['parameters'], at: ExpectationConfig['at']): boolean {
  return Object.entries(at).every(([name, values]) => values.includes(parameters[name]));
}

function otherOf(
  cells: readonly CellResult[],
  { expectation, better, than }: Omit<Sides, 'other'>,
): CellResult | undefined {
  const key = JSON.stringify({ ...better.parameters, ...expectation.thanAt });
  return cells.find((cell) => cell.policy === than && JSON.stringify(cell.parameters) === key);
}

function judged(sides: Sides, confidence: number): ComparisonExpectation {
  const { expectation, than, better } = sides;
  const { claim, says, metric, application, direction, tolerance, paper } = expectation;
  const finding = findingOf(sides, confidence);
  const { ratio } = finding;
  return {
    kind: 'comparison',
    claim,
    says,
    metric,
    better: better.policy,
    than: [than, ...Object.entries(expectation.thanAt).map(([path, value]) => `${parameterLabel(path)} ${value}`)].join(
      ', ',
    ),
    application,
    parameters: better.parameters,
    direction,
    tolerance,
    ...finding,
    paperRatio: paper,
    withinFactor2:
      ratio === null || paper === null ? null : ratio.mean >= paper / FACTOR && ratio.mean <= paper * FACTOR,
  };
}

type Finding = Pick<ComparisonExpectation, 'ratio' | 'difference' | 'outcome' | 'remark'>;

function findingOf({ expectation, than, better, other }: Sides, confidence: number): Finding {
  const nothing = (remark: string): Finding => ({
    ratio: null,
    difference: { mean: null, halfWidth: null, low: null, high: null, confidence, samples: 0, method: 'replications' },
    outcome: 'undecided',
    remark,
  });
  if (other === undefined) return nothing(`nothing of ${than} was finished here`);
  // A run that cannot be believed decides nothing.
  const doubtful = [better, other].find(({ verdict }) => !verdict.valid);
  if (doubtful !== undefined) return nothing(`${doubtful.policy} is invalid here`);
  const pairs = pairsOf(better.replications, other.replications, expectation);
  if (pairs.left.length === 0) return nothing('a run has no value');
  const { difference } = comparePaired({
    baseline: pairs.right,
    candidate: pairs.left,
    // Only the difference is used, and it is the same in both directions.
    direction: 'higher-is-better',
    confidence,
  });
  const found = { ...difference, method: pairs.method };
  const [advantage, divisor] = dividesLeft(expectation) ? [pairs, than] : [swapped(pairs), better.policy];
  const ratio = advantageOf(advantage, confidence);
  return {
    ratio,
    difference: found,
    outcome: outcomeOf(expectation, found, ratio),
    remark: remarkOf({ difference: found, ratio, divisor, direction: expectation.direction }),
  };
}

/** Whether the advantage is the value of `better` over that of `than`. */
function dividesLeft({ direction, metric }: ComparisonExpectationConfig): boolean {
  return direction === 'equal' ? metricNamed(metric).direction !== 'lower-is-better' : direction === 'higher';
}

function swapped({ left, right, method }: Pairs): Pairs {
  return { left: right, right: left, method };
}

function outcomeOf(
  { direction, tolerance, metric }: ComparisonExpectationConfig,
  difference: IntervalResult,
  ratio: AdvantageRatio | null,
): ExpectationOutcome {
  if (direction === 'equal') {
    const slack = tolerance ?? 0;
    if (metricNamed(metric).unit === '%') return withinBand(difference, { least: -slack, most: slack });
    // Without any difference there is none in the ratio either, even where both are 0.
    if (difference.low === 0 && difference.high === 0) return 'held';
    return ratio === null ? 'undecided' : withinBand(ratio, { least: 1 / (1 + slack), most: 1 + slack });
  }
  const { low, high } = difference;
  if (isNoDifference(difference)) return 'not held';
  if (low === null || high === null || (low <= 0 && high >= 0)) return 'undecided';
  return low > 0 === (direction === 'higher') ? 'held' : 'not held';
}

/** The same value on both sides under every seed: there is nothing that more replications could bring to light. */
function isNoDifference({ low, high, samples, method }: IntervalResult): boolean {
  return low === 0 && high === 0 && samples > 1 && method === 'replications';
}

/** An interval inside the band shows equality, one outside of it shows the contrary. */
function withinBand(
  { low, high }: { readonly low: number | null; readonly high: number | null },
  { least, most }: { readonly least: number; readonly most: number },
): ExpectationOutcome {
  if (low === null || high === null) return 'undecided';
  if (low >= least && high <= most) return 'held';
  return low > most || high < least ? 'not held' : 'undecided';
}

interface Remarked extends Pick<Finding, 'difference' | 'ratio'> {
  readonly direction: ComparisonExpectationConfig['direction'];
  /** The policy set whose value is divided by. */
  readonly divisor: string;
}

function remarkOf({ difference, ratio, direction, divisor }: Remarked): string {
  if (direction !== 'equal' && isNoDifference(difference)) return 'no difference in any replication';
  if (ratio === null) return `${divisor} is 0 throughout: no ratio`;
  if (difference.halfWidth === null) return 'one run without parts to compare gives no interval: add replications';
  return ratio.method === 'ratio-of-means' ? 'some value is 0: ratio of the means, without an interval' : '';
}
