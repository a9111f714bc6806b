/** Timings for a terminal: medians side by side, what forbids belief, and a comparison row by row. */
import { TIMINGS_PARTS, TIMINGS_PHASES } from '../../core/index.ts';
import type {
  TimingsCell,
  TimingsComparison,
  TimingsComparisonRow,
  TimingsEstimate,
  TimingsPhaseName,
  TimingsResult,
} from '../../core/index.ts';
import { NOTHING, formatNumber, formatValue, printable, shortened } from '../format.ts';
import { aligned, ruleUnder } from '../text-table.ts';
import { estimateText, phaseTitle, ratioText } from './words.ts';

const NAME_MAX = 36;

/** The tables of both phases and the single functions, without a line break at the end. */
export function timingsTable(result: TimingsResult): string {
  const tables = TIMINGS_PHASES.flatMap((phase) => phaseTable(result, phase));
  const blocks = [...tables, ...microTable(result)];
  return [`${shortened(printable(result.name), 60)}: median ms [95 % interval]`, ...blocks].join('\n\n');
}

/** One sentence on whether to believe it, then problems and notes, a line each. */
export function timingsRemarks({ verdict, complete, noise }: TimingsResult): string {
  const spread = noise.spreadPercent === null ? 'unknown' : `${noise.spreadPercent.toFixed(0)} %`;
  const state = verdict.valid ? 'Valid' : complete ? 'Invalid' : 'Interrupted';
  return [
    `${state}; the machine's own spread was ${spread} (limit ${noise.limitPercent} %).`,
    ...verdict.problems.map(({ message, advice }) => `problem: ${printable(message)}; ${printable(advice)}`),
    ...verdict.notes.map((note) => `note: ${printable(note)}`),
  ].join('\n');
}

function phaseTable({ cells, rules }: TimingsResult, phase: TimingsPhaseName): string[] {
  const shown = cells.filter((cell) => (cell[phase]?.parts.length ?? 0) > 0);
  if (shown.length === 0) return [];
  const percents = rules.percentiles[phase].map(({ percent }) => percent);
  const middle = percents.includes(50) ? 50 : percents[0];
  const whole = phase === 'init' ? 'init' : 'latency';
  const others = percents.filter((percent) => percent !== middle);
  const head = [
    phaseTitle(phase),
    ...TIMINGS_PARTS[phase].map(({ label, sum }) => (sum ? `= ${label}` : label)),
    ...others.map((percent) => `${whole} p${percent}`),
  ];
  const rows = shown.map((cell) => [
    shortened(printable(cell.label), NAME_MAX),
    ...TIMINGS_PARTS[phase].map(({ name }) => cellText(cell, phase, { part: name, percent: middle })),
    ...others.map((percent) => cellText(cell, phase, { part: whole, percent })),
  ]);
  // Parts are rows where the cells are few: their names are long, and there are up to nine.
  return [table(shown.length <= 4 ? transposed([head, ...rows]) : [head, ...rows])];
}

function microTable({ micro }: TimingsResult): string[] {
  if (micro.length === 0) return [];
  const head = ['single functions, us', 'median', 'p99', 'calls', 'rounds', 'rounds for ±1 %'];
  const rows = micro.map(({ name, medianUs, lowUs, highUs, p99Us, samples, rounds, roundsNeeded }) => [
    name,
    estimateText({ valueMs: medianUs, lowMs: lowUs, highMs: highUs }),
    formatValue(p99Us),
    formatNumber(samples, 0),
    String(rounds),
    String(roundsNeeded),
  ]);
  return [table([head, ...rows])];
}

/** The rows of a comparison under the name of their model and setting, then its notes. */
export function timingsComparisonTable(comparison: TimingsComparison): string {
  const { a, b, rows, notes } = comparison;
  const groups = new Map<string, TimingsComparisonRow[]>();
  for (const row of rows) groups.set(row.label, [...(groups.get(row.label) ?? []), row]);
  const blocks = [...groups].map(([label, group]) => {
    const head = [printable(label), 'A ms', 'B ms', 'B / A [95 % interval]', 'B is'];
    const lines = group.map((row) => [
      `${row.phase} ${labelOf(row)}`,
      formatValue(row.medianAMs),
      formatValue(row.medianBMs),
      ratioText(row),
      row.verdict,
    ]);
    return table([head, ...lines]);
  });
  const opening = `A ${printable(a.folder)}\nB ${printable(b.folder)}\nMedians; each interval holds by itself: of twenty true ties one looks decided.`;
  return [opening, ...blocks, ...notes.map((note) => `note: ${printable(note)}`)].join('\n\n');
}

/** The label of a part. */
export function labelOf({ phase, part }: Pick<TimingsComparisonRow, 'phase' | 'part'>): string {
  return TIMINGS_PARTS[phase].find(({ name }) => name === part)?.label ?? part;
}

function cellText(
  cell: TimingsCell,
  phase: TimingsPhaseName,
  { part, percent }: { readonly part: string; readonly percent: number | undefined },
): string {
  const found: TimingsEstimate | null | undefined = cell[phase]?.parts
    .find((each) => each.part === part)
    ?.percentiles.find((each) => each.percent === percent)?.estimate;
  return found === null || found === undefined ? NOTHING : estimateText(found);
}

function table(rows: readonly (readonly string[])[]): string {
  const [head, ...lines] = aligned(rows);
  return [head, ruleUnder([head, ...lines]), ...lines].join('\n');
}

function transposed(rows: readonly (readonly string[])[]): string[][] {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}
