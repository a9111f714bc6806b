/**
 * `summary.csv`: one row for each cell and metric, so that any tool can filter, pivot and plot it without parsing
 * column names. Numbers are written in full, as they are in result.json; what does not exist is an empty field.
 */
import { stringify } from 'csv-stringify/sync';
import { METRICS } from '../core/index.ts';
import type { ExperimentResult } from '../core/index.ts';
import { parameterNames } from './grid.ts';

const BEFORE_PARAMETERS = ['cell', 'policy'] as const;
const AFTER_PARAMETERS = [
  'metric',
  'unit',
  'mean',
  'half_width',
  'low',
  'high',
  'confidence',
  'samples',
  'method',
  'valid',
] as const;

/** The table as text, with a header. A parameter named like a column gets the prefix `parameter:`. */
export function summaryCsv({ cells }: ExperimentResult): string {
  const parameters = parameterNames(cells);
  const rows = cells.flatMap(({ cell, policy, parameters: values, metrics, verdict }) =>
    METRICS.map(({ name, unit }) => {
      const { mean, halfWidth, low, high, confidence, samples, method } = metrics[name];
      return [
        cell,
        policy,
        ...parameters.map((parameter) => values[parameter] ?? null),
        name,
        unit,
        mean,
        halfWidth,
        low,
        high,
        confidence,
        samples,
        method,
        String(verdict.valid),
      ];
    }),
  );
  return stringify([[...BEFORE_PARAMETERS, ...parameters.map(columnName), ...AFTER_PARAMETERS], ...rows]);
}

function columnName(parameter: string): string {
  const taken: readonly string[] = [...BEFORE_PARAMETERS, ...AFTER_PARAMETERS];
  return taken.includes(parameter) ? `parameter:${parameter}` : parameter;
}
