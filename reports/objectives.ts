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
import { formatPlain, formatPlusMinus, listInWords, printable, shortened } from './format.ts';

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
  if (metric === undefined) return objective === 'accuracy_floor' ? measure : '';
  return metricNamed(metric).label === measure ? '' : shortened(printable(measure), NAME_MAX);
}

/** "≥ 99 %" */
export function limitText({ bound, limit, unit }: ObjectiveResult): string {
  return `${bound === 'at least' ? '≥' : '≤'} ${formatPlain(limit)} ${unit}`;
}

/** The unit of what a value lies beyond its limit: percentages differ by points. */
export function excessUnit({ unit }: ObjectiveResult): string {
  return unit === '%' ? 'points' : unit;
}

/** "97.1 ± 0.3" */
export function valueText({ value }: { readonly value: IntervalResult }): string {
  return formatPlusMinus(value);
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

/** Why something is undecided, each reason once, with how many results it concerns. */
export function objectiveRemarks(cells: readonly CellResult[]): string[] {
  const counts = new Map<string, number>();
  const all = cells.flatMap(({ objectives }) => objectives);
  for (const { remark } of all) if (remark !== '') counts.set(remark, (counts.get(remark) ?? 0) + 1);
  return [...counts].map(([remark, count]) => `${printable(remark)} (${count} of ${all.length})`);
}
