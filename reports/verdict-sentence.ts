/**
 * The answer in one sentence: whether the runs can be trusted, and how the policies stand against the baseline in
 * the metric that tells them apart. Invalid cells take no part in the answer, and the sentence says so first.
 */
import { metricNamed } from '../core/index.ts';
import type { CellResult, ComparisonResult, ExperimentResult, MetricName } from '../core/index.ts';
import { comparisonInWords, leadingMetric, metricInWords, strengthOf, strongestComparison } from './claims.ts';
import { formatWithUnit, listInWords, printable } from './format.ts';
import { objectivesSentence } from './objectives-sentence.ts';
import { parametersInWords, policyNames, totalsOf } from './grid.ts';

const VERDICTS = ['better', 'worse', 'inconclusive'] as const;
/** More policies than this are told by their names only. */
const POLICIES_IN_FULL = 3;

/** The verdict of an experiment, ending in a full stop. */
export function verdictSentence(result: ExperimentResult): string {
  const valid = result.cells.filter((cell) => cell.verdict.valid);
  const opening = openingOf(result, valid.length);
  if (valid.length === 0) return opening;
  const trusted = { ...result, cells: valid };
  return [opening, `${answerOf(trusted)}.`, objectivesSentence(trusted)].filter((part) => part !== '').join(' ');
}

function openingOf({ cells, complete, verdict }: ExperimentResult, valid: number): string {
  const parts: string[] = [];
  if (!complete) parts.push(`Interrupted: only ${cells.length === 1 ? 'one cell' : `${cells.length} cells`} finished.`);
  if (cells.length === 0) parts.push('Nothing was measured.');
  else if (valid === 0) parts.push('Invalid: no cell can be trusted, so no conclusion is drawn.');
  else if (valid < cells.length) {
    parts.push(
      `Invalid in part: ${cells.length - valid} of ${cells.length} cells cannot be trusted and take no part here.`,
    );
  } else if (!verdict.valid) parts.push('Invalid: the experiment has problems that its single cells do not show.');
  return parts.join(' ');
}

function answerOf(result: ExperimentResult): string {
  const { cells } = result;
  const metric = leadingMetric(cells, result.compared);
  if (cells.length === 1) return onlyCell(cells[0], metric);
  const strongest = strongestComparison(result, metric);
  const differ = new Set(cells.map((cell) => cell.metrics[metric].mean)).size > 1;
  if (strongest === undefined || !differ) return spread(cells, metric);
  const known = new Set(cells.map((cell) => cell.cell));
  const comparisons = totalsOf(result).filter(
    (each) => each.metric === metric && known.has(each.candidate) && known.has(each.baseline),
  );
  const baseline = cellOf(cells, strongest.baseline);
  const policies = policyNames(comparisons.map((each) => cellOf(cells, each.candidate)));
  const standings = policies.map((policy) => ({
    policy: printable(policy),
    comparisons: comparisons.filter((each) => cellOf(cells, each.candidate).policy === policy),
  }));
  const opening = `Against ${printable(baseline.policy)}, ${metricNamed(metric).label}`;
  if (standings.length > POLICIES_IN_FULL) return `${opening} ${manyPolicies(standings)}`;
  return `${opening} is ${standings.map((standing) => onePolicy(cells, metric, standing)).join('; ')}`;
}

interface Standing {
  readonly policy: string;
  readonly comparisons: readonly ComparisonResult[];
}

/** "better under a (97.1 % [96.8, 97.4], 3.2 points more than none)", with counts where there is a grid. */
function onePolicy(cells: readonly CellResult[], metric: MetricName, { policy, comparisons }: Standing): string {
  const strongest = comparisons.reduce((best, each) => (strengthOf(each) > strengthOf(best) ? each : best));
  const candidate = cellOf(cells, strongest.candidate);
  const baseline = printable(cellOf(cells, strongest.baseline).policy);
  const numbers = `${formatWithUnit(candidate.metrics[metric], metric)}, ${comparisonInWords(strongest, baseline)}`;
  if (comparisons.length === 1) return `${strongest.verdict} under ${policy} (${numbers})`;
  const [first, ...others] = VERDICTS.map((verdict) => ({ verdict, count: countOf(comparisons, verdict) })).filter(
    ({ count }) => count > 0,
  );
  const share = others.length === 0 ? `all ${first.count}` : `${first.count} of ${comparisons.length}`;
  const rest = others.map(({ verdict, count }) => `, ${verdict} at ${count}`).join('');
  const place = parametersInWords(candidate.parameters);
  return `${first.verdict} under ${policy} at ${share} grid points${rest} (at ${place}: ${numbers})`;
}

/** "is better under a and b, worse under c": a policy counts by what all its comparisons agree on. */
function manyPolicies(standings: readonly Standing[]): string {
  const agreed = ({ comparisons }: Standing): string => {
    const verdicts = new Set(comparisons.map((each) => each.verdict));
    return verdicts.size === 1 ? comparisons[0].verdict : 'mixed over the grid';
  };
  const parts = [...VERDICTS, 'mixed over the grid'].flatMap((verdict) => {
    const names = standings.filter((standing) => agreed(standing) === verdict).map(({ policy }) => policy);
    return names.length === 0 ? [] : [`${verdict} under ${listInWords(names)}`];
  });
  return `is ${parts.join(', ')}`;
}

function onlyCell({ policy, metrics }: CellResult, metric: MetricName): string {
  const first = `${metricInWords(metric)} under ${printable(policy)} is ${formatWithUnit(metrics[metric], metric)}`;
  if (metric === 'latency_p99_ms' || metrics.latency_p99_ms.mean === null) return first;
  return `${first}, at a p99 latency of ${formatWithUnit(metrics.latency_p99_ms, 'latency_p99_ms')}`;
}

/** Cells that nobody compared: the range they span. */
function spread(cells: readonly CellResult[], metric: MetricName): string {
  const known = cells.filter((cell) => cell.metrics[metric].mean !== null);
  if (known.length === 0) return `${metricInWords(metric)} has no value in any cell`;
  const sorted = [...known].sort((a, b) => (a.metrics[metric].mean ?? 0) - (b.metrics[metric].mean ?? 0));
  const told = (cell: CellResult): string =>
    `${formatWithUnit(cell.metrics[metric], metric)} (${printable(cell.label)})`;
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  if (least.metrics[metric].mean === most.metrics[metric].mean) {
    return `${metricInWords(metric)} is ${formatWithUnit(least.metrics[metric], metric)} in all ${cells.length} cells`;
  }
  return `${metricInWords(metric)} ranges from ${told(least)} to ${told(most)}; no paired comparison was made`;
}

function countOf(comparisons: readonly ComparisonResult[], verdict: ComparisonResult['verdict']): number {
  return comparisons.filter((each) => each.verdict === verdict).length;
}

function cellOf(cells: readonly CellResult[], number: number): CellResult {
  return cells.find((each) => each.cell === number) ?? cells[0];
}
