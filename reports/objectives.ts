/**
 * Objectives and how cells kept to them, in words and rows. The page, the terminal and the verdict say the same because
 * they take it from here.
 */
import { metricNamed } from '../core/index.ts';
import type {
  CellResult,
  IntervalResult,
  MetricName,
  ObjectiveName,
  ObjectiveOutcome,
  ObjectiveResult,
} from '../core/index.ts';
import { NAME_MAX } from './cell-table.ts';
import { formatPlain, formatMeasured, formatValue, listInWords, printable, shortened } from './format.ts';

/** "p99 latency", "attainment of news" */
export function objectiveName({ objective, application }: Pick<ObjectiveResult, 'objective' | 'application'>): string {
  const name = objective.replaceAll('_', ' ');
  return application === null ? name : `${name} of ${shortened(printable(application), NAME_MAX)}`;
}

/** What the value is, where the name alone leaves it open: "answers below 70 %", "cost, reserved"; '' elsewhere. */
export function measureText({ objective, measure }: ObjectiveResult): string {
  const usual: Partial<Record<ObjectiveName, MetricName>> = {
    budget: 'cost_usd',
    battery: 'energy_machine_max_joules',
  };
  const metric = usual[objective];
  // The limit of an accuracy floor says what is measured.
  if (metric === undefined) return '';
  return metricNamed(metric).label === measure ? '' : shortened(printable(measure), NAME_MAX);
}

/** "≥ 99 %", "≤ 48 GB", "no answer below 70 %" */
export function limitText({ objective, measure, bound, limit, unit }: ObjectiveResult): string {
  if (objective === 'accuracy_floor' && limit === 0) return printable(measure).replace(/^answers /, 'no answer ');
  const shown = shownIn(unit, limit);
  return `${bound === 'at least' ? '≥' : '≤'} ${formatPlain(limit / shown.per)} ${shown.unit}`;
}

interface ShownUnit {
  readonly unit: string;
  /** How much of the result's unit it is. */
  readonly per: number;
}

const BYTES_PER_MIB = 2 ** 20;
/** Units of memory, those in which a limit is likely to have been written first. */
const OF_MEMORY: readonly ShownUnit[] = [
  { unit: 'GB', per: 1e9 / BYTES_PER_MIB },
  { unit: 'GiB', per: 2 ** 10 },
  { unit: 'MB', per: 1e6 / BYTES_PER_MIB },
];

/** The unit in which a limit was written: one in which it is round. */
function shownIn(unit: string, limit: number): ShownUnit {
  const isRound = (value: number): boolean => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;
  const written = OF_MEMORY.find(({ per }) => limit / per >= 1 && isRound(limit / per));
  return unit === 'MiB' && written !== undefined ? written : { unit, per: 1 };
}

/** The value in the unit of its limit. */
export function shownValue({ value, unit, limit }: ObjectiveResult): IntervalResult {
  const { per } = shownIn(unit, limit);
  const scaled = (each: number | null): number | null => (each === null ? null : each / per);
  const { mean, halfWidth, low, high } = value;
  return { ...value, mean: scaled(mean), halfWidth: scaled(halfWidth), low: scaled(low), high: scaled(high) };
}

/** "0.3 points", "1.2 GB": how far the worst replication lies beyond the limit; '' where none does. */
export function excessText({ worstBy, unit, limit }: ObjectiveResult): string {
  if (worstBy === null) return '';
  const shown = shownIn(unit, limit);
  // Percentages differ by points.
  return `${formatValue(worstBy / shown.per)} ${unit === '%' ? 'points' : shown.unit}`;
}

/** "97.1 ± 0.3" */
export function valueText(objective: ObjectiveResult): string {
  return formatMeasured(shownValue(objective), objective.unit);
}

/** "missed", with how many replications missed it where they do not agree: "undecided (2 of 5 missed)". */
export function outcomeText({ outcome, violations }: ObjectiveResult, replications: number): string {
  return violations === 0 || violations === replications
    ? outcome
    : `${outcome} (${violations} of ${replications} missed)`;
}

/** Names of the objectives with an outcome. */
export function objectivesWith({ objectives }: Pick<CellResult, 'objectives'>, outcome: ObjectiveOutcome): string[] {
  return objectives.filter((each) => each.outcome === outcome).map(objectiveName);
}

/** "met", or what is missed and what is undecided, each in a line; with their number where the names are too long. */
export function standingLines(cell: CellResult): string[] {
  const all = cell.objectives.length;
  if (all === 0) return [];
  if (objectivesWith(cell, 'met').length === all) return ['met'];
  return (['missed', 'undecided'] as const).flatMap((outcome) => {
    const names = objectivesWith(cell, outcome);
    if (names.length === 0) return [];
    const text = `${outcome}: ${names.join(', ')}`;
    return [Array.from(text).length <= NAME_MAX ? text : `${outcome}: ${names.length} of ${all}`];
  });
}

/** "adaptive, rate 8/s: budget and battery"; empty where nothing is missed. */
export function missedInWords(cell: CellResult): string {
  const missed = objectivesWith(cell, 'missed');
  return missed.length === 0 ? '' : `${printable(cell.label)}: ${listInWords(missed)}`;
}

/** What tells objectives of a grid apart: those with another limit at another point are others. */
export function objectiveKey(objective: ObjectiveResult): string {
  return JSON.stringify([objectiveName(objective), objective.measure, limitText(objective)]);
}

/** Every objective of some cells once, as the first of them that has it tells it. */
export function distinctObjectives(cells: readonly CellResult[]): ObjectiveResult[] {
  const found = new Map<string, ObjectiveResult>();
  for (const objective of cells.flatMap(({ objectives }) => objectives)) {
    const key = objectiveKey(objective);
    if (!found.has(key)) found.set(key, objective);
  }
  return [...found.values()];
}

/** The result of an objective in a cell, if it has it. */
export function objectiveIn({ objectives }: CellResult, key: string): ObjectiveResult | undefined {
  return objectives.find((each) => objectiveKey(each) === key);
}

/** "3 of 4 objectives", "all 4 objectives", "the objective": what a note is about. */
export function countedOf(count: number, all: number, of: string): string {
  if (all === 1) return `the ${of}`;
  return `${count === all ? `all ${all}` : `${count} of ${all}`} ${of}s`;
}

/** Why something is undecided, each reason once, with how many verdicts it concerns: one for each cell and objective. */
export function objectiveRemarks(cells: readonly CellResult[]): string[] {
  const counts = new Map<string, number>();
  const all = cells.flatMap(({ objectives }) => objectives);
  for (const { remark } of all) if (remark !== '') counts.set(remark, (counts.get(remark) ?? 0) + 1);
  return [...counts].map(
    ([remark, count]) =>
      `${printable(remark)} (${countedOf(count, all.length, cells.length === 1 ? 'objective' : 'verdict')})`,
  );
}
