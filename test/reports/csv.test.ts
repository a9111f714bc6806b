import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../core/index.ts';
import type { ExperimentResult } from '../../core/index.ts';
import { summaryCsv } from '../../reports/csv.ts';
import { experimentResult } from './fixture.ts';

const rowsOf = (result: ExperimentResult) => parse<Record<string, string>>(summaryCsv(result), { columns: true });

describe('summary.csv', () => {
  test('has one row for each cell and metric, in their order', () => {
    const result = experimentResult({ rates: [100, 200] });
    const rows = rowsOf(result);
    expect(rows.map(({ cell, metric }) => `${cell} ${metric}`)).toEqual(
      result.cells.flatMap(({ cell }) => METRICS.map(({ name }) => `${cell} ${name}`)),
    );
    expect(rows[0]).toMatchObject({ policy: 'none', rate: '100', unit: '%', confidence: '0.95', samples: '10' });
  });

  test('gives every number back exactly, and nothing for what does not exist', () => {
    const result = experimentResult({ silent: true });
    const back = (text: string): number | null => (text === '' ? null : Number(text));
    for (const [index, row] of rowsOf(result).entries()) {
      const { name } = METRICS[index % METRICS.length];
      const { mean, halfWidth, low, high } = result.cells[Math.floor(index / METRICS.length)].metrics[name];
      expect([row['mean'], row['half_width'], row['low'], row['high']].map(back)).toEqual([mean, halfWidth, low, high]);
    }
  });

  test('gives any name back exactly', () => {
    const [cell] = experimentResult({ policies: ['none'], replications: 1 }).cells;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const named = { ...cell, policy: text, parameters: { trace: text } };
        const [row] = rowsOf({ ...experimentResult({ replications: 1 }), cells: [named] });
        expect([row['policy'], row['trace']]).toEqual([text, text]);
      }),
    );
  });

  test('a parameter named like a column keeps a column of its own', () => {
    const result = experimentResult({ policies: ['none'], replications: 1 });
    const cells = [{ ...result.cells[0], parameters: { mean: 'mine' } }];
    const [row] = rowsOf({ ...result, cells });
    expect(row['parameter:mean']).toBe('mine');
    expect(Number(row['mean'])).toBeCloseTo(90, 0);
  });

  test('says which cells are invalid', () => {
    const rows = rowsOf(experimentResult({ invalid: [1] }));
    expect(new Set(rows.filter(({ valid }) => valid === 'false').map(({ cell }) => cell))).toEqual(new Set(['1']));
  });
});
